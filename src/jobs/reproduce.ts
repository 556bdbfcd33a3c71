import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { hashBytes, hashText } from '../base/hash';
import { parseJsonLines } from '../base/lines';
import { exampleSchemas } from '../protocol/data';
import type { Workspace } from '../store/workspace';
import type { RunPlan } from './create';
import { readSpec } from './folder';
import { hashModel } from './model-ref';
import { common } from './plan';
import type { Planned } from './plan';
import { modelPaths } from './provenance';
import { openSeries } from './series';
import { tailEvents } from './tail';
import type { RunView } from './view';

/**
 * The plan of a run that does again what another has done: the same kind, parameters, seed, frozen data and models, on the device that computed it, with
 * passes cut the same way.
 * @throws UserError when that cannot be done any more: the frozen data or a model is not what it was.
 */
export async function planReproduce(workspace: Workspace, view: RunView): Promise<Planned> {
  const spec = await readSpec(view.folder);
  const file = join(view.folder, 'data.jsonl');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError('jobs.frozen-data', `${view.id} cannot be made again: ${file} cannot be read (${messageOf(error)}).`);
  }
  const frozen = spec.hashes['data'];
  if (frozen !== undefined && hashText(text) !== frozen) throw new UserError('jobs.frozen-data', `${view.id} cannot be made again: ${file} is not the file that it was made with (its hash differs).`);
  for (const [role, path] of modelPaths(spec)) {
    const used = spec.hashes[role];
    if (used === undefined) continue;
    let now: string;
    try {
      now = await hashModel(resolve(workspace.root, path));
    } catch (error) {
      throw new UserError('jobs.model-gone', `${view.id} cannot be made again: its ${role} model ${path} cannot be read: ${messageOf(error)}`);
    }
    if (now !== used) throw new UserError('jobs.model-changed', `${view.id} cannot be made again: its ${role} model ${path} was changed since (its hash differs). Put the old files back, or start a new run.`);
  }
  const schema = exampleSchemas[spec.kind];
  const { records, problems } = parseJsonLines(text, file);
  const bad = problems[0];
  if (bad !== undefined) throw new UserError('jobs.frozen-data', `${file}:${bad.line ?? 1}: ${bad.message}.`);
  const data = records.map(({ value, line }) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new UserError('jobs.frozen-data', `${file}:${line}: not an example of a ${spec.kind} run.`);
  });
  const device = (await providerOf(view.folder)) ?? spec.device;
  // Only runs that train have one. Where it does not fit into memory any more, the trainer chooses anew and says so.
  const memory = await readFile(join(view.folder, 'memory.json'), 'utf8').catch(() => undefined);
  const { kind, seed, threads, models, params } = spec;
  const hashes = Object.fromEntries(Object.entries(spec.hashes).filter(([of]) => of !== 'data'));
  const run = { kind, seed, threads, models, params, hashes, device, name: `${spec.name} again`, versions: common({}, '').versions, parents: { ...spec.parents, reproduces: view.id } };
  const others = Object.entries(run.versions).filter(([name, version]) => spec.versions[name] !== undefined && spec.versions[name] !== version);
  return {
    // The kind of run and that of its examples are the spec's own, which the compiler does not follow.
    plan: { run, data, ...(memory === undefined ? {} : { memory }) } as unknown as RunPlan,
    says: `${view.id} again, with its ${data.length} frozen examples, seed ${spec.seed}, on ${device}.${others.length === 0 ? '' : ` Other versions now, so results may differ in the last digits: ${others.map(([name, version]) => `${name} ${spec.versions[name]!} → ${version}`).join(', ')}.`}`,
    problems: [],
  };
}

/** What computed a run when it was last started. */
async function providerOf(folder: string): Promise<'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml' | undefined> {
  const { events } = await tailEvents(folder, { skim: true }).next();
  return events.findLast((e) => e.type === 'started')?.device?.provider;
}

/** How a run that was made again compares with the first. */
export interface Comparison {
  readonly first: string;
  readonly again: string;
  /** What both made, by role: whether it is the same, byte for byte as far as hashes tell. */
  readonly outputs: readonly { readonly role: string; readonly same: boolean }[];
  /** The largest difference between values of the same step and metric, relative to the larger of the two or 1e-6, and where; null when there is none to compare. */
  readonly steps: { readonly compared: number; readonly largest: number; readonly metric: string; readonly step: number } | null;
  /** The first step at which any metric differs at all. */
  readonly partsAt: number | null;
  readonly summary: readonly { readonly name: string; readonly first: number; readonly again: number }[];
}

/** How long something took is never the same. */
const timing = /second|^eps$|^tokens_per/;

/** Compares two finished runs of the same plan. */
export async function compareRuns(first: RunView, again: RunView): Promise<Comparison> {
  const outputs: { role: string; same: boolean }[] = [];
  for (const [role, path] of Object.entries(first.outputs ?? {})) {
    const other = again.outputs?.[role];
    outputs.push({ role, same: other !== undefined && (await hashOfOutput(resolve(first.folder, path))) === (await hashOfOutput(resolve(again.folder, other))) });
  }
  const [a, b] = [openSeries(first.folder), openSeries(again.folder)];
  await a.refresh();
  await b.refresh();
  let compared = 0;
  let steps: Comparison['steps'] = null;
  let partsAt: number | null = null;
  for (const metric of a.metrics().filter((m) => !timing.test(m))) {
    const other = b.column(metric);
    const by = new Map(other.x.map((x, i) => [x, other.y[i]!]));
    const { x, y } = a.column(metric);
    for (const [i, step] of x.entries()) {
      const value = by.get(step);
      if (value === undefined) continue;
      compared++;
      const difference = Math.abs(y[i]! - value);
      if (difference > 0 && (partsAt === null || step < partsAt)) partsAt = step;
      const largest = difference / Math.max(Math.abs(y[i]!), Math.abs(value), 1e-6);
      if (steps === null || largest > steps.largest) steps = { compared: 0, largest, metric, step };
    }
  }
  const summary = Object.entries(first.summary ?? {}).flatMap(([name, value]) => (timing.test(name) || again.summary?.[name] === undefined ? [] : [{ name, first: value, again: again.summary[name] }]));
  return { first: first.id, again: again.id, outputs, steps: steps === null ? null : { ...steps, compared }, partsAt, summary };
}

async function hashOfOutput(path: string): Promise<string> {
  return readFile(path).then(hashBytes, () => hashModel(path));
}

/** The comparison in words. */
export function comparisonText({ first, again, outputs, steps, partsAt, summary }: Comparison): string {
  const model = outputs.find((o) => o.role === 'model');
  const lines = [
    model === undefined ? `${again} against ${first}:` : model.same ? `${again} has made the same model as ${first}, byte for byte.` : `${again} has NOT made the same model as ${first}.`,
    ...outputs.filter((o) => o.role !== 'model').map((o) => `${o.role}: ${o.same ? 'the same' : 'not the same'}`),
    steps === null ? 'No numbers to compare.' : partsAt === null ? `All ${steps.compared} numbers of its steps are the same.` : `Its numbers part at step ${partsAt}; the largest relative difference is ${steps.largest.toPrecision(2)} (${steps.metric} at step ${steps.step}).`,
    ...summary.filter((s) => s.first !== s.again).map((s) => `  ${s.name}: ${Number(s.first.toPrecision(6))} → ${Number(s.again.toPrecision(6))}`),
  ];
  return lines.join('\n');
}
