import { Option } from 'commander';
import type { Command } from 'commander';
import { UserError } from '../base/errors';
import { planBestOfN } from '../jobs/plan-best-of-n';
import { planDpo } from '../jobs/plan-dpo';
import { planPpo } from '../jobs/plan-ppo';
import { planReward } from '../jobs/plan-reward';
import { planRule } from '../jobs/plan-rule';
import { planSft } from '../jobs/plan-sft';
import { ppoPresetNames } from '../protocol/ppo-presets';
import type { PpoPresetName } from '../protocol/ppo-presets';
import type { SftOptions } from '../jobs/plan-sft';
import { workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { execute } from './execute';
import { addPromptFlags, addRunFlags, planOptions, positive, present, promptChoice, whole } from './flags';
import { executeSeeds } from './seeds';
import type { PromptFlags, RunFlags } from './flags';

interface FitFlags extends RunFlags {
  readonly base?: string;
  readonly epochs?: number;
  readonly maxSteps?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
}

/** `plumbline train sft|reward|rule|dpo|ppo|best-of-n`. */
export function addTrain(program: Command): void {
  const train = program.command('train').summary('train a model: sft, reward, rule, dpo, ppo or best-of-n').description('Trains a model in a process of its own, which goes on when this one is closed.').helpCommand(false);
  addSft(train);
  addReward(train);
  addRule(train);
  addDpo(train);
  addPpo(train);
  addBestOfN(train);
}

function addFitFlags(command: Command): Command {
  return addRunFlags(
    command
      .option('--base <model>', 'the model to start from: a name in project.json, a run, or a folder (default: the first model of project.json)')
      .option('--epochs <n>', 'how often every example is seen', positive)
      .option('--max-steps <n>', 'end after so many steps', whole(1))
      .option('--batch-size <n>', 'examples a step', whole(1))
      .option('--learning-rate <rate>', 'the highest learning rate', positive),
  );
}

function fitParams(flags: FitFlags): Record<string, unknown> {
  return { epochs: flags.epochs, maxSteps: flags.maxSteps, batchSize: flags.batchSize, optimizer: { learningRate: flags.learningRate } };
}

function addSft(train: Command): void {
  const command = train
    .command('sft')
    .summary('supervised fine-tuning on desired answers')
    .description('Supervised fine-tuning on a file, on the answers that labelers liked best, or on the reference answers of the prompts. One of the three is needed.')
    .option('--data <file>', 'JSONL: {"prompt", "completion"}, {"messages"} or {"text"}')
    .option('--chosen', 'the best answer to each judged prompt')
    .option('--reference', 'the "reference" answers of the prompts');
  addFitFlags(command)
    .addHelpText('after', '\nExample:\n  plumbline train sft --data desired.jsonl --epochs 2')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & FitFlags & { data?: string; chosen?: boolean; reference?: boolean }>();
      const sources: SftOptions['from'][] = [...(options.data === undefined ? [] : [{ file: options.data }]), ...(options.chosen === true ? ['chosen' as const] : []), ...(options.reference === true ? ['reference' as const] : [])];
      const [from, second] = sources;
      if (from === undefined || second !== undefined) throw new UserError('cli.sft-source', 'Say what to learn from: one of --data FILE, --chosen and --reference.');
      const workspace = await workspaceOf(options);
      await execute(options, options, workspace, (runs) => planSft({ workspace, runs: runs.list() }, { ...planOptions(options, fitParams(options)), from, ...(options.base === undefined ? {} : { base: options.base }) }));
    });
}

function addReward(train: Command): void {
  addFitFlags(train.command('reward').summary('a reward model from the labels').description('Trains a reward model on the comparisons of admitted labelers; held-out prompts measure it.').addOption(new Option('--half <half>', 'learn from one half of the prompts only, for a second reward model that nothing is tuned against').choices(['1', '2'])))
    .addHelpText('after', '\nExamples:\n  plumbline train reward --dry-run\n  plumbline train reward --epochs 2 --set labelNoise=0.1')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & FitFlags & { half?: '1' | '2' }>();
      const workspace = await workspaceOf(options);
      await execute(options, options, workspace, (runs) => planReward({ workspace, runs: runs.list() }, { ...planOptions(options, fitParams(options)), ...(options.half === undefined ? {} : { half: options.half === '1' ? 1 : 2 }), ...(options.base === undefined ? {} : { base: options.base }) }));
    });
}

