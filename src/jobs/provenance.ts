import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { hashText } from '../base/hash';
import { parseJsonLines } from '../base/lines';
import { plural } from '../base/text';
import { runOfSource } from '../domain/content';
import { foldLabels } from '../domain/labels';
import type { Provenance, ProvenanceNode } from '../protocol/provenance';
import type { RunSpec } from '../protocol/run';
import { readGenerations } from '../store/data-files';
import { readLabels } from '../store/label-files';
import type { Workspace } from '../store/workspace';
import { readSpec } from './folder';
import { findRun, hashModel } from './model-ref';
import { openSeries } from './series';
import type { RunView } from './view';

export interface ProvenanceContext {
  readonly workspace: Workspace;
  readonly runs: readonly RunView[];
}

/** The run that a person means by a model: its id or name, or the folder of a model that a run made. @throws UserError when there is none. */
export function runOfModel({ workspace, runs }: ProvenanceContext, name: string): RunView {
  const run = findRun(runs, name) ?? runs.find((r) => r.name === name) ?? makerOf(runs, resolve(workspace.root, name)) ?? makerOf(runs, resolve(name));
  if (run === undefined) throw new UserError('jobs.no-such-run', `"${name}" is neither a run nor a model that a run made.${runs.length === 0 ? ' There are no runs yet.' : ''}`);
  return run;
}

/**
 * Where a run and its model come from: back through reward model, labels, labelers, prompts and models to what no run made, each with the hash that was
 * written down when it was used and whether that still fits. Broken links (a run that was deleted, a model that was changed) are part of the answer.
 * @param readModels false where models must not be read (an untrusted workspace): then hashes of models are told, not checked
 */
