import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { hashText } from '../base/hash';
import type { Problem } from '../base/problems';
import { plural } from '../base/text';
import { contentOf, hashPrompt } from '../domain/content';
import { splitPrompts } from '../domain/split';
import type { Example } from '../protocol/data';
import { isInside, storedPath } from '../store/inside';
import type { Workspace } from '../store/workspace';
import type { RunPlan } from './create';
import { findModel, membersOf, namedModels } from './model-ref';
import { choosePrompts, common, examplePrompt, readData } from './plan';
import type { Data, PlanContext, PlanOptions, Planned, PromptChoice } from './plan';
import { textsOf } from './plan-evaluate';
import { readSftFile } from './plan-sft';
import { ppoParams } from './ppo-params';
import { readTexts } from './texts';

export interface PpoOptions extends PlanOptions {
  /** The model to tune: a model of the project, a run or a folder; the project's first policy when left out. */
  readonly policy?: string;
  /** The reward model: a reward run or a folder; the last finished reward run when left out. */
  readonly reward?: string;
  /** A rule model (a rule run or a folder) whose probabilities are penalties; none when left out. */
  readonly rule?: string;
  /** A JavaScript file of the workspace whose number is added to the score; none when left out. */
  readonly program?: string;
  readonly prompts?: PromptChoice;
  /** As in {@link EvaluateOptions}: plain texts whose perplexity is measured before and after. */
  readonly texts?: string;
  /** Texts of the pretraining mix, for `params.ptx`: one a line, or JSONL as for SFT; the project's `pretraining.texts`, else a part of `texts`, when left out. */
  readonly ptx?: string;
  /** Runs that differ by their seed only share a name here. */
  readonly seedGroup?: string;
}

/** Tuning with PPO. @throws UserError when there are no prompts, no policy or no reward model, or when something that is named is not there. */
export async function planPpo(context: PlanContext, options: PpoOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'ppo' } }>>> {
  const { workspace, runs } = context;
  const data = await readData(workspace);
  const chosen = choosePrompts(data, options.prompts ?? {}, options.seed ?? 0);
  const reward = await findModel(workspace, data.project, runs, 'reward', options.reward);
  const policy = await findModel(workspace, data.project, runs, 'policy', options.policy);
  const rule = options.rule === undefined ? undefined : await findModel(workspace, data.project, runs, 'reward', options.rule);
  const program = options.program === undefined ? undefined : await programOf(workspace, options.program);
  const params = ppoParams(data.project.defaults.ppo, options.params);
  const train = chosen.filter((p) => p.split === 'train').length;
  if (train === 0) throw new UserError('jobs.no-prompts', 'All chosen prompts are held out for testing: none is left to tune on. Choose more prompts.', { title: 'Import prompts', command: 'plumbline.import' });
  const texts = await textsFor(workspace, data, options, params.ptx.coef > 0);
  const rewardMembers = params.ensemble.objective === 'first' ? [] : await membersOf(workspace, runs, reward);
  const named = namedModels({ policy, reward, rewardMembers, rule });
  const parts = [`${reward.title}${rewardMembers.length === 0 ? '' : ` (an ensemble of ${rewardMembers.length + 1}: ${params.ensemble.objective})`}`, ...(rule === undefined ? [] : [`the rules of ${rule.title}`]), ...(program === undefined ? [] : [program.path])];
  return {
    plan: {
      run: {
        ...common(options, `tune ${policy.title}`),
        kind: 'ppo',
        models: { ...named.models, policy: policy.path, reward: reward.path, ...(program === undefined ? {} : { program: program.path }) },
        hashes: { ...named.hashes, ...(program === undefined ? {} : { program: program.hash }) },
        parents: named.parents,
        ...(options.seedGroup === undefined ? {} : { seedGroup: options.seedGroup }),
        params,
      },
      data: [...promptExamples(data, chosen, program !== undefined), ...texts.tax.map((text) => ({ text, use: 'tax' as const })), ...texts.ptx],
    },
    says: `${plural(params.updates, 'update')} of ${params.batchSize} answers, ${plural(train, 'prompt')} to tune on and ${chosen.length - train} held out; ${policy.title} against ${parts.join(' and ')}.${texts.tax.length === 0 ? ' No plain texts to measure the alignment tax on: name a file as "evaluation.texts" in project.json.' : ` Perplexity of ${plural(texts.tax.length, 'plain text')} before and after.`}${texts.ptx.length === 0 ? '' : ` ${plural(texts.ptx.length, 'text')} in the pretraining mix.`}`,
    problems: [...data.problems, ...texts.problems],
  };
}

