import type { Rng } from '../../../../src/base/rng';
import { pairColumns } from './columns-of';
import type { PairColumns } from '../../../../src/domain/ratings/columns';
import type { Comparison } from './columns-of';
import type { SparseRows } from '../../../../src/domain/ratings/likelihood';
import type { Fit } from '../../../../src/domain/ratings/newton';
import { maximize, ridgeOf } from '../../../../src/domain/ratings/newton';
import { pairwise } from '../../../../src/domain/ratings/pairwise';
import type { PairwiseOptions } from '../../../../src/domain/ratings/pairwise';
import { winMatrix } from '../../../../src/domain/ratings/wins';
import type { Wins } from './vectors';

/** What the tests of ratings share: other ways to the same numbers, and simulated comparisons. */

/**
 * Bradley–Terry by Zermelo's iteration, the MM algorithm of Hunter 2004: πi ← Wi / Σj nij/(πi + πj). Slow, and as
 * different from Newton's method as can be.
 */
export function zermelo(data: PairColumns, iterations = 200_000): number[] {
  const { models } = data;
  const { wins } = winMatrix(data);
  let worth = new Array<number>(models).fill(1);
  for (let n = 0; n < iterations; n++) {
    const next = worth.map((own, i) => {
      let won = 0;
      let met = 0;
      worth.forEach((other, j) => {
        won += wins[i * models + j]!;
        met += (wins[i * models + j]! + wins[j * models + i]!) / (own + other);
      });
      return won / met;
    });
    const mean = Math.exp(next.reduce((s, v) => s + Math.log(v), 0) / models);
    const scaled = next.map((v) => v / mean);
    const moved = Math.max(...scaled.map((v, i) => Math.abs(v / worth[i]! - 1)));
    worth = scaled;
    if (moved < 1e-13) break;
  }
  return worth.map((v) => Math.log(v));
}

export function winsOf(models: number, wins: Wins): PairColumns {
  return pairColumns(models, wins.map(([a, b]) => ({ a, b, outcome: 1 as const })));
}

export function fitPairs(data: PairColumns, options: PairwiseOptions = { ties: 'half' }, lambda = 0): Fit {
  const model = pairwise(data, options);
  return maximize(model.weighted(data.weight), model.start(), ridgeOf(model, lambda, lambda));
}

/** Worth that sums to 1. */
export function worthOf(theta: ArrayLike<number>, models: number): number[] {
  const worth = Array.from({ length: models }, (_, i) => Math.exp(theta[i]!));
  const sum = worth.reduce((s, v) => s + v, 0);
  return worth.map((v) => v / sum);
}

/** A comparison drawn from Bradley–Terry, with an order effect and a leaning that the prompt adds. */
export function drawComparison(theta: readonly number[], rng: Rng, extra: { cluster?: number; delta?: number; lean?: readonly number[] } = {}): Comparison {
  const a = rng.int(theta.length);
  const b = (a + 1 + rng.int(theta.length - 1)) % theta.length;
  const order = rng.int(2) === 0 ? 1 : -1;
  const eta = theta[a]! - theta[b]! + order * (extra.delta ?? 0) + (extra.lean?.[a] ?? 0) - (extra.lean?.[b] ?? 0);
  return { a, b, order, outcome: rng.next() < 1 / (1 + Math.exp(-eta)) ? 1 : 0, ...(extra.cluster === undefined ? {} : { cluster: extra.cluster }) };
}

/** A ranking drawn from Plackett–Luce: indices, best first. */
export function drawRanking(theta: readonly number[], rng: Rng): number[] {
  return theta
    .map((t, i) => ({ i, utility: t - Math.log(-Math.log(1 - rng.next())) }))
    .sort((x, y) => y.utility - x.utility)
    .map(({ i }) => i);
}

export function closeTo(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): boolean {
  return Array.from(expected).every((v, i) => Math.abs(actual[i]! - v) <= tolerance);
}

/** Adds every observation's score, times its weight. */
export function addScores(sum: Float64Array, { start, column, value, row }: SparseRows, weight: ArrayLike<number>): void {
  for (let o = 0; o < weight.length; o++) {
    const r = row?.[o] ?? o;
    for (let e = start[r]!; e < start[r + 1]!; e++) sum[column[e]!]! += weight[o]! * value[e]!;
  }
}
