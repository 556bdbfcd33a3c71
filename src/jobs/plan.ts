import { cpus } from 'node:os';
import { dependencies, version } from '../../package.json';
import { UserError } from '../base/errors';
import type { Problem } from '../base/problems';
import { createRng } from '../base/rng';
import { asks, contentOf, hashPrompt } from '../domain/content';
import type { Generation, LabelLine, PromptContent, PromptRecord, ScreeningItem, Split } from '../domain/records';
import { explicitSplits, splitPrompts } from '../domain/split';
import type { ExamplePrompt } from '../protocol/data';
import type { DeviceSetting } from '../protocol/run';
import type { Project } from '../protocol/project';
import { readGenerations, readPrompts, readScreening } from '../store/data-files';
import type { DataSet } from '../store/data-files';
import { readLabels } from '../store/label-files';
import type { LabelThreads } from '../store/label-threads';
import { readProject } from '../store/project-file';
import type { Workspace } from '../store/workspace';
import type { RunPlan } from './create';
import type { RunView } from './view';

/** A run that is ready to be submitted, and what a person is told about it. */
export interface Planned<P extends RunPlan = RunPlan> {
  readonly plan: P;
  /** One sentence: how much of what goes in, what was left out and why. */
  readonly says: string;
  /** What could not be read or used on the way. */
  readonly problems: readonly Problem[];
}

/** Where plans are made from. */
export interface PlanContext {
  readonly workspace: Workspace;
  /** The runs there are: their models can be used. */
  readonly runs: readonly RunView[];
}

