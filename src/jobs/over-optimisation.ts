import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../base/errors';
import { groupBy } from '../base/group';
import { parseJsonLines } from '../base/lines';
import { createRng } from '../base/rng';
import { bestOfN, bestOfNKl, doublings } from '../domain/evaluation/best-of-n';
import { meanByCluster, type Estimate } from '../domain/evaluation/bootstrap';
import { fitCurve, mean, overOptimised, type Curve, type CurveKind, type SweepPoint, type Warning } from '../domain/evaluation/over-optimisation';
import type { RunOf } from '../protocol/run';
import { readSpec } from './folder';
import { findModel, findRun } from './model-ref';
import type { ModelRef } from './model-ref';
import type { PlanContext, PlanOptions, Planned } from './plan';
import { planEvaluate } from './plan-evaluate';
import { readProject } from '../store/project-file';
import type { RunView } from './view';

export interface SweepOptions extends Omit<PlanOptions, 'params' | 'name'> {
  /** The start: what best-of-n draws from and what the tuned models began as. The project's first policy when left out. */
  readonly policy?: string;
  /** The proxy: the reward model that tuning follows. */
  readonly reward?: string;
  /** The reward model that nothing was tuned against. */
  readonly heldOut?: string;
  /** Tuned models; all finished runs that began at the start and followed the proxy when left out. */
  readonly runs?: readonly string[];
  /** Most answers a prompt for best-of-n; 64 when left out. */
  readonly n?: number;
  /** Answers a prompt by each tuned model; 4 when left out. */
  readonly samples?: number;
  /** At most so many held-out prompts. */
  readonly limit?: number;
  /** How answers are sampled, over the defaults. */
  readonly sampling?: Readonly<Record<string, unknown>>;
}

/** What a sweep consists of: evaluations that are there, and plans of those that are missing. */
export interface Sweep {
  readonly start: ModelRef;
  readonly proxy: ModelRef;
  readonly heldOut: ModelRef;
  /** Of the start. */
  readonly base: RunView | undefined;
  readonly tuned: readonly { readonly run: RunView; readonly evaluation: RunView | undefined }[];
  readonly missing: readonly Planned[];
}

/** Finds out what there is and what must still be measured. @throws UserError when a model is missing, or the held-out reward model is the proxy. */
export async function planSweep(context: PlanContext, options: SweepOptions): Promise<Sweep> {
  const { workspace, runs } = context;
  const { project } = await readProject(workspace);
  const start = await findModel(workspace, project, runs, 'policy', options.policy);
  const proxy = await findModel(workspace, project, runs, 'reward', options.reward);
  if (options.heldOut === undefined) {
    throw new UserError('jobs.no-held-out', 'The sweep needs a second reward model that nothing is tuned against. Train two on halves of the labels (plumbline train reward --half 1, then --half 2), tune against the first, and name the second as the held-out one.');
  }
  const heldOut = await findModel(workspace, project, runs, 'reward', options.heldOut);
  if (heldOut.hash === proxy.hash) throw new UserError('jobs.same-reward', `${heldOut.title} is both the reward model that is followed and the held-out one: they would always agree. Name another.`);
  const n = options.n ?? 64;
  const finished: { view: RunView; spec: RunOf<'evaluate'> }[] = [];
  for (const view of runs.filter((r) => r.kind === 'evaluate' && r.state === 'finished').sort((a, b) => (a.id < b.id ? 1 : -1))) {
    const spec = await readSpec(view.folder);
    if (spec.kind === 'evaluate' && spec.hashes['reward'] === proxy.hash && spec.hashes['heldOut'] === heldOut.hash) finished.push({ view, spec });
  }
  const base = finished.find(({ spec }) => spec.hashes['policy'] === start.hash && spec.params.samples >= n)?.view;
  const shared = { ...(options.seed === undefined ? {} : { seed: options.seed }), ...(options.threads === undefined ? {} : { threads: options.threads }), ...(options.device === undefined ? {} : { device: options.device }) };
  const measuring = { ...shared, reward: options.reward ?? proxy.run ?? proxy.folder, heldOut: options.heldOut, texts: 'none', sft: 'none', choices: 'none', ...(options.limit === undefined ? {} : { prompts: { split: 'test' as const, limit: options.limit } }) };
  const missing: Planned[] = [];
  const policy = options.policy ?? start.folder;
  if (base === undefined) missing.push(await planEvaluate(context, { ...measuring, name: `sweep of ${start.title}`, policy, reference: 'none', params: { samples: n, compare: false, batchSize: 64, ...(options.sampling === undefined ? {} : { sampling: options.sampling }) } }));
  const tuned: { run: RunView; evaluation: RunView | undefined }[] = [];
  for (const run of await tunedRuns(runs, options.runs, start, proxy)) {
    const model = await findModel(workspace, project, runs, 'policy', run.id);
    const evaluation = finished.find(({ spec }) => spec.hashes['policy'] === model.hash && spec.hashes['reference'] === start.hash)?.view;
    tuned.push({ run, evaluation });
    if (evaluation === undefined) missing.push(await planEvaluate(context, { ...measuring, name: `sweep: ${run.name}`, policy: run.id, reference: policy, params: { samples: options.samples ?? 4, compare: false, batchSize: 64, ...(options.sampling === undefined ? {} : { sampling: options.sampling }) } }));
  }
  return { start, proxy, heldOut, base, tuned, missing };
}

