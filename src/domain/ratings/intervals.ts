import type { Rng } from '../../base/rng';
import { clusterBootstrap, quantile } from './bootstrap';
import type { Likelihood } from './likelihood';
import type { Fit, Ridge } from './newton';
import { sandwich } from './sandwich';
import { t95, tailOf } from './student';

/** 95 % intervals and how they came about. */
export interface Intervals {
  /** `none`: all comparisons are of one prompt, so that nothing is known of how prompts differ. */
  readonly method: 'bootstrap' | 'sandwich' | 'none';
  /** Of the bootstrap. */
  readonly draws: number;
  /** Draws that needed a ridge. */
  readonly separated: number;
  readonly clusters: number;
  /** By parameter; NaN for `none`. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Covariance by clusters (size × size): for differences of two ratings. */
  readonly covariance: Float64Array;
  /** Covariance as if comparisons were independent. */
  readonly naive: Float64Array;
}

export interface IntervalOptions {
  /** Draws that are wanted; fewer are made when they would take too long. 0: the sandwich. */
  readonly draws: number;
  readonly rng: Rng;
  /** Multiplications that may be spent. */
  readonly budget?: number;
}

/** About a second. */
const defaultBudget = 4e8;
/** Percentiles of fewer draws are too coarse. */
const fewestDraws = 200;

/**
 * Intervals clustered by prompt: percentiles of a bootstrap with full refits, of fewer draws than asked for when those
 * cost too much, and the cluster sandwich with Student's quantiles when not even 200 can be afforded: with so many
 * comparisons the two agree.
 */
export function intervalsOf(likelihood: Likelihood, fit: Fit, ridge: Ridge, fallback: Ridge, options: IntervalOptions): Intervals {
  const { size, clusters } = likelihood;
  const { robust, naive } = sandwich(likelihood, fit);
  const common = { clusters, covariance: robust, naive, draws: 0, separated: 0 };
  if (clusters < 2) return { ...common, method: 'none', low: new Float64Array(size).fill(NaN), high: new Float64Array(size).fill(NaN) };
  const affordable = Math.floor((options.budget ?? defaultBudget) / likelihood.cost);
  if (options.draws === 0 || affordable < Math.min(fewestDraws, options.draws)) {
    const half = Float64Array.from({ length: size }, (_, i) => t95(clusters - 1) * Math.sqrt(Math.max(0, robust[i * size + i]!)));
    return { ...common, method: 'sandwich', low: fit.x.map((v, i) => v - half[i]!), high: fit.x.map((v, i) => v + half[i]!) };
  }
  const made = clusterBootstrap(likelihood, fit, ridge, fallback, Math.min(options.draws, affordable), options.rng);
  const tail = tailOf(clusters);
  const low = new Float64Array(size);
  const high = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    const sorted = Float64Array.from({ length: made.draws }, (_, d) => made.x[d * size + k]!).sort();
    low[k] = quantile(sorted, tail);
    high[k] = quantile(sorted, 1 - tail);
  }
  return { ...common, method: 'bootstrap', draws: made.draws, separated: made.separated, low, high };
}

export interface RankInterval {
  readonly best: number;
  readonly worst: number;
}

/**
 * The ranks that intervals leave possible: from 1 + the number of models whose lower end is above one's upper end, to
 * the number of models less those that are below for sure (Arena's "rank (UB)", both ways). Conservative.
 */
export function rankIntervals(low: ArrayLike<number>, high: ArrayLike<number>, models: number): RankInterval[] {
  return Array.from({ length: models }, (_, i) => {
    let above = 0;
    let below = 0;
    for (let j = 0; j < models; j++) {
      if (low[j]! > high[i]!) above++;
      if (high[j]! < low[i]!) below++;
    }
    return { best: 1 + above, worst: models - below };
  });
}