function addRule(train: Command): void {
  addFitFlags(train.command('rule').summary('a model of how likely an answer breaks each rule').description('Trains a rule model on the marks of admitted labelers (broken, kept, does not apply): one output a rule, calibrated on held-out prompts. It can judge attacks.'))
    .addHelpText('after', '\nExamples:\n  plumbline train rule --dry-run\n  plumbline train rule --set rules=["no-insult"] --set notApplicable=skip')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & FitFlags>();
      const workspace = await workspaceOf(options);
      await execute(options, options, workspace, (runs) => planRule({ workspace, runs: runs.list() }, { ...planOptions(options, fitParams(options)), ...(options.base === undefined ? {} : { base: options.base }) }));
    });
}

function addDpo(train: Command): void {
  const command = train
    .command('dpo')
    .summary('tune a model on the labels, without a reward model')
    .description('Direct preference optimisation: tunes a language model on the comparisons of admitted labelers, with a penalty (beta) for leaving the model it started from. Held-out prompts measure it.')
    .option('--policy <model>', 'the model to tune: a name in project.json, a run, or a folder (default: the first model of project.json)')
    .option('--beta <beta>', 'how dearly leaving the start is paid', positive)
    .option('--epochs <n>', 'how often every example is seen', positive)
    .option('--max-steps <n>', 'end after so many steps', whole(1))
    .option('--batch-size <n>', 'prompts a step', whole(1))
    .option('--learning-rate <rate>', 'the highest learning rate', positive);
  addRunFlags(command)
    .addHelpText('after', '\nExamples:\n  plumbline train dpo --dry-run\n  plumbline train dpo --epochs 2 --beta 0.2')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & FitFlags & { policy?: string; beta?: number }>();
      const workspace = await workspaceOf(options);
      await execute(options, options, workspace, (runs) =>
        planDpo({ workspace, runs: runs.list() }, { ...planOptions(options, { ...fitParams(options), beta: options.beta }), ...(options.policy === undefined ? {} : { policy: options.policy }) }),
      );
    });
}

interface PpoFlags extends RunFlags, PromptFlags {
  readonly policy?: string;
  readonly reward?: string;
  readonly updates?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly klCoef?: number;
  readonly temperature?: number;
  readonly maxNewTokens?: number;
  readonly preset?: PpoPresetName;
  readonly rule?: string;
  readonly program?: string;
  readonly texts?: string;
  readonly ptx?: string;
  readonly ptxCoef?: number;
  readonly criticWarmup?: number;
  readonly guard?: 'stop' | 'rollback';
  readonly seeds?: number;
}

