import type { Rng } from '../../base/rng';
import { drawClusters, quantile } from '../ratings/bootstrap';

/** A number with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  /** Absent with fewer than two clusters: nothing tells how much the number would vary. */
  readonly low?: number;
  readonly high?: number;
  /** What was drawn again: prompts, or texts. */
  readonly clusters: number;
}

/** A part of a weighted mean: `sum` over `weight`, of the cluster it belongs to. */
export interface Part {
  readonly cluster: string | number;
  readonly sum: number;
  readonly weight: number;
}

/** Draws of a bootstrap where the caller does not say. */
export const defaultDraws = 1000;

/**
 * Percentile interval of a statistic by the cluster bootstrap: as many clusters as there are, drawn with replacement (Efron and
 * Tibshirani 1993, ch. 8; Field and Welsh 2007). Answers to one prompt are no independent evidence, so prompts are drawn, not answers.
 *
 * @param statistic of clusters, each counted `times[i]` times; what is not finite is left out of the interval
 */
export function bootstrapClusters(clusters: number, statistic: (times: Int32Array) => number, rng: Rng, draws = defaultDraws): Estimate {
  const times = new Int32Array(clusters).fill(1);
  const value = statistic(times);
  if (clusters < 2) return { value, clusters };
  const drawn: number[] = [];
  for (let d = 0; d < draws; d++) {
    drawClusters(times, rng);
    const x = statistic(times);
    if (Number.isFinite(x)) drawn.push(x);
  }
  if (drawn.length === 0) return { value, clusters };
  const sorted = Float64Array.from(drawn).sort();
  return { value, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975), clusters };
}

/** Σ sum / Σ weight, with its interval; `of` maps that ratio to what is reported (exp for a perplexity). */
export function meanByCluster(parts: readonly Part[], rng: Rng, of: (ratio: number) => number = (x) => x, draws = defaultDraws): Estimate {
  const { sums, weights } = clustered([parts]);
  return bootstrapClusters(sums[0]!.length, (times) => of(ratio(sums[0]!, weights[0]!, times)), rng, draws);
}

/**
 * A comparison of two weighted means over the same clusters, such as the same texts before and after: both are computed of the same draws, so
 * that what the two have in common does not widen the interval.
 *
 * @param of first mean, second mean → what is reported
 */
export function pairedByCluster(first: readonly Part[], second: readonly Part[], rng: Rng, of: (first: number, second: number) => number = (a, b) => b - a, draws = defaultDraws): Estimate {
  const { sums, weights } = clustered([first, second]);
  return bootstrapClusters(sums[0]!.length, (times) => of(ratio(sums[0]!, weights[0]!, times), ratio(sums[1]!, weights[1]!, times)), rng, draws);
}

function ratio(sums: Float64Array, weights: Float64Array, times: Int32Array): number {
  let [sum, weight] = [0, 0];
  for (let i = 0; i < sums.length; i++) {
    sum += times[i]! * sums[i]!;
    weight += times[i]! * weights[i]!;
  }
  return sum / weight;
}

/** Sums by cluster of several lists, in the order in which clusters come up first. */
function clustered(lists: readonly (readonly Part[])[]): { sums: Float64Array[]; weights: Float64Array[] } {
  const places = new Map<string | number, number>();
  for (const { cluster } of lists.flat()) if (!places.has(cluster)) places.set(cluster, places.size);
  const [sums, weights] = [lists.map(() => new Float64Array(places.size)), lists.map(() => new Float64Array(places.size))];
  lists.forEach((parts, l) => {
    for (const { cluster, sum, weight } of parts) {
      sums[l]![places.get(cluster)!]! += sum;
      weights[l]![places.get(cluster)!]! += weight;
    }
  });
  return { sums, weights };
}

/** An estimate as numbers of a run's summary: `name`, `name_low`, `name_high`. */
export function estimateMetrics(name: string, { value, low, high }: Estimate): Record<string, number> {
  if (!Number.isFinite(value)) return {};
  return { [name]: value, ...(low === undefined || high === undefined ? {} : { [`${name}_low`]: low, [`${name}_high`]: high }) };
}
