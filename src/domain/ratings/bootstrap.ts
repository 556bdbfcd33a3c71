import type { Rng } from '../../base/rng';
import type { Likelihood } from './likelihood';
import type { Fit, Ridge } from './newton';
import { maximize, ranAway } from './newton';

export interface Draws {
  /** Parameters of each draw: draws × size. */
  readonly x: Float64Array;
  readonly draws: number;
  /** Draws that had no finite ratings by themselves and were fitted with `fallback`. */
  readonly separated: number;
}

/**
 * Cluster bootstrap: as many clusters as there are, drawn with replacement, and the whole fit again (Field and Welsh 2007,
 * J. R. Stat. Soc. B 69). Every draw is centred in the same way. A draw in which the ratings are not finite is fitted with
 * the ridge `fallback` and counted, never dropped.
 */
export function clusterBootstrap(likelihood: Likelihood, fit: Fit, ridge: Ridge, fallback: Ridge, draws: number, rng: Rng): Draws {
  const { size, observations, weight, cluster, clusters } = likelihood;
  const x = new Float64Array(draws * size);
  const drawn = new Float64Array(observations);
  const times = new Int32Array(clusters);
  let separated = 0;
  for (let d = 0; d < draws; d++) {
    drawClusters(times, rng);
    for (let o = 0; o < observations; o++) drawn[o] = weight[o]! * times[cluster[o]!]!;
    const objective = likelihood.weighted(drawn);
    let again = maximize(objective, fit.x, ridge);
    if (ranAway(again)) {
      separated++;
      again = maximize(objective, fit.x, fallback);
    }
    x.set(again.x, d * size);
  }
  return { x, draws, separated };
}

/** How often each cluster comes in one draw of as many as there are. */
export function drawClusters(times: Int32Array, rng: Rng): void {
  times.fill(0);
  for (let i = 0; i < times.length; i++) times[rng.int(times.length)]!++;
}

/** Quantile by linear interpolation (type 7 of Hyndman and Fan 1996) of sorted values. */
export function quantile(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * ((sorted[Math.ceil(at)] ?? low) - low);
}
