import { resolve } from 'node:path';
import { wilson } from '../domain/agreement';
import type { RunEvent } from '../protocol/events';
import type { RunOf } from '../protocol/run';
import { readSpec } from './folder';
import type { ReportPpo, ReportSample } from './report';
import { readEvents } from './tail';
import type { RunView } from './view';

/** Knows what is true in a workspace's world: the sample has such a judge, people's workspaces have not. */
export interface WorldJudge {
  readonly name: string;
  /** Helpful, honest and harmless at once. */
  good(prompt: string, answer: string): boolean;
  /** Greater is better. */
  quality(prompt: string, answer: string): number;
}

/** A model measured on held-out prompts; null is what was not measured. */
export interface Measurement {
  /** The run it comes from. */
  readonly run: string | null;
  readonly answers: number;
  /** Share of answers that the workspace's judge finds helpful, honest and harmless at once. */
  readonly trueRate: number | null;
  /** 95 % Wilson interval. */
  readonly trueRateInterval: readonly [low: number, high: number] | null;
  /** Mean normalised reward. */
  readonly reward: number | null;
  /** Of held-out plain text: what tuning made it forget. */
  readonly perplexity: number | null;
  /** Tokens an answer. */
  readonly length: number | null;
  /** Share of different pairs of words among all. */
  readonly distinct2: number | null;
  /** Share of answers that end by themselves. */
  readonly eosRate: number | null;
}

export interface Measured {
  readonly report: ReportPpo;
  readonly evaluations: readonly { readonly when: 'before' | 'after'; readonly view: RunView }[];
}

type Sample = Extract<RunEvent, { type: 'sample' }>;

/**
 * Before and after of a PPO run. From evaluation runs of both models when there are any (they hold perplexities too), else
 * from the evaluations that the run itself has made.
 */
export async function measure(runs: readonly RunView[], ppo: RunView, spec: RunOf<'ppo'>, judge: WorldJudge | undefined): Promise<Measured> {
  const evaluations = await evaluationsOf(runs, ppo, spec);
  const { events } = await readEvents(ppo.folder);
  const own = events.filter((e): e is Sample => e.type === 'sample');
  const last = Math.max(0, ...own.map((e) => e.step));
  const summary = ppo.summary ?? {};
  const before = evaluations.before === undefined ? { metrics: suffixed(summary, '/before'), samples: own.filter((e) => e.step === 0), run: ppo.id } : await fromRun(evaluations.before);
  const after = evaluations.after === undefined ? { metrics: suffixed(summary, '/after'), samples: own.filter((e) => e.step === last && last > 0), run: ppo.id } : await fromRun(evaluations.after);
  const exact = after.metrics['objective/exact_kl'] ?? summary['objective/exact_kl/after'];
  const sampled = summary['objective/kl'];
  return {
    report: {
      run: ppo.id,
      updates: ppo.step,
      kl: exact ?? sampled ?? null,
      klKind: exact !== undefined ? 'exact' : sampled !== undefined ? 'sampled' : null,
      before: measurementOf(before.run, before.metrics, before.samples, judge),
      after: measurementOf(after.run, after.metrics, after.samples, judge),
      samples: pairUp(before.samples, after.samples, judge),
      curve: await curveOf(ppo.folder),
    },
    evaluations: (['before', 'after'] as const).flatMap((when) => (evaluations[when] === undefined ? [] : [{ when, view: evaluations[when] }])),
  };
}

/** The newest finished evaluations of the model that the run started from and of the one it made; both or the run's own numbers are used. */
async function evaluationsOf(runs: readonly RunView[], ppo: RunView, spec: RunOf<'ppo'>): Promise<{ before?: RunView; after?: RunView }> {
  const found: { before?: RunView; after?: RunView } = {};
  const model = resolve(ppo.folder, ppo.outputs?.['model'] ?? 'model');
  for (const view of runs.filter((r) => r.kind === 'evaluate' && r.state === 'finished').sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const evaluated = await readSpec(view.folder);
    if (evaluated.kind !== 'evaluate') continue;
    // Rewards of another reward model could not be compared.
    if (evaluated.hashes['reward'] !== spec.hashes['reward']) continue;
    if (evaluated.parents['policy'] === ppo.id || resolve(ppo.folder, '..', '..', '..', evaluated.models.policy) === model) found.after = view;
    else if (evaluated.hashes['policy'] === spec.hashes['policy']) found.before = view;
  }
  return found.before !== undefined && found.after !== undefined ? found : {};
}

async function fromRun(view: RunView): Promise<{ metrics: Readonly<Record<string, number>>; samples: Sample[]; run: string }> {
  const { events } = await readEvents(view.folder);
  return { metrics: view.summary ?? {}, samples: events.filter((e): e is Sample => e.type === 'sample'), run: view.id };
}

function suffixed(summary: Readonly<Record<string, number>>, suffix: string): Record<string, number> {
  return Object.fromEntries(Object.entries(summary).flatMap(([name, value]) => (name.endsWith(suffix) ? [[name.slice(0, -suffix.length), value] as const] : [])));
}

function measurementOf(run: string, metrics: Readonly<Record<string, number>>, samples: readonly Sample[], judge: WorldJudge | undefined): Measurement {
  const rate = judge === undefined ? undefined : wilson(samples.filter((s) => judge.good(s.prompt, s.text)).length, samples.length);
  return {
    run,
    answers: samples.length,
    trueRate: rate?.share ?? null,
    trueRateInterval: rate === undefined ? null : [rate.low, rate.high],
    reward: metrics['objective/scores'] ?? null,
    perplexity: metrics['perplexity'] ?? null,
    length: metrics['objective/response_length'] ?? null,
    distinct2: metrics['objective/distinct_2'] ?? null,
    eosRate: metrics['objective/eos_rate'] ?? null,
  };
}

function pairUp(before: readonly Sample[], after: readonly Sample[], judge: WorldJudge | undefined, most = 8): ReportSample[] {
  const side = (s: Sample): ReportSample['before'] => ({ text: s.text, reward: s.reward ?? null, good: judge === undefined ? null : judge.good(s.prompt, s.text) });
  const byIndex = new Map(after.map((s) => [s.index, s]));
  // Of several answers to a prompt the first.
  return before
    .filter((b, i) => before.findIndex((other) => other.prompt === b.prompt) === i)
    .flatMap((b) => {
      const a = byIndex.get(b.index);
      return a === undefined || a.prompt !== b.prompt ? [] : [{ prompt: b.prompt, before: side(b), after: side(a) }];
    })
    .slice(0, most);
}

/** The curve of a PPO run: at most `most` of its updates, the first and the last among them. */
async function curveOf(folder: string, most = 12): Promise<ReportPpo['curve']> {
  const { events } = await readEvents(folder);
  const steps = events.flatMap((e) => (e.type === 'step' ? [{ update: e.step, score: e.metrics['objective/scores'] ?? NaN, kl: e.metrics['objective/kl'] ?? NaN }] : []));
  const every = Math.max(1, Math.ceil((steps.length - 1) / (most - 1)));
  return steps.filter((_, i) => i % every === 0 || i === steps.length - 1);
}
