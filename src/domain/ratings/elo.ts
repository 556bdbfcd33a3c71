import type { Rng } from '../../base/rng';
import { drawClusters, quantile } from './bootstrap';
import type { PairColumns } from './columns';
import { tailOf, z95 } from './student';

/** K, the size of a step, and the scale, how many points make odds of ten, are two things. */
export interface EloOptions {
  readonly k: number;
  readonly scale: number;
  readonly start: number;
}
export const eloDefaults: EloOptions = { k: 32, scale: 400, start: 1000 };

/**
 * Plays the comparisons in a given order (Elo 1978). Both updates use the ratings before the game, so that the sum never
 * changes. The result depends on the order.
 */
export function playElo(data: PairColumns, order: Int32Array, { k, scale, start }: EloOptions = eloDefaults): Float64Array {
  const ratings = new Float64Array(data.models).fill(start);
  const rate = Math.LN10 / scale;
  for (const c of order) {
    const a = data.a[c]!;
    const b = data.b[c]!;
    const expected = 1 / (1 + Math.exp((ratings[b]! - ratings[a]!) * rate));
    const change = k * data.weight[c]! * (data.outcome[c]! - expected);
    ratings[a]! += change;
    ratings[b]! -= change;
  }
  return ratings;
}

export interface AveragedElo {
  /** Mean over the orders. */
  readonly ratings: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly orders: number;
  readonly draws: number;
  /** Orders that each draw is the mean of. */
  readonly ordersPerDraw: number;
  /** Whether low and high are percentiles; else mean ± 1.96 standard deviations, since there are few draws. */
  readonly percentiles: boolean;
}

/** Games that may be played in all, a second or two's worth. */
const games = 1.5e7;

/**
 * Elo averaged over random orders, with intervals from clusters drawn with replacement, each draw played in a few random
 * orders: they hold the chance of the prompts and what is left of that of the order.
 */
export function averagedElo(data: PairColumns, rng: Rng, wanted: { readonly orders: number; readonly draws: number }, options: EloOptions = eloDefaults): AveragedElo {
  const { models, clusters } = data;
  const count = data.a.length;
  const afford = (share: number): number => Math.max(2, Math.floor((games * share) / Math.max(1, count)));
  const orders = Math.min(wanted.orders, afford(0.3));
  const plays = afford(0.7);
  // Few draws make coarse percentiles, few orders wide ones: 200 draws first, then 20 orders of each, then more draws.
  const draws = clusters < 2 ? 0 : Math.min(wanted.draws, plays, Math.max(200, Math.floor(plays / 20)));
  const ordersPerDraw = draws === 0 ? 0 : Math.min(20, Math.max(1, Math.floor(plays / draws)));
  const ratings = new Float64Array(models);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let n = 0; n < orders; n++) {
    shuffle(order, rng);
    playElo(data, order, options).forEach((r, i) => (ratings[i]! += r / orders));
  }
  const drawn = new Float64Array(draws * models);
  const times = new Int32Array(clusters);
  for (let d = 0; d < draws; d++) {
    drawClusters(times, rng);
    const list = drawnGames(data.cluster, times);
    for (let n = 0; n < ordersPerDraw; n++) {
      shuffle(list, rng);
      playElo(data, list, options).forEach((r, i) => (drawn[d * models + i]! += r / ordersPerDraw));
    }
  }
  const low = new Float64Array(models).fill(NaN);
  const high = new Float64Array(models).fill(NaN);
  const percentiles = draws >= 200;
  const tail = tailOf(clusters);
  for (let i = 0; i < models && draws > 0; i++) {
    const values = Float64Array.from({ length: draws }, (_, d) => drawn[d * models + i]!).sort();
    if (percentiles) {
      low[i] = quantile(values, tail);
      high[i] = quantile(values, 1 - tail);
    } else {
      const mean = values.reduce((s, v) => s + v, 0) / draws;
      const half = z95 * Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (draws - 1));
      low[i] = ratings[i]! - half;
      high[i] = ratings[i]! + half;
    }
  }
  return { ratings, low, high, orders, draws, ordersPerDraw, percentiles };
}

function drawnGames(cluster: Int32Array, times: Int32Array): Int32Array {
  let total = 0;
  for (const g of cluster) total += times[g]!;
  const list = new Int32Array(total);
  let at = 0;
  for (let c = 0; c < cluster.length; c++) for (let n = times[cluster[c]!]!; n > 0; n--) list[at++] = c;
  return list;
}

/** Fisher–Yates, in place. */
function shuffle(list: Int32Array, rng: Rng): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    const held = list[i]!;
    list[i] = list[j]!;
    list[j] = held;
  }
}
