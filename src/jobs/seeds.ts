import { groupBy } from '../base/group';
import { plural } from '../base/text';
import { wilson } from '../domain/agreement';
import { matters, weight } from '../protocol/metric-order';
import type { Planned } from './plan';
import type { Runs } from './runs';
import { isActive } from './view';
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
  /** Of finished runs: the numbers that tell how a run of this kind went, the most telling first. */
  readonly numbers: readonly (readonly [metric: string, Spread])[];
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
    numbers: numbersOf(members.map((m) => m.view)),
    ...(interval === undefined ? {} : { interval: { low: interval.low, high: interval.high } }),
    ...(whole.length === 0 ? {} : { reward: spread(whole.map((r) => r.after)), gain: spread(whole.map((r) => r.after - r.before)) }),
    ...(kls.length === 0 ? {} : { kl: spread(kls) }),
  };
}

function spread(xs: readonly number[]): Spread {
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  return { mean, std: xs.length < 2 ? 0 : Math.sqrt(xs.reduce((a, x) => a + (x - mean) ** 2, 0) / (xs.length - 1)) };
}

/** Mean and spread of at most three numbers that all finished runs have. */
function numbersOf(views: readonly RunView[]): [string, Spread][] {
  const finished = views.filter((v) => v.state === 'finished');
  const kind = finished[0]?.kind;
  if (kind === undefined) return [];
  const names = Object.keys(finished[0]!.summary ?? {}).filter((name) => matters(kind, name) && finished.every((v) => v.summary?.[name] !== undefined));
  return names.sort((a, b) => weight(kind, a) - weight(kind, b) || (a < b ? -1 : 1)).slice(0, 3).map((name) => [name, spread(finished.map((v) => v.summary![name]!))]);
}

/** The groups of a workspace's runs, newest first. */
export function seedGroups(runs: Pick<Runs, 'list' | 'spec'>): SeedSurvival[] {
  const members = runs.list().flatMap((view) => {
    const spec = runs.spec(view.id);
    return spec?.seedGroup === undefined ? [] : [{ view, seed: spec.seed, group: spec.seedGroup }];
  });
  return [...groupBy(members, (m) => m.group)].map(([group, of]) => seedSurvival(group, of));
}

/** What a new group is called. @param now ISO 8601 */
export function groupName(name: string, now: string): string {
  return `${name} ${now.slice(0, 19).replace('T', ' ')}`;
}

/** A plan as a member of a group of runs that differ by their seed only. */
export function inGroup({ plan, ...rest }: Planned, seedGroup: string): Planned {
  // The kind decides which parameters fit, and it stays.
  return { ...rest, plan: { ...plan, run: { ...plan.run, seedGroup } } as Planned['plan'] };
}

/** What became of a group, in a few plain sentences. */
export function seedsInWords(seeds: SeedSurvival): string {
  // Rounding alone makes 3e-17 of runs that are all the same.
  const round = (x: number): string => String(Math.abs(x) < 1e-9 ? 0 : Number(x.toPrecision(3)));
  const both = ({ mean, std }: Spread): string => `${round(mean)} ± ${round(std)}`;
  const { runs, measured, survived, interval, reward, gain, kl } = seeds;
  const count = (of: (state: RunView['state']) => boolean): number => runs.filter((r) => of(r.state)).length;
  const open = count((s) => s === 'queued' || isActive(s));
  const finished = count((s) => s === 'finished');
  const failed = count((s) => s === 'failed');
  return [
    ...(interval === undefined ? [] : [`${survived} of ${plural(measured, 'run')} ended with more reward than at the start (95 % interval of the share: ${Math.round(100 * interval.low)}–${Math.round(100 * interval.high)} %).`]),
    ...(reward === undefined || gain === undefined ? [] : [`Reward ${both(reward)}, gain ${both(gain)}${kl === undefined ? '' : `, KL ${both(kl)} nats`} (mean ± standard deviation over seeds).`]),
    ...(interval === undefined && finished > 0 ? [`${finished} of ${plural(runs.length, 'run')} finished${seeds.numbers.length === 0 ? '' : `: ${seeds.numbers.map(([name, s]) => `${name} ${both(s)}`).join(', ')} (mean ± standard deviation over seeds)`}.`] : []),
    ...(failed > 0 ? [`${failed} failed.`] : []),
    ...(open > 0 ? [finished + failed + measured === 0 ? `None of ${plural(runs.length, 'run')} has ended yet.` : `${open} still to come.`] : []),
  ].join(' ');
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