/** What every plan may be told. */
export interface PlanOptions {
  readonly name?: string;
  readonly seed?: number;
  /** 0: all cores. */
  readonly threads?: number;
  readonly device?: DeviceSetting;
  /** Run parameters, over the project's defaults. Checked. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Which prompts a plan takes. */
export interface PromptChoice {
  /** Names of prompt sets; all of them when left out. */
  readonly sets?: readonly string[];
  readonly split?: Split | 'all';
  /** At most so many, drawn by the seed. */
  readonly limit?: number;
}

/** The workspace's data as plans need it. */
export interface Data {
  readonly project: Project;
  readonly prompts: readonly DataSet<PromptRecord>[];
  readonly generations: readonly DataSet<Generation>[];
  /** Items with the researchers' answers. */
  readonly screening: readonly ScreeningItem[];
  readonly lines: readonly LabelLine[];
  /** Prompt hash → side, of every prompt there is. */
  readonly splits: ReadonlyMap<string, Split>;
  readonly problems: readonly Problem[];
}

/** Reads everything that a plan may need. Files that cannot be read in part come back as problems. `threads`: see `readLabels`. */
export async function readData(workspace: Workspace, threads?: LabelThreads): Promise<Data> {
  const [file, prompts, generations, screening, labels] = await Promise.all([readProject(workspace), readPrompts(workspace), readGenerations(workspace), readScreening(workspace), readLabels(workspace, threads)]);
  const hashed = prompts.records.flatMap((set) => set.records).map((p) => ({ hash: hashPrompt(contentOf(p)), split: p.split }));
  const explicit = explicitSplits(hashed);
  const all = [...hashed.map((p) => p.hash), ...generations.records.flatMap((set) => set.records).map((g) => g.promptHash)];
  return {
    project: file.project,
    prompts: prompts.records,
    generations: generations.records,
    screening: screening.records.flatMap((set) => set.records),
    lines: labels.records,
    splits: splitPrompts(all, file.project.split, explicit.splits),
    problems: [...file.problems, ...prompts.problems, ...generations.problems, ...screening.problems, ...labels.problems, ...explicit.problems],
  };
}

/** One prompt of a plan. */
export interface ChosenPrompt {
  readonly hash: string;
  readonly content: PromptContent;
  readonly split: Split;
}

/**
 * The prompts of the chosen sets, each once, in their order; with a limit, a sample drawn by the seed.
 * @throws UserError when there are none, or a set does not exist.
 */
export function choosePrompts(data: Data, choice: PromptChoice, seed: number): ChosenPrompt[] {
  const wanted = choice.sets ?? data.prompts.map((s) => s.name);
  const byHash = new Map<string, ChosenPrompt>();
  for (const name of wanted) {
    const set = data.prompts.find((s) => s.name === name);
    if (set === undefined) {
      throw new UserError('jobs.no-prompt-set', `There is no set of prompts "${name}". There ${data.prompts.length === 0 ? 'are none yet' : `are: ${data.prompts.map((s) => s.name).join(', ')}`}.`, importAction);
    }
    for (const record of set.records) {
      const content = contentOf(record);
      const hash = hashPrompt(content);
      if (!byHash.has(hash)) byHash.set(hash, { hash, content, split: data.splits.get(hash) ?? 'train' });
    }
  }
  if (byHash.size === 0) throw new UserError('jobs.no-prompts', 'There are no prompts yet: import some first (Plumbline: Import).', importAction);
  const side = choice.split ?? 'all';
  const chosen = [...byHash.values()].filter((p) => side === 'all' || p.split === side);
  if (chosen.length === 0) throw new UserError('jobs.no-prompts', `None of the ${byHash.size} prompts is on the "${side}" side of the split. Add prompts, or change "split" in project.json.`, importAction);
  return choice.limit === undefined || choice.limit >= chosen.length ? chosen : createRng(seed).fork('prompts').shuffle(chosen).slice(0, choice.limit);
}

const importAction = { title: 'Import prompts', command: 'plumbline.import' } as const;

/** A prompt as `data.jsonl` holds it. */
export function examplePrompt(content: PromptContent): ExamplePrompt {
  const { prompt, messages } = asks(content) as { prompt?: string; messages?: readonly { role: string; content: string }[] };
  return prompt ?? messages!.map(({ role, content: text }) => ({ role, content: text }));
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

/**
 * The parameters of a run: the schema's defaults, the project's over them, the caller's over those; nested objects are
 * merged field by field. @throws UserError that names the parameter that is wrong, or that there is none of this name.
 */
export function mergeParams<T>(schema: Schema<T>, defaults: unknown, given: unknown): T {
  const base = schema.safeParse({});
  const merged = merge(merge(base.success ? base.data : {}, defaults), given);
  const parsed = schema.safeParse(merged);
  if (parsed.success) {
    const unknown = unknownName(given, parsed.data);
    if (unknown !== undefined) throw new UserError('jobs.params', `There is no parameter ${unknown.name}; there are ${unknown.known.join(', ')}.`);
    return parsed.data;
  }
  const issue = parsed.error.issues[0]!;
  const value = issue.path.reduce<unknown>((v, key) => (isObject(v) ? v[String(key)] : undefined), merged);
  throw new UserError('jobs.params', `The parameter ${issue.path.join('.')} cannot be ${JSON.stringify(value)}: ${issue.message}.`);
}

/** The first name, with dots, that was given and that the schema does not know: a mistyped parameter must not be left out in silence. */
function unknownName(given: unknown, parsed: unknown, prefix = ''): { name: string; known: string[] } | undefined {
  if (!isObject(given) || !isObject(parsed)) return undefined;
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(parsed, key)) return { name: prefix + key, known: Object.keys(parsed).map((name) => prefix + name) };
    const inner = unknownName(value, parsed[key], `${prefix}${key}.`);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** `over` over `base`, objects field by field; lists and numbers are replaced. */
export function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isObject(base) || !isObject(over)) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]).filter(([, value]) => value !== undefined));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What every `run.json` has. */
export function common(options: PlanOptions, name: string): { name: string; seed: number; threads: number; device: DeviceSetting; versions: Record<string, string> } {
  return {
    name: options.name ?? name,
    seed: options.seed ?? 0,
    threads: options.threads ?? 0,
    device: options.device ?? 'auto',
    versions: { plumbline: version, 'onnxruntime-node': dependencies['onnxruntime-node'], node: process.versions.node, platform: `${process.platform}-${process.arch}`, cpus: String(cpus().length) },
  };
}