export async function provenanceOf(context: ProvenanceContext, id: string, readModels = true): Promise<Provenance> {
  const { workspace, runs } = context;
  const nodes = new Map<string, ProvenanceNode>();
  const edges: { from: string; to: string; role: string }[] = [];
  const link = (from: string, to: string, role: string): void => void edges.push({ from, to, role });
  let sources: Promise<Sources> | undefined;

  async function run(view: RunView): Promise<string> {
    const key = `run:${view.id}`;
    if (nodes.has(key)) return key;
    let spec: RunSpec;
    try {
      spec = await readSpec(view.folder);
    } catch (error) {
      nodes.set(key, { id: key, what: 'run', title: view.name, says: [], holds: null, broken: messageOf(error), run: view.id });
      return key;
    }
    const says = [`${kindWords[spec.kind]} “${view.name}”, ${view.state}, ${view.createdAt.slice(0, 16).replace('T', ' ')}, seed ${spec.seed}.`, ...(await results(view))];
    nodes.set(key, { id: key, what: 'run', title: view.id, says, holds: null, run: view.id });
    const made = view.outputs?.['model'];
    if (made !== undefined && readModels) {
      const hash = await hashModel(join(view.folder, made)).catch(() => undefined);
      nodes.set(key, { ...nodes.get(key)!, ...(hash === undefined ? { broken: `The model that it made (${made}) is not there any more.` } : { hash }) });
    }
    for (const [role, path] of modelPaths(spec)) link(key, await model(spec, role, path), role);
    await data(view, spec, key);
    return key;
  }

  async function model(spec: RunSpec, role: string, path: string): Promise<string> {
    const folder = resolve(workspace.root, path);
    const used = spec.hashes[role];
    const key = `model:${path}:${used ?? ''}`;
    if (nodes.has(key)) return key;
    const maker = makerOf(runs, folder) ?? runs.find((r) => r.id === spec.parents[role]);
    const gone = maker === undefined ? goneRun(workspace, folder, spec.parents[role]) : undefined;
    let now: string | undefined;
    let broken = gone === undefined ? undefined : `It was made by the run ${gone}, which is not there any more.`;
    if (readModels) {
      try {
        now = await hashModel(folder);
        if (used !== undefined && now !== used) broken = 'Its files are not those that were used: the hash differs.';
      } catch (error) {
        broken ??= messageOf(error);
      }
    }
    const hash = used ?? now;
    nodes.set(key, {
      ...{ id: key, what: 'model', title: path, says: maker === undefined && gone === undefined ? ['No run of this workspace made it.'] : [] },
      ...(hash === undefined ? {} : { hash }),
      holds: used === undefined || now === undefined ? null : used === now,
      ...(broken === undefined ? {} : { broken }),
      ...(maker === undefined ? {} : { run: maker.id }),
    });
    if (maker !== undefined) link(key, await run(maker), 'made by');
    return key;
  }

  /** What the run froze: labels with their labelers, or prompts and texts; and the models whose answers were judged. */
  async function data(view: RunView, spec: RunSpec, from: string): Promise<void> {
    const key = `data:${view.id}`;
    const file = join(view.folder, 'data.jsonl');
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      nodes.set(key, { id: key, what: 'data', title: 'frozen data', says: [], holds: null, broken: `The run's data.jsonl cannot be read: ${messageOf(error)}` });
      link(from, key, 'data');
      return;
    }
    const hash = hashText(text);
    const frozen = spec.hashes['data'];
    const seen = survey(parseJsonLines(text, file).records.map((r) => r.value));
    const judged = seen.labels.size > 0;
    const says: string[] = [];
    let broken = frozen !== undefined && frozen !== hash ? 'data.jsonl is not the file that the run was made with: the hash differs.' : undefined;
    if (judged) {
      says.push(`${plural(seen.labels.size, 'label')} (${plural(seen.pairs, 'comparison')}, ${seen.test} held out) of ${plural(seen.labelers.size, 'labeler')} on ${plural(seen.prompts, 'prompt')} trained this.`, ...(await agreement(view)));
      sources ??= readSources(workspace);
      const { current, answers } = await sources;
      const lost = [...seen.labels].filter((l) => !current.has(l)).length;
      if (lost > 0) broken ??= `${plural(lost, 'label')} of them ${lost === 1 ? 'was' : 'were'} retracted, changed or settled since: a new run would learn from others.`;
      nodes.set(key, { id: key, what: 'labels', title: plural(seen.labels.size, 'label'), says, hash, holds: frozen === undefined ? null : frozen === hash, ...(broken === undefined ? {} : { broken }) });
      for (const [labeler, labels] of [...seen.labelers].sort(([, a], [, b]) => b.size - a.size)) {
        const who = `labeler:${view.id}:${labeler}`;
        nodes.set(who, { id: who, what: 'labeler', title: labeler, says: [`${plural(labels.size, 'label')}.`], holds: null });
        link(key, who, 'labeler');
      }
      await answersBy(seen.responses, answers, key);
    } else {
      const parts = [...(seen.prompts > 0 ? [`${plural(seen.prompts, 'prompt')}${seen.test > 0 ? `, ${seen.test} held out` : ''}`] : []), ...(seen.texts > 0 ? [plural(seen.texts, 'plain text')] : [])];
      nodes.set(key, { id: key, what: seen.prompts > 0 ? 'prompts' : 'texts', title: parts.join(' and ') || 'no examples', says, hash, holds: frozen === undefined ? null : frozen === hash, ...(broken === undefined ? {} : { broken }) });
    }
    link(from, key, judged ? 'labels' : 'data');
  }

  async function answersBy(responses: ReadonlySet<string>, answers: ReadonlyMap<string, string>, key: string): Promise<void> {
    const by = new Map<string, number>();
    for (const text of responses) {
      const source = answers.get(text) ?? 'unknown';
      by.set(source, (by.get(source) ?? 0) + 1);
    }
    for (const [source, n] of [...by].sort(([, a], [, b]) => b - a)) {
      const maker = runOfSource(source);
      const view = runs.find((r) => r.id === maker);
      const node = `answers:${key}:${source}`;
      nodes.set(node, {
        ...{ id: node, what: 'prompts', title: `${plural(n, 'judged answer')} by ${source}`, says: source === 'unknown' ? ['They are in no set of answers of this workspace any more.'] : [], holds: null },
        ...(maker !== undefined && view === undefined ? { broken: `The run ${maker} is not there any more.` } : {}),
      });
      link(key, node, 'answers');
      if (view !== undefined) link(node, await run(view), 'made by');
    }
  }

  const view = runs.find((r) => r.id === id);
  if (view === undefined) throw new UserError('jobs.no-such-run', `There is no run "${id}".`);
  const root = await run(view);
  return { root, nodes: [...nodes.values()], edges };
}

const kindWords: Record<RunSpec['kind'], string> = {
  sft: 'Supervised fine-tuning',
  reward: 'Reward model',
  rule: 'Rule model',
  dpo: 'Tuning with DPO',
  ppo: 'Tuning with PPO',
  bestOfN: 'Best-of-n fine-tuning',
  generate: 'Answers',
  evaluate: 'Evaluation',
  score: 'Scores',
  attack: 'Attacks',
};