/** Prompts as the run freezes them; with what a programmed reward is shown, where there is one. */
function promptExamples(data: Data, chosen: ReturnType<typeof choosePrompts>, whole: boolean): Example<'ppo'>[] {
  const records = new Map(whole ? data.prompts.flatMap((set) => set.records).map((p) => [hashPrompt(contentOf(p)), p] as const) : []);
  return chosen.map(({ hash, content, split }) => {
    const { reference, tags } = records.get(hash) ?? {};
    return { prompt: examplePrompt(content), split, ...(reference === undefined ? {} : { reference }), ...(tags === undefined ? {} : { tags: [...tags] }) };
  });
}

/** Texts to measure on and texts to learn. A file that serves both is split: what is measured must not be learned. */
async function textsFor(workspace: Workspace, { project, ...data }: Data, options: PpoOptions, mix: boolean): Promise<{ tax: readonly string[]; ptx: Example<'ppo'>[]; problems: readonly Problem[] }> {
  const { root } = workspace;
  const file = options.texts ?? textsOf(project);
  const tax = file === undefined || file === 'none' ? { records: [], problems: [] } : await readTexts(root, file);
  if (!mix) return { tax: tax.records, ptx: [], problems: tax.problems };
  const own = options.ptx ?? project.pretraining?.texts ?? file;
  if (own === undefined || own === 'none') throw new UserError('jobs.ptx', 'ptx.coef is above 0, but there are no texts for the pretraining mix: name a file with --ptx, or as "pretraining.texts" in project.json.');
  if (file !== undefined && resolve(root, own) === resolve(root, file)) {
    const hashed = tax.records.map((text) => ({ text, key: hashPrompt(text) }));
    const splits = splitPrompts(hashed.map((t) => t.key), project.split, new Map());
    const [held, learned] = [hashed.filter((t) => splits.get(t.key) === 'test'), hashed.filter((t) => splits.get(t.key) !== 'test')];
    if (learned.length === 0) throw new UserError('jobs.ptx', `${own} has too few texts to learn some and measure on others. Name another file with --ptx.`);
    return { tax: held.map((t) => t.text), ptx: learned.map(({ text }) => ({ text, use: 'ptx' })), problems: tax.problems };
  }
  if (!own.endsWith('.jsonl')) {
    const read = await readTexts(root, own);
    return { tax: tax.records, ptx: read.records.map((text) => ({ text, use: 'ptx' })), problems: [...tax.problems, ...read.problems] };
  }
  const read = await readSftFile(resolve(root, own), { project, ...data });
  const ptx = read.records.filter((e) => e.split === 'train').map((e): Example<'ppo'> => ('text' in e ? { text: e.text, use: 'ptx' } : { prompt: e.prompt, completion: e.completion, use: 'ptx' }));
  if (ptx.length === 0) throw new UserError('jobs.ptx', `${own} holds no examples to train on. A line is {"prompt": …, "completion": …}, {"messages": […]} or {"text": …}.`);
  return { tax: tax.records, ptx, problems: [...tax.problems, ...read.problems] };
}

/** A programmed reward, as the run names it. @throws UserError when it cannot be read or lies outside of the workspace. */
async function programOf(workspace: Workspace, file: string): Promise<{ path: string; hash: string }> {
  const path = resolve(workspace.root, file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UserError('jobs.program', `The programmed reward ${path} cannot be read: ${messageOf(error)}`);
  });
  if (!(await isInside(workspace.root, path))) throw new UserError('jobs.program', `${path} lies outside of the workspace folder. Copy ${basename(path)} into it.`);
  return { path: storedPath(workspace, path), hash: hashText(text) };
}
