import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors';
import { hashText } from '../base/hash';
import { slug } from '../base/ids';
import { parseJsonLines } from '../base/lines';
import type { Problem } from '../base/problems';
import { leaveOneOutCeiling, wilson } from '../domain/agreement';
import type { Share } from '../domain/agreement';
import { foldLabels } from '../domain/labels';
import type { RewardModelReport } from '../domain/model-report';
import type { Verdict } from '../domain/records';
import { exampleSchemas } from '../protocol/data';
import type { Example, ExamplePrompt } from '../protocol/data';
import type { RunOf } from '../protocol/run';
import { admissions } from './admission';
import { readSpec } from './folder';
import { readModelReport } from './model-report';
import { hashModel, lastFinished, needRun } from './model-ref';
import { readData } from './plan';
import type { Data, PlanContext } from './plan';
import { measure } from './report-measure';
import type { Measurement, WorldJudge } from './report-measure';
import type { RunView } from './view';

/** One labeler in the report. */
export interface ReportLabeler {
  readonly id: string;
  readonly simulated: boolean;
  readonly admitted: boolean;
  /** Why, in words. */
  readonly why: string;
  readonly labels: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
}

export interface ReportRewardModel {
  readonly run: string;
  /** On held-out comparisons that are no ties; null when none were held out. */
  readonly accuracy: number | null;
  /** 95 % Wilson interval. */
  readonly interval: readonly [low: number, high: number] | null;
  /**
   * The labelers' own ceiling: how well the other labelers' majority foretells a labeler, on the same comparisons; null when no two
   * labelers have judged the same.
   */
  readonly ceiling: number | null;
  /** In a workspace with a judge: how well the true order foretells the labelers. What is missing to 1 is their noise. */
  readonly trueOrder: number | null;
  /** Held-out comparisons that are no ties. */
  readonly pairs: number;
  readonly trainPairs: number;
  readonly summary: Readonly<Record<string, number>>;
  /** By group, with calibration and baselines; null for runs of before there was one. */
  readonly worth: RewardModelReport | null;
}

/** The same prompt answered before and after. */
export interface ReportSample {
  readonly prompt: string;
  readonly before: { readonly text: string; readonly reward: number | null; readonly good: boolean | null };
  readonly after: { readonly text: string; readonly reward: number | null; readonly good: boolean | null };
}

export interface ReportPpo {
  readonly run: string;
  readonly updates: number;
  /** Exact KL from where it started, nats per answer, on held-out prompts; the sampled estimate of the last update when it was not measured. */
  readonly kl: number | null;
  readonly klKind: 'exact' | 'sampled' | null;
  readonly before: Measurement;
  readonly after: Measurement;
  /** The first held-out prompts in their order; not chosen. */
  readonly samples: readonly ReportSample[];
  /** How training went, at most a dozen points. */
  readonly curve: readonly { readonly update: number; readonly score: number; readonly kl: number }[];
}

/** What came of a loop: generated, judged, learned, tuned, measured. */
export interface Report {
  readonly v: 1;
  readonly createdAt: string;
  readonly project: string;
  readonly seed: number;
  /** Sum of the stages. */
  readonly seconds: number;
  readonly judge: { readonly name: string; readonly simulated: true } | null;
  readonly generated: { readonly prompts: number; readonly answers: number; readonly sets: readonly string[] };
  readonly labelers: readonly ReportLabeler[];
  readonly rewardModel: ReportRewardModel | null;
  readonly ppo: ReportPpo | null;
  readonly stages: readonly { readonly stage: string; readonly run: string | null; readonly seconds: number }[];
  /** Hash by what it is of; the chain from labels to policy. */
  readonly provenance: readonly { readonly what: string; readonly hash: string; readonly holds: boolean | null }[];
  readonly warnings: readonly string[];
}

export interface ReportOptions {
  /** The PPO run; the last finished one when left out. */
  readonly ppo?: string;
  /** The reward run that the report is about, by its id: then PPO is the last run that was tuned against it, if any. */
  readonly reward?: string;
  /** Tells truth in a workspace that has one (the sample). */
  readonly judge?: WorldJudge;
  readonly now: Date;
  /** Stages that are no runs, e.g. simulated labeling. */
  readonly otherStages?: readonly { readonly stage: string; readonly seconds: number }[];
}