/** Role → path of every model of a run; lists as `role-0`, `role-1`, … as their hashes are named. A program that scores answers is none. */
export function modelPaths({ models }: Pick<RunSpec, 'models'>): [role: string, path: string][] {
  return Object.entries(models as Record<string, string | readonly string[] | undefined>).flatMap(([role, path]): [string, string][] =>
    path === undefined || role === 'program' ? [] : typeof path === 'string' ? [[role, path]] : path.map((p, i) => [`${role}-${i}`, p]),
  );
}

function makerOf(runs: readonly RunView[], folder: string): RunView | undefined {
  return runs.find((r) => folder === r.folder || folder.startsWith(r.folder + sep));
}

/** The run that a path or a parent names, when its folder is gone. */
function goneRun(workspace: Workspace, folder: string, parent: string | undefined): string | undefined {
  const runsFolder = join(workspace.folder, 'runs') + sep;
  const named = folder.startsWith(runsFolder) ? folder.slice(runsFolder.length).split(sep)[0] : parent;
  return named === undefined || existsSync(join(runsFolder, named, 'run.json')) ? undefined : basename(named);
}

interface Survey {
  readonly labels: Set<string>;
  readonly labelers: Map<string, Set<string>>;
  readonly responses: Set<string>;
  pairs: number;
  prompts: number;
  texts: number;
  test: number;
}

/** What stands in frozen examples, whatever their kind. */
function survey(examples: readonly unknown[]): Survey {
  const seen: Survey = { labels: new Set(), labelers: new Map(), responses: new Set(), pairs: 0, prompts: 0, texts: 0, test: 0 };
  for (const value of examples) {
    const e = value as { prompt?: unknown; text?: unknown; split?: unknown; labels?: unknown; responses?: unknown; pairs?: unknown };
    if (e.prompt !== undefined) seen.prompts++;
    else if (e.text !== undefined) seen.texts++;
    if (Array.isArray(e.labels)) for (const l of e.labels) seen.labels.add(String(l));
    if (!Array.isArray(e.pairs)) {
      if (e.split === 'test') seen.test++;
      continue;
    }
    if (Array.isArray(e.responses)) for (const text of e.responses) if (typeof text === 'string') seen.responses.add(text);
    for (const { label, labeler } of e.pairs as { label: string; labeler: string }[]) {
      seen.pairs++;
      if (e.split === 'test') seen.test++;
      seen.labels.add(label);
      const own = seen.labelers.get(labeler) ?? new Set();
      seen.labelers.set(labeler, own.add(label));
    }
  }
  return seen;
}

interface Sources {
  /** Ids of the labels that count today. */
  readonly current: ReadonlySet<string>;
  /** Text of an answer → who gave it. */
  readonly answers: ReadonlyMap<string, string>;
}

async function readSources(workspace: Workspace): Promise<Sources> {
  const [labels, generations] = await Promise.all([readLabels(workspace), readGenerations(workspace)]);
  const { current } = foldLabels(labels.records);
  return { current: new Set(current.map((l) => l.id)), answers: new Map(generations.records.flatMap((s) => s.records).flatMap((g) => g.responses.map((r) => [r.text, r.source] as const))) };
}

/** How agreement with held-out labels went, of a run that measured it. */
async function agreement(view: RunView): Promise<string[]> {
  const series = openSeries(view.folder);
  await series.refresh();
  for (const metric of ['eval_accuracy', 'eval_rewards/accuracies']) {
    const { x, y } = series.column(metric);
    if (x.length > 1 && x[0] === 0) return [`Held-out agreement went from ${percent(y[0]!)} to ${percent(y.at(-1)!)}.`];
    if (x.length > 0) return [`Held-out agreement was ${percent(y.at(-1)!)} in the end.`];
  }
  return [];
}

/** What tuning changed, of a run that measured the same before and after. */
async function results(view: RunView): Promise<string[]> {
  if (view.kind !== 'ppo') return [];
  const series = openSeries(view.folder);
  await series.refresh();
  const reward = series.column('eval/objective/scores');
  const kl = series.column('eval/objective/exact_kl').y.at(-1);
  if (reward.x.length < 2) return [];
  return [`Held-out reward went from ${number(reward.y[0]!)} to ${number(reward.y.at(-1)!)}${kl === undefined ? '' : `, ${number(kl)} nats from where it started`}.`];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const number = (x: number): string => String(Number(x.toPrecision(3)));
