import { wilson } from '../domain/agreement';
import type { RunView } from './view';

/** Runs that differ by their seed only, and what became of them. */
export interface SeedSurvival {
  readonly group: string;
  /** In the order of their seeds. */
  readonly runs: readonly SeedRun[];
  /** Those that ended with a reward before and after, and how many of them ended above the start. */
  readonly measured: number;
  readonly survived: number;
  /** 95 % Wilson interval of the share; absent when nothing was measured. */
  readonly interval?: { readonly low: number; readonly high: number };
  /** Over the measured runs; the spread is the standard deviation, n − 1. */
  readonly reward?: Spread;
  readonly gain?: Spread;
  readonly kl?: Spread;
}

export interface SeedRun {
  readonly id: string;
  readonly seed: number;
  readonly state: RunView['state'];
  /** Mean evaluation reward before and after, and exact KL after. A run that a guard stopped has none: it counts as one that did not survive. */
  readonly before?: number;
  readonly after?: number;
  readonly kl?: number;
}

export interface Spread {
  readonly mean: number;
  readonly std: number;
}

const failed = (state: RunView['state'], code: string | undefined): boolean => state === 'failed' && (code?.startsWith('guard.') ?? false);

/** The share of runs of a group that end above the start. A run that a guard stopped counts as one that did not. Pure. */
export function seedSurvival(group: string, members: readonly { readonly view: RunView; readonly seed: number }[]): SeedSurvival {
  const runs = [...members].sort((a, b) => a.seed - b.seed).map(({ view, seed }): SeedRun & { readonly lost: boolean } => {
    const [before, after, kl] = ['objective/scores/before', 'objective/scores/after', 'objective/exact_kl/after'].map((name) => view.summary?.[name]);
    const lost = failed(view.state, view.error?.code);
    return { id: view.id, seed, state: view.state, lost, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }), ...(kl === undefined ? {} : { kl }) };
  });
  const whole = runs.flatMap((r) => (r.before === undefined || r.after === undefined ? [] : [{ before: r.before, after: r.after, kl: r.kl }]));
  const measured = whole.length + runs.filter((r) => r.lost).length;
  const survived = whole.filter((r) => r.after > r.before).length;
  const interval = measured === 0 ? undefined : wilson(survived, measured);
  const kls = whole.flatMap((r) => r.kl ?? []);
  return {
    ...{ group, measured, survived },
    runs: runs.map(({ lost: _lost, ...run }) => run),
    ...(interval === undefined ? {} : { interval: { low: interval.low, high: interval.high } }),
    ...(whole.length === 0 ? {} : { reward: spread(whole.map((r) => r.after)), gain: spread(whole.map((r) => r.after - r.before)) }),
    ...(kls.length === 0 ? {} : { kl: spread(kls) }),
  };
}

function spread(xs: readonly number[]): Spread {
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  return { mean, std: xs.length < 2 ? 0 : Math.sqrt(xs.reduce((a, x) => a + (x - mean) ** 2, 0) / (xs.length - 1)) };
}

/** The summary in words, a line a run. */
export function describeSeeds(seeds: SeedSurvival): string {
  const number = (x: number | undefined): string => (x === undefined ? '–' : x.toFixed(3));
  const both = (s: Spread | undefined): string => (s === undefined ? '–' : `${s.mean.toFixed(3)} ± ${s.std.toFixed(3)}`);
  const lines = seeds.runs.map((r) => `  seed ${r.seed}  ${r.state}  reward ${number(r.before)} → ${number(r.after)}  KL ${number(r.kl)}  ${r.id}`);
  const head =
    seeds.interval === undefined
      ? `${seeds.group}: none of ${seeds.runs.length} runs has ended yet`
      : `${seeds.group}: ${seeds.survived} of ${seeds.measured} ended above the start (95 % interval ${Math.round(100 * seeds.interval.low)}–${Math.round(100 * seeds.interval.high)} %); reward ${both(seeds.reward)}, gain ${both(seeds.gain)}, KL ${both(seeds.kl)} (mean ± standard deviation)`;
  return [head, ...lines].join('\n');
}