/** The runs that tuned the start against the proxy (DPO follows none), or those that are named. */
async function tunedRuns(runs: readonly RunView[], names: readonly string[] | undefined, start: ModelRef, proxy: ModelRef): Promise<RunView[]> {
  const made = runs.filter((r) => (r.kind === 'ppo' || r.kind === 'dpo' || r.kind === 'bestOfN') && r.state === 'finished');
  if (names !== undefined) {
    return names.map((name) => {
      const run = findRun(made, name);
      if (run === undefined) throw new UserError('jobs.no-such-run', `There is no finished run "${name}" that has tuned a model. There are: ${made.map((r) => r.id).join(', ') || 'none'}.`);
      return run;
    });
  }
  const fitting: RunView[] = [];
  for (const run of made) {
    const { hashes, kind } = await readSpec(run.folder);
    if (hashes['policy'] === start.hash && (kind === 'dpo' || hashes['reward'] === proxy.hash)) fitting.push(run);
  }
  return fitting.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A point of the report: means with intervals, rewards counted from the start's. */
export interface ReportedPoint {
  readonly name: string;
  readonly kind: CurveKind;
  readonly kl: number;
  readonly proxy: Estimate;
  readonly heldOut: Estimate;
}

export interface SweepReport {
  readonly v: 1;
  readonly start: string;
  readonly proxy: string;
  readonly heldOut: string;
  readonly prompts: number;
  readonly answers: number;
  readonly points: readonly ReportedPoint[];
  readonly curves: readonly { readonly kind: CurveKind; readonly of: 'proxy' | 'heldOut'; readonly curve: Curve }[];
  readonly warnings: readonly (Warning & { readonly kind: CurveKind })[];
}

const line = z.object({ promptHash: z.string(), reward: z.number(), heldOutReward: z.number(), exactKl: z.number().optional() });
type Line = z.infer<typeof line>;

/** Reads the evaluations of a sweep and fits its curves. @throws UserError when an evaluation is missing or unreadable. */
export async function sweepReport({ start, proxy, heldOut, base, tuned }: Sweep): Promise<SweepReport> {
  if (base === undefined) throw new UserError('jobs.sweep-incomplete', `${start.title} has not been measured with both reward models yet.`);
  const of = groupBy(await readSamples(base), (l) => l.promptHash);
  const measured: { name: string; lines: Map<string, Line[]> }[] = [];
  for (const { run, evaluation } of tuned) if (evaluation !== undefined) measured.push({ name: run.name, lines: groupBy(await readSamples(evaluation), (l) => l.promptHash) });
  // Points are compared prompt by prompt.
  const prompts = [...of.keys()].filter((hash) => measured.every((m) => m.lines.has(hash)));
  if (prompts.length === 0) throw new UserError('jobs.sweep-prompts', 'The evaluations of the sweep have no prompt in common: they were made of different sets. Measure them again with the same prompts.');
  const own = prompts.map((hash) => of.get(hash)!);
  const most = own.reduce((least, lines) => Math.min(least, lines.length), Infinity);
  const bon = doublings(most).map((n): SweepPoint => ({
    name: `best of ${n}`,
    kl: bestOfNKl(n),
    proxy: own.map((l) => bestOfN(l.map((x) => x.reward), l.map((x) => x.reward), n)),
    heldOut: own.map((l) => bestOfN(l.map((x) => x.reward), l.map((x) => x.heldOutReward), n)),
  }));
  const origin = bon[0]!;
  const rl = measured.map(({ name, lines }): SweepPoint => {
    const all = prompts.map((hash) => lines.get(hash)!);
    return { name, kl: Math.max(0, mean(all.flatMap((l) => l.flatMap((x) => x.exactKl ?? [])))), proxy: all.map((l) => mean(l.map((x) => x.reward))), heldOut: all.map((l) => mean(l.map((x) => x.heldOutReward))) };
  });
  const gained = (p: SweepPoint): SweepPoint => ({ ...p, proxy: p.proxy.map((x, i) => x - origin.proxy[i]!), heldOut: p.heldOut.map((x, i) => x - origin.heldOut[i]!) });
  const series = [
    { kind: 'best-of-n' as const, points: bon.map(gained) },
    { kind: 'rl' as const, points: rl.map(gained) },
  ];
  const rng = createRng('sweep');
  const estimate = (values: readonly number[]): Estimate => meanByCluster(values.map((sum, cluster) => ({ cluster, sum, weight: 1 })), rng);
  return {
    v: 1,
    start: start.title,
    proxy: proxy.title,
    heldOut: heldOut.title,
    prompts: prompts.length,
    answers: most,
    points: series.flatMap(({ kind, points }) => points.map((p) => ({ name: p.name, kind, kl: p.kl, proxy: estimate(p.proxy), heldOut: estimate(p.heldOut) }))),
    curves: series.flatMap(({ kind, points }) =>
      (['proxy', 'heldOut'] as const).flatMap((which) => {
        const curve = fitCurve(kind, points.map((p) => ({ d: Math.sqrt(p.kl), gain: mean(p[which]) })));
        return curve === undefined ? [] : [{ kind, of: which, curve }];
      }),
    ),
    // A tuned model may be worse than the start already.
    warnings: series.flatMap(({ kind, points }) => overOptimised(kind === 'rl' ? [gained(origin), ...points] : points, rng).map((w) => ({ ...w, kind }))),
  };
}

async function readSamples(run: RunView): Promise<Line[]> {
  const file = join(run.folder, run.outputs?.['samples'] ?? 'samples.jsonl');
  const lines = parseJsonLines(await readFile(file, 'utf8'), file).records.flatMap(({ value }) => line.safeParse(value).data ?? []);
  if (lines.length === 0) throw new UserError('jobs.sweep-samples', `${file} holds no answers with both rewards. Delete the run ${run.id} and measure again.`);
  return lines;
}