function addPpo(train: Command): void {
  const command = train
    .command('ppo')
    .summary('tune a model against a reward model with PPO')
    .description('Tunes a language model so that its answers are rated higher by a reward model, with a penalty for leaving the model it started from.')
    .option('--policy <model>', 'the model to tune: a name in project.json, a run, or a folder (default: the first model of project.json)')
    .option('--reward <model>', 'the reward model: a run or a folder (default: the last finished reward run)')
    .option('--updates <n>', 'PPO updates', whole(1))
    .option('--batch-size <n>', 'answers an update', whole(1))
    .option('--learning-rate <rate>', 'the highest learning rate of policy and value model', positive)
    .option('--kl-coef <beta>', 'weight of the KL penalty', positive)
    .option('--temperature <t>', 'sampling temperature', positive)
    .option('--max-new-tokens <n>', 'longest answer', whole(1))
    .addOption(new Option('--preset <name>', 'settings of a published trainer; what is given beside it stands').choices(ppoPresetNames))
    .option('--rule <model>', 'a rule model, whose probabilities are subtracted from the reward: a run or a folder')
    .option('--program <file>', 'a JavaScript file of the workspace that scores answers too: export default ({ prompt, answer, reference, tags }) => number')
    .option('--texts <file>', 'plain texts whose perplexity is measured before and after, or "none" (default: evaluation.texts of project.json)')
    .option('--ptx <file>', 'texts of the pretraining mix: one a line, or JSONL as for SFT')
    .option('--ptx-coef <gamma>', 'weight of the loss on the pretraining mix', positive)
    .option('--critic-warmup <n>', 'in so many first updates the critic alone learns', whole(0))
    .addOption(new Option('--guard <what>', 'when the run goes wrong: stop it, or end it with the weights of its best evaluation').choices(['stop', 'rollback']))
    .option('--seeds <n>', 'make so many runs that differ by their seed only, and tell the share that ends above the start', whole(2));
  addRunFlags(addPromptFlags(command))
    .addHelpText('after', '\nExamples:\n  plumbline train ppo --updates 30\n  plumbline train ppo --reward last --set kl.controller=adaptive --set kl.target=6\n  plumbline train ppo --preset nplus --batch-size 64 --updates 50 --learning-rate 3e-4\n  plumbline train ppo --seeds 10')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & PpoFlags>();
      const workspace = await workspaceOf(options);
      const params = {
        updates: options.updates,
        batchSize: options.batchSize,
        policyOptimizer: { learningRate: options.learningRate },
        valueOptimizer: { learningRate: options.learningRate },
        kl: { coef: options.klCoef },
        sampling: { temperature: options.temperature, maxNewTokens: options.maxNewTokens },
        preset: options.preset,
        ptx: { coef: options.ptxCoef },
        criticWarmup: options.criticWarmup,
        guard: options.guard,
      };
      const { policy, reward, rule, program, texts, ptx } = options;
      const common = { ...planOptions(options, params), prompts: promptChoice(options), ...present({ policy, reward, rule, program, texts, ptx }) };
      if (options.seeds === undefined) await execute(options, options, workspace, (runs) => planPpo({ workspace, runs: runs.list() }, common));
      else await executeSeeds(options, options, workspace, options.seeds, (runs, seed, seedGroup) => planPpo({ workspace, runs: runs.list() }, { ...common, seed, seedGroup, name: `${options.name ?? 'ppo'}, seed ${seed}` }));
    });
}

interface BestOfNFlags extends RunFlags, PromptFlags {
  readonly policy?: string;
  readonly reward?: string;
  readonly n?: number;
  readonly rounds?: number;
  readonly answers?: string;
  readonly texts?: string;
  readonly batchSize?: number;
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly temperature?: number;
  readonly maxNewTokens?: number;
}

function addBestOfN(train: Command): void {
  const command = train
    .command('best-of-n')
    .summary('fine-tune a model on the best of its own answers')
    .description('Draws n answers to each prompt, keeps the one that a reward model likes best, and fine-tunes on those. A control learns from answers that were picked at random, in the same number and order; both are measured.')
    .option('--policy <model>', 'the model to tune: a name in project.json, a run, or a folder (default: the first model of project.json)')
    .option('--reward <model>', 'the reward model: a run or a folder (default: the last finished reward run)')
    .option('-n, --n <n>', 'answers to each prompt', whole(2))
    .option('--rounds <k>', 'repeat so often, each time from the models as the last round left them', whole(1))
    .option('--answers <run>', 'take the answers that an earlier best-of-n run has drawn and scored')
    .option('--texts <file>', 'plain texts whose perplexity is measured, or "none" (default: evaluation.texts of project.json)')
    .option('--epochs <n>', 'how often every kept answer is seen', positive)
    .option('--batch-size <n>', 'kept answers a step', whole(1))
    .option('--learning-rate <rate>', 'the highest learning rate', positive)
    .option('--temperature <t>', 'sampling temperature', positive)
    .option('--max-new-tokens <n>', 'longest answer', whole(1));
  addRunFlags(addPromptFlags(command))
    .addHelpText('after', '\nExamples:\n  plumbline train best-of-n --n 16\n  plumbline train best-of-n --n 8 --rounds 3 --limit 200')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & BestOfNFlags>();
      const workspace = await workspaceOf(options);
      const params = {
        n: options.n,
        rounds: options.rounds,
        fit: { epochs: options.epochs, batchSize: options.batchSize, optimizer: { learningRate: options.learningRate } },
        sampling: { temperature: options.temperature, maxNewTokens: options.maxNewTokens },
      };
      const named = present({ policy: options.policy, reward: options.reward, answers: options.answers, texts: options.texts }) as Partial<Record<'policy' | 'reward' | 'answers' | 'texts', string>>;
      await execute(options, options, workspace, (runs) => planBestOfN({ workspace, runs: runs.list() }, { ...planOptions(options, params), prompts: promptChoice(options), ...named }));
    });
}