/** Builds the report from the run folders and the labels. @throws UserError when there is nothing to report on. */
export async function buildReport(context: PlanContext, options: ReportOptions): Promise<Report> {
  const { runs } = context;
  const data = await readData(context.workspace);
  const ppo = options.ppo !== undefined ? needPpo(runs, options.ppo) : options.reward === undefined ? lastFinished(runs, 'ppo') : await tunedAgainst(runs, options.reward);
  const ppoSpec = ppo === undefined ? undefined : ((await readSpec(ppo.folder)) as RunOf<'ppo'>);
  const named = options.reward ?? ppoSpec?.parents['reward'];
  const reward = named === undefined ? lastFinished(runs, 'reward') : runs.find((r) => r.id === named);
  if (ppo === undefined && reward === undefined) {
    throw new UserError('jobs.nothing-to-report', 'There is nothing to report on yet: no reward model and no tuned model. Train a reward model first (Plumbline: Train Reward Model).', { title: 'Train a reward model', command: 'plumbline.trainReward' });
  }
  const generating = runs.filter((r) => r.kind === 'generate' && r.state === 'finished' && data.generations.some((s) => s.name === r.id || s.name === slug(r.id))).sort(byId);
  const measured = ppo === undefined || ppoSpec === undefined ? undefined : await measure(runs, ppo, ppoSpec, options.judge);
  const stages = [
    ...generating.map((r) => ({ stage: 'generate', run: r.id, seconds: secondsOf(r) })),
    ...(options.otherStages ?? []).map((s) => ({ ...s, run: null })),
    ...(reward === undefined ? [] : [{ stage: 'reward model', run: reward.id, seconds: secondsOf(reward) }]),
    ...(ppo === undefined ? [] : [{ stage: 'PPO', run: ppo.id, seconds: secondsOf(ppo) }]),
    ...(measured?.evaluations ?? []).map((r) => ({ stage: `evaluate ${r.when}`, run: r.view.id, seconds: secondsOf(r.view) })),
  ];
  const used = [...generating, ...(reward === undefined ? [] : [reward]), ...(ppo === undefined ? [] : [ppo]), ...(measured?.evaluations ?? []).map((e) => e.view)];
  return {
    v: 1,
    createdAt: options.now.toISOString(),
    project: data.project.name ?? 'unnamed',
    seed: ppoSpec?.seed ?? (await readSpec(reward!.folder)).seed,
    seconds: stages.reduce((n, s) => n + s.seconds, 0),
    judge: options.judge === undefined ? null : { name: options.judge.name, simulated: true },
    generated: generated(data),
    labelers: labelersOf(data),
    rewardModel: reward === undefined ? null : await rewardModelOf(reward, options.judge),
    ppo: measured?.report ?? null,
    stages,
    provenance: await provenance(reward, ppo, ppoSpec),
    warnings: used.flatMap((r) => r.warnings.map((w) => `${r.kind}: ${w}`)),
  };
}

/** The last finished PPO run that has followed a reward run's model. */
async function tunedAgainst(runs: readonly RunView[], reward: string): Promise<RunView | undefined> {
  const fitting: RunView[] = [];
  for (const run of runs) if (run.kind === 'ppo' && (await readSpec(run.folder)).parents['reward'] === reward) fitting.push(run);
  return lastFinished(fitting, 'ppo');
}

function needPpo(runs: readonly RunView[], name: string): RunView {
  const run = needRun(runs, name);
  if (run.kind !== 'ppo') throw new UserError('jobs.not-ppo', `The run "${run.id}" is a ${run.kind} run; a report is about a PPO run.`);
  if (run.state !== 'finished') throw new UserError('jobs.not-finished', `The run "${run.id}" is ${run.state}: there is a report when it has finished.`);
  return run;
}

const byId = (a: RunView, b: RunView): number => (a.id < b.id ? -1 : 1);

/** From the first word to the last, of all attempts. */
function secondsOf(view: RunView): number {
  return view.startedAt === undefined || view.finishedAt === undefined ? 0 : (Date.parse(view.finishedAt) - Date.parse(view.startedAt)) / 1000;
}

function generated(data: Data): Report['generated'] {
  const all = data.generations.flatMap((s) => s.records);
  return { prompts: new Set(all.map((g) => g.promptHash)).size, answers: all.reduce((n, g) => n + g.responses.length, 0), sets: data.generations.map((s) => s.name) };
}

function labelersOf(data: Data): ReportLabeler[] {
  const { current } = foldLabels(data.lines);
  return admissions(data.project, data.screening, current, current.map((l) => l.labeler)).map(({ labeler: id, admitted, reason }) => {
    const own = current.filter((l) => l.labeler === id && (l.kind === undefined || l.kind === 'adjudication'));
    const verdicts: Partial<Record<Verdict, number>> = {};
    for (const l of own) verdicts[l.verdict] = (verdicts[l.verdict] ?? 0) + 1;
    return { id, simulated: data.project.labelers.find((l) => l.id === id)?.simulated === true, admitted, why: reason, labels: own.length, verdicts };
  });
}

