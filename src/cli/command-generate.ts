import { Option } from 'commander';
import type { Command } from 'commander';
import { plural } from '../base/text';
import { collectGenerations } from '../jobs/collect';
import { planEvaluate } from '../jobs/plan-evaluate';
import { planGenerate } from '../jobs/plan-generate';
import { warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { execute } from './execute';
import { addPromptFlags, addRunFlags, planOptions, positive, promptChoice, whole } from './flags';
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

/** `plumbline evaluate`. */
export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .summary('measure a model on held-out prompts')
    .description('Measures a model: rewards of its answers, exact KL from where it started, perplexity of plain text.')
    .option('--policy <model>', 'the model to measure: a name, a run, or a folder (default: the last PPO run, else the first model of project.json)')
    .option('--reference <model>', 'the model to take the KL from, or "none" (default: where the model started)')
    .option('--reward <model>', 'the reward model, or "none" (default: the last finished reward run)')
    .option('--texts <file>', 'plain texts for the perplexity, or "none" (default: evaluation.texts of project.json)')
    .option('--samples <n>', 'answers to each prompt', whole(1))
    .addOption(sides(undefined, 'which side of the train/test split (default: test)'));
  addRunFlags(addPromptFlags(addSamplingFlags(command)))
    .addHelpText('after', '\nExamples:\n  plumbline evaluate\n  plumbline evaluate --policy my-model --texts wiki.txt')
    .action(async (_flags: unknown, self: Command) => {
      type Named = 'policy' | 'reference' | 'reward' | 'texts';
      const options = self.optsWithGlobals<GlobalOptions & RunFlags & PromptFlags & SamplingFlags & { samples?: number } & Partial<Record<Named, string>>>();
      const workspace = await workspaceOf(options);
      const { policy, reference, reward, texts } = options;
      const named = Object.fromEntries(Object.entries({ policy, reference, reward, texts }).filter(([, v]) => v !== undefined)) as Partial<Record<Named, string>>;
      const chosen = options.prompts !== undefined || options.split !== undefined || options.limit !== undefined;
      await execute(options, options, workspace, (runs) =>
        planEvaluate(
          { workspace, runs: runs.list() },
          { ...planOptions(options, { samples: options.samples, sampling: samplingParams(options) }), ...named, ...(chosen ? { prompts: { split: 'test', ...promptChoice(options) } } : {}) },
        ),
      );
    });
}
