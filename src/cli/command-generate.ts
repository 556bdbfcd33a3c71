import { Option } from 'commander';
import type { Command } from 'commander';
import { UserError } from '../base/errors';
import { plural } from '../base/text';
import { isSafeUrl } from '../protocol/endpoint';
import { collectGenerations } from '../jobs/collect';
import { planEvaluate } from '../jobs/plan-evaluate';
import type { EvaluateOptions } from '../jobs/plan-evaluate';
import { planGenerate } from '../jobs/plan-generate';
import { planNextRound } from '../jobs/plan-next-round';
import { warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { execute } from './execute';
import { addPromptFlags, addRunFlags, planOptions, positive, promptChoice, repeated, whole } from './flags';
import type { PromptFlags, RunFlags } from './flags';

interface SamplingFlags {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly maxNewTokens?: number;
}

function addSamplingFlags(command: Command): Command {
  return command
    .option('--temperature <t>', 'sampling temperature', positive)
    .option('--top-k <k>', 'only the k likeliest tokens; 0 for all', whole(0))
    .option('--top-p <p>', 'only the likeliest tokens that make up p', positive)
    .option('--max-new-tokens <n>', 'longest answer', whole(1));
}

const samplingParams = (flags: SamplingFlags): Record<string, unknown> => ({ temperature: flags.temperature, topK: flags.topK, topP: flags.topP, maxNewTokens: flags.maxNewTokens });

const sides = (side: 'all' | undefined, what: string): Option => {
  const option = new Option('--split <side>', what).choices(['train', 'test', 'all']);
  return side === undefined ? option : option.default(side);
};

/** `plumbline generate`. */
export function addGenerate(program: Command): void {
  const command = program
    .command('generate')
    .summary('let a model answer the prompts')
    .description('Lets a language model answer prompts; the answers become a set of generations that can be ranked.')
    .option('--policy <model>', 'a name in project.json, a run, or a folder (default: the first model of project.json)')
    .option('-n, --answers <n>', 'answers to each prompt', whole(1))
    .option('--batch-size <n>', 'answers computed at once', whole(1))
    .addOption(sides('all', 'which side of the train/test split'));
  addRunFlags(addPromptFlags(addSamplingFlags(command)))
    .addHelpText('after', '\nExamples:\n  plumbline generate --answers 4 --limit 50\n  plumbline generate --policy last --temperature 0.8')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & RunFlags & PromptFlags & SamplingFlags & { policy?: string; answers?: number; batchSize?: number }>();
      const workspace = await workspaceOf(options);
      const params = { n: options.answers, batchSize: options.batchSize, sampling: samplingParams(options) };
      await execute(
        options,
        options,
        workspace,
        (runs) => planGenerate({ workspace, runs: runs.list() }, { ...planOptions(options, params), prompts: promptChoice(options), ...(options.policy === undefined ? {} : { policy: options.policy }) }),
        async (view) => {
          const collected = await collectGenerations(workspace, view);
          warn(collected.problems);
          return { value: { collected }, text: `${plural(collected.generations, 'prompt')} answered: ${collected.file}` };
        },
      );
    });
}

/** `plumbline next-round`. */
export function addNextRound(program: Command): void {
  const command = program
    .command('next-round')
    .summary('sample from the tuned model for the next round of labeling')
    .description('Lets the tuned model and the one it started from answer prompts side by side, scores the answers, and puts what the reward models are least sure about before labelers first.')
    .option('--policy <model>', 'the tuned model: a run, a name in project.json, or a folder (default: the last run that tuned one)')
    .option('--beside <model>', 'whose answers stand beside, or "none" (default: where the tuned model started)')
    .option('--reward <model>', 'a reward model; may be repeated (default: all finished reward runs)', repeated)
    .option('-n, --answers <n>', 'answers to each prompt, of both models together', whole(1))
    .option('--beside-answers <n>', 'of these, answers of the model beside (default: half)', whole(1))
    .option('--keep <k>', 'put only the k items before people that reward models are least sure about (default: all)', whole(1))
    .option('--batch-size <n>', 'answers computed at once', whole(1))
    .addOption(sides('all', 'which side of the train/test split'));
  addRunFlags(addPromptFlags(addSamplingFlags(command)))
    .addHelpText('after', '\nExamples:\n  plumbline next-round --limit 200 --keep 50\n  plumbline next-round --policy last --answers 6 --beside-answers 2')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & RunFlags & PromptFlags & SamplingFlags & { policy?: string; beside?: string; reward?: string[]; answers?: number; besideAnswers?: number; keep?: number; batchSize?: number }>();
      const workspace = await workspaceOf(options);
      const { policy, beside, reward } = options;
      const params = { n: options.answers, besideN: options.besideAnswers, keep: options.keep, batchSize: options.batchSize, sampling: samplingParams(options) };
      await execute(
        options,
        options,
        workspace,
        (runs) => planNextRound({ workspace, runs: runs.list() }, { ...planOptions(options, params), prompts: promptChoice(options), ...(policy === undefined ? {} : { policy }), ...(beside === undefined ? {} : { beside }), ...(reward === undefined ? {} : { reward }) }),
        async (view) => {
          const collected = await collectGenerations(workspace, view);
          warn(collected.problems);
          return { value: { collected }, text: `${plural(collected.generations, 'item')} to label: ${collected.file}` };
        },
      );
    });
}