async function rewardModelOf(run: RunView, judge: WorldJudge | undefined): Promise<ReportRewardModel> {
  const examples = await readFrozen(run.folder);
  const worth = await readModelReport(run);
  const test = examples.filter((e) => e.split === 'test');
  const strict = (of: typeof examples): number => of.reduce((n, e) => n + e.pairs.filter((p) => p.p !== 0.5).length, 0);
  const pairs = strict(test);
  const accuracy = run.summary?.['accuracy'] ?? null;
  const interval = accuracy === null ? undefined : wilson(accuracy * pairs, pairs);
  const folded = test.map((e) => ({ ...e, pairs: e.pairs.map((p) => ({ ...p, p: p.p === 0.5 ? (0.5 as const) : (1 as const) })) }));
  return {
    run: run.id,
    accuracy,
    interval: interval === undefined ? null : [interval.low, interval.high],
    ceiling: leaveOneOutCeiling(folded).ceiling?.share ?? null,
    trueOrder: judge === undefined ? null : (trueOrder(test, judge)?.share ?? null),
    pairs,
    trainPairs: strict(examples.filter((e) => e.split === 'train')),
    summary: run.summary ?? {},
    worth: worth?.kind === 'reward' ? worth : null,
  };
}

/** How often the true order of two answers is the labelers', over their strict comparisons; truly equal answers count half. */
export function trueOrder(examples: readonly Example<'reward'>[], judge: WorldJudge): Share | undefined {
  let hits = 0;
  let n = 0;
  for (const e of examples) {
    const quality = e.responses.map((text) => judge.quality(promptText(e.prompt), text));
    for (const { i, j, p } of e.pairs) {
      if (p === 0.5) continue;
      const d = (quality[i]! - quality[j]!) * (p > 0.5 ? 1 : -1);
      hits += d > 0 ? 1 : d === 0 ? 0.5 : 0;
      n++;
    }
  }
  return wilson(hits, n);
}

/** A prompt as a person reads it. */
export function promptText(prompt: ExamplePrompt): string {
  return typeof prompt === 'string' ? prompt : prompt.map((m) => (prompt.length === 1 ? m.content : `${m.role}: ${m.content}`)).join('\n');
}

async function readFrozen(folder: string): Promise<Example<'reward'>[]> {
  const file = join(folder, 'data.jsonl');
  const { records, problems } = parseJsonLines(await readFile(file, 'utf8'), file);
  const bad: Problem[] = [...problems];
  const examples = records.flatMap(({ value, line }) => {
    const parsed = exampleSchemas.reward.safeParse(value);
    if (!parsed.success) bad.push({ file, line, severity: 'error', message: 'not an example of a reward run' });
    return parsed.success ? [parsed.data] : [];
  });
  if (bad.length > 0) throw new UserError('jobs.frozen-data', `${file}:${bad[0]!.line ?? 1}: ${bad[0]!.message}. The run's frozen data was changed.`);
  return examples;
}

async function provenance(reward: RunView | undefined, ppo: RunView | undefined, spec: RunOf<'ppo'> | undefined): Promise<Report['provenance']> {
  const chain: { what: string; hash: string; holds: boolean | null }[] = [];
  if (reward !== undefined) {
    const frozen = (await readSpec(reward.folder)).hashes['data'];
    const now = hashText(await readFile(join(reward.folder, 'data.jsonl'), 'utf8'));
    chain.push({ what: `labels, as frozen in ${reward.id}`, hash: now, holds: frozen === undefined ? null : frozen === now });
    const model = await hashModel(join(reward.folder, reward.outputs?.['model'] ?? 'model'));
    chain.push({ what: `reward model of ${reward.id}`, hash: model, holds: spec?.hashes['reward'] === undefined ? null : spec.hashes['reward'] === model });
  }
  if (ppo !== undefined && spec !== undefined) {
    if (spec.hashes['policy'] !== undefined) chain.push({ what: `policy before (${spec.models.policy})`, hash: spec.hashes['policy'], holds: null });
    chain.push({ what: `policy after, of ${ppo.id}`, hash: await hashModel(join(ppo.folder, ppo.outputs?.['model'] ?? 'model')), holds: null });
  }
  return chain;
}
