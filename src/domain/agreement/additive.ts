import type { Rng } from '../../base/rng';
import type { Coefficient } from './coefficient';
import { reasons } from './coefficient';

/**
 * Sums over units that a statistic is computed from, kept by cluster, sparse. A bootstrap draw then only adds up the clusters
 * it has drawn, whatever the statistic.
 */
export interface Additive {
  readonly width: number;
  readonly clusters: number;
  /** The entries of cluster c stand at `start[c]` to `start[c + 1]`. */
  readonly start: Int32Array;
  readonly index: Int32Array;
  readonly amount: Float64Array;
}

/** Sums by cluster of what `contribute` adds for each unit. Clusters without a unit are left out: they could not be drawn. */
export function sumByCluster(width: number, cluster: ArrayLike<number>, contribute: (unit: number, add: (index: number, amount: number) => void) => void): Additive {
  const byCluster = new Map<number, number[]>();
  for (let u = 0; u < cluster.length; u++) {
    const list = byCluster.get(cluster[u]!);
    if (list) list.push(u);
    else byCluster.set(cluster[u]!, [u]);
  }
  const sums = new Float64Array(width);
  const start = [0];
  const index: number[] = [];
  const amount: number[] = [];
  let touched: number[] = [];
  const add = (i: number, a: number): void => {
    if (a === 0) return;
    if (sums[i] === 0) touched.push(i);
    sums[i]! += a;
  };
  for (const units of byCluster.values()) {
    for (const u of units) contribute(u, add);
    if (touched.length === 0) continue;
    for (const i of touched) {
      if (sums[i] !== 0) {
        index.push(i);
        amount.push(sums[i]!);
      }
      sums[i] = 0;
    }
    touched = [];
    start.push(index.length);
  }
  return { width, clusters: start.length - 1, start: Int32Array.from(start), index: Int32Array.from(index), amount: Float64Array.from(amount) };
}

/** With more clusters than this, whole groups of them are drawn. */
export const pooledAbove = 10_000;
export const pooledInto = 2000;

/** The same sums in fewer clusters: cluster c goes to group c mod `groups`. */
function pool({ width, clusters, start, index, amount }: Additive, groups: number): Additive {
  const group = new Int32Array(clusters).map((_, c) => c % groups);
  return sumByCluster(width, group, (c, add) => {
    for (let i = start[c]!; i < start[c + 1]!; i++) add(index[i]!, amount[i]!);
  });
}

/** The sums over all clusters. */
export function totalsOf({ width, index, amount }: Additive): Float64Array {
  const totals = new Float64Array(width);
  for (let i = 0; i < index.length; i++) totals[index[i]!]! += amount[i]!;
  return totals;
}

/** A statistic of the sums; undefined where it cannot be computed. */
export type Finish = (totals: Float64Array) => number | undefined;

export interface BootstrapOptions {
  readonly rng: Rng;
  /** 1000 when absent; the ends of a 95 % interval are coarse with fewer. */
  readonly draws?: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly undefinedDraws: number;
}

/**
 * Percentile intervals (95 %) of several statistics by the cluster bootstrap: as many clusters as there are, drawn with
 * replacement, so that judgements of one prompt, which hang together, are drawn together (Davison and Hinkley 1997, §3.8).
 * Draws in which a statistic is undefined are left out of its interval and counted. Undefined for fewer than two clusters,
 * or when no draw gives a value. Of more than 10,000 clusters, groups are drawn: 2,000 of them, each of every 2,000th cluster.
 * Sums of independent clusters are independent, so that the interval estimates the same with a hair more noise.
 */
export function bootstrap(given: Additive, statistics: readonly Finish[], { rng, draws = 1000 }: BootstrapOptions): (Interval | undefined)[] {
  const { clusters, start, index, amount, width } = given.clusters > pooledAbove ? pool(given, pooledInto) : given;
  if (clusters < 2) return statistics.map(() => undefined);
  const found = statistics.map(() => ({ values: new Float64Array(draws), n: 0 }));
  const times = new Int32Array(clusters);
  const totals = new Float64Array(width);
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0);
    totals.fill(0);
    for (let c = 0; c < clusters; c++) times[rng.int(clusters)]!++;
    for (let c = 0; c < clusters; c++) {
      const w = times[c]!;
      if (w === 0) continue;
      for (let i = start[c]!, end = start[c + 1]!; i < end; i++) totals[index[i]!]! += w * amount[i]!;
    }
    for (let s = 0; s < statistics.length; s++) {
      const value = statistics[s]!(totals);
      const list = found[s]!;
      if (value !== undefined) list.values[list.n++] = value;
    }
  }
  return found.map(({ values, n }) => {
    if (n === 0) return undefined;
    const sorted = values.subarray(0, n).sort();
    return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975), undefinedDraws: draws - n };
  });
}

/** Coefficients with bootstrap intervals. `n` and `undefinedReason` of each are given, since only the caller knows them. */
export function coefficientsOf(sums: Additive, wanted: readonly { readonly finish: Finish; readonly n: number; readonly undefinedReason: string }[], options: BootstrapOptions): Coefficient[] {
  const totals = totalsOf(sums);
  const values = wanted.map(({ finish }) => finish(totals));
  const there = wanted.flatMap((_, i) => (values[i] === undefined ? [] : [i]));
  const intervals = bootstrap(sums, there.map((i) => wanted[i]!.finish), options);
  return wanted.map(({ n, undefinedReason }, i): Coefficient => {
    const value = values[i];
    if (value === undefined) return { n, reason: undefinedReason };
    const interval = intervals[there.indexOf(i)];
    if (!interval) return { value, n, reason: sums.clusters < 2 ? reasons.oneCluster : reasons.noDraw };
    const { low, high, undefinedDraws } = interval;
    return { value, low, high, n, ...(undefinedDraws > 0 ? { undefinedDraws } : {}) };
  });
}

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996). */
function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}