/** Who judges besides the reward model. */
function judges({ ruleModel, rule, judge, judgeModel }: { ruleModel?: string; rule?: string; judge?: string; judgeModel?: string }): Partial<EvaluateOptions> {
  if (judge !== undefined && judgeModel === undefined) throw new UserError('cli.judge-model', '--judge names a server; say with --judge-model which model it is to ask.');
  if (judge !== undefined && !isSafeUrl(judge)) throw new UserError('cli.judge', `--judge ${judge}: an address begins with https:// (http:// only for this machine), without a user name.`);
  if (rule !== undefined && ruleModel === undefined) throw new UserError('cli.rule-model', '--rule names a rule; say with --rule-model which model judges it.');
  return {
    ...(ruleModel === undefined ? {} : { rule: ruleModel }),
    ...(rule === undefined ? {} : { modelRule: rule }),
    ...(judge === undefined ? {} : { judge: { name: `${judgeModel!} at ${new URL(judge).host}`, url: judge, model: judgeModel! } }),
  };
}

/** `plumbline evaluate`. */
export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .summary('measure a model on held-out prompts')
    .description('Measures a model and the one it started from: rewards of their answers, win rate, exact KL, perplexity of plain text and desired answers, multiple-choice questions, broken rules, diversity.')
    .option('--policy <model>', 'the model to measure: a name, a run, or a folder (default: the last PPO run, else the first model of project.json)')
    .option('--reference <model>', 'the model to take the KL from, or "none" (default: where the model started)')
    .option('--reward <model>', 'the reward model, or "none" (default: the last finished reward run)')
    .option('--texts <file>', 'plain texts for the perplexity, or "none" (default: evaluation.texts of project.json)')
    .option('--sft <source>', 'desired answers for the perplexity: "reference", "chosen", a JSONL file, or "none" (default: evaluation.sft of project.json)')
    .option('--choices <file>', 'multiple-choice questions, JSONL {"question", "choices", "answer"}, or "none" (default: evaluation.choices of project.json)')
    .option('--held-out <model>', 'a second reward model that nothing was tuned against')
    .option('--rule-model <model>', 'a reward model that says which answers break a rule (a score below 0)')
    .option('--rule <id>', 'the rule that it judges (default: the first without patterns)')
    .option('--judge <url>', 'an OpenAI-compatible server that compares the answers with the reference\'s; its key is read from PLUMBLINE_API_KEY')
    .option('--judge-model <name>', 'the model to ask there')
    .option('--no-compare', 'do not let the reference answer as well: no win rate')
    .option('--samples <n>', 'answers to each prompt', whole(1))
    .addOption(sides(undefined, 'which side of the train/test split (default: test)'));
  addRunFlags(addPromptFlags(addSamplingFlags(command)))
    .addHelpText('after', '\nExamples:\n  plumbline evaluate\n  plumbline evaluate --policy my-model --texts wiki.txt')
    .action(async (_flags: unknown, self: Command) => {
      type Named = 'policy' | 'reference' | 'reward' | 'texts' | 'sft' | 'choices' | 'heldOut';
      const options = self.optsWithGlobals<GlobalOptions & RunFlags & PromptFlags & SamplingFlags & { samples?: number; compare: boolean; ruleModel?: string; rule?: string; judge?: string; judgeModel?: string } & Partial<Record<Named, string>>>();
      const workspace = await workspaceOf(options);
      const { policy, reference, reward, texts, sft, choices, heldOut } = options;
      const named = Object.fromEntries(Object.entries({ policy, reference, reward, texts, sft, choices, heldOut }).filter(([, v]) => v !== undefined)) as Partial<Record<Named, string>>;
      const chosen = options.prompts !== undefined || options.split !== undefined || options.limit !== undefined;
      await execute(options, options, workspace, (runs) =>
        planEvaluate(
          { workspace, runs: runs.list() },
          { ...planOptions(options, { samples: options.samples, sampling: samplingParams(options), ...(options.compare ? {} : { compare: false }) }), ...named, ...judges(options), ...(chosen ? { prompts: { split: 'test', ...promptChoice(options) } } : {}) },
        ),
      );
    });
}
