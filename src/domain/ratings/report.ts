import { createRng } from '../../base/rng';
import type { PairColumns, RankingColumns } from './columns';
import { connectivity } from './connectivity';
import { averagedElo, eloDefaults } from './elo';
import { intervalsOf, rankIntervals } from './intervals';
import type { Intervals, RankInterval } from './intervals';
import type { Likelihood } from './likelihood';
import type { Ties } from './links';
import type { Fit, Ridge } from './newton';
import { maximize, ranAway, ridgeOf } from './newton';
import { orderEffect } from './order-effect';
import type { OrderEffect } from './order-effect';
import { pairwise } from './pairwise';
import type { PairwisePlaces } from './pairwise';
import { plackettLuce } from './plackett-luce';
import { toPoints } from './scale';
import { styleRidge } from './style';
import { winMatrix } from './wins';
import type { WinMatrix } from './wins';

export const methods = ['bradley-terry', 'davidson', 'plackett-luce', 'elo'] as const;
export type Method = (typeof methods)[number];

/** λ where the comparisons alone give no finite ratings: as a game or so of each model against an average one. */
export const rescueRidge = 0.5;

export interface RatingsInput {
  readonly method: Method;
  /** With covariates: the control for style is on (not for Plackett–Luce and Elo). */
  readonly pairs: PairColumns;
  /** For Plackett–Luce. */
  readonly rankings?: RankingColumns;
  /** Bootstrap draws, 1000 by default. */
  readonly draws?: number;
  readonly seed: number;
}

/** A 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Ratings in points, the mean of all models at 1000. */
export interface ModelRating {
  readonly rating: number;
  /** Absent when all comparisons are of one prompt. */
  readonly interval?: Interval;
  readonly ranks: RankInterval;
  readonly comparisons: number;
  /** Outright. */
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
}

/** Lists and numbers alone, since typed arrays do not cross to a panel's page. */
export interface RatingsReport {
  readonly method: Method;
  readonly seed: number;
  /** In the order of the columns' models. */
  readonly models: readonly ModelRating[];
  readonly intervals: Pick<Intervals, 'method' | 'draws' | 'separated' | 'clusters'>;
  /** Set when the likelihood was penalised by (λ/2)θ². */
  readonly ridge?: { readonly lambda: number; readonly reason: 'style' | 'not-connected' | 'ran-away' };
  /** Models between which wins lead both ways, those that nobody beat first. One group: all can be compared. */
  readonly groups: readonly (readonly number[])[];
  /** Models that comparisons join at all, in whatever direction. */
  readonly islands: readonly (readonly number[])[];
  /** Davidson's ν; 0 when there were no ties. */
  readonly nu?: number;
  /** Of one standard deviation more of each: change of the log-odds. */
  readonly style: readonly { readonly name: string; readonly value: number; readonly interval?: Interval }[];
  readonly order: OrderEffect;
  readonly elo?: { readonly k: number; readonly orders: number; readonly ordersPerDraw: number };
  /** models × models, rows against columns: weighted wins (ties half), comparisons, ties. */
  readonly matrix: { readonly wins: readonly number[]; readonly counts: readonly number[]; readonly ties: readonly number[] };
  /** What `comparisonsToSeparate` needs: covariances are size × size, natural logarithms. */
  readonly precision: { readonly theta: readonly number[]; readonly size: number; readonly robust: readonly number[]; readonly naive: readonly number[]; readonly nu: number };
}

/** Everything that the leaderboard shows, out of the columns. Pure: the same input gives the same numbers. */
export function rate(input: RatingsInput): RatingsReport {
  const { method, pairs, seed } = input;
  const data = method === 'plackett-luce' || method === 'elo' ? { ...pairs, covariates: [] } : pairs;
  const { models } = data;
  const matrix = winMatrix(data);
  const graph = connectivity(matrix.wins, models);
  const ties = tieModel(method, matrix);
  const fitted = fit(method === 'plackett-luce' ? plackettLuce(input.rankings!) : pairwise(data, { ties }), data.covariates.length > 0, graph.components > 1);
  const rng = createRng(`ratings ${seed}`);
  const wanted = input.draws ?? 1000;
  const { likelihood } = fitted;
  const { nu } = fitted;
  const elo = method === 'elo' ? averagedElo(data, rng, { orders: 100, draws: wanted }) : undefined;
  const made = intervalsOf(likelihood, fitted.fit, fitted.ridge, rescueOf(likelihood), { draws: wanted, rng, ...(elo === undefined ? {} : { budget: 0 }) });
  const low = elo?.low ?? made.low.slice(0, models).map(toPoints);
  const high = elo?.high ?? made.high.slice(0, models).map(toPoints);
  const ratings = elo?.ratings ?? fitted.fit.x.slice(0, models).map(toPoints);
  const ranks = rankIntervals(low, high, models);
  const tally = tallies(matrix, models, data);
  return {
    method,
    seed,
    models: Array.from({ length: models }, (_, i) => ({ rating: ratings[i]!, ...intervalAt(low, high, i), ranks: ranks[i]!, ...tally[i]! })),
    intervals: elo === undefined ? { method: made.method, draws: made.draws, separated: made.separated, clusters: made.clusters } : { method: elo.draws === 0 ? 'none' : 'bootstrap', draws: elo.draws, separated: 0, clusters: data.clusters },
    ...(fitted.reason === undefined || elo !== undefined ? {} : { ridge: { lambda: fitted.ridge[0]!, reason: fitted.reason } }),
    groups: lists(graph.component, graph.components).reverse(),
    islands: lists(graph.island, graph.islands),
    ...(method === 'davidson' ? { nu } : {}),
    style: data.covariates.map(({ name }, k) => {
      const at = fitted.places!.style[k]!;
      return { name, value: fitted.fit.x[at]!, ...intervalAt(made.low, made.high, at) };
    }),
    order: orderEffect(data, ties, fitted.reason === undefined ? 0 : rescueRidge, fitted.places === undefined ? undefined : fitted.fit.x),
    ...(elo === undefined ? {} : { elo: { k: eloDefaults.k, orders: elo.orders, ordersPerDraw: elo.ordersPerDraw } }),
    matrix: { wins: [...matrix.wins], counts: [...matrix.counts], ties: [...matrix.ties] },
    precision: { theta: [...fitted.fit.x.subarray(0, models)], size: likelihood.size, robust: [...made.covariance], naive: [...made.naive], nu },
  };
}

/** Without ties ν is at its boundary 0, and with nothing else it has none: both are fitted as plain Bradley–Terry. */
function tieModel(method: Method, { ties, counts }: WinMatrix): Ties {
  const tied = ties.some((n) => n > 0);
  const decided = counts.some((n, at) => n > ties[at]!);
  return method === 'davidson' && tied && decided ? 'davidson' : 'half';
}

interface Fitted {
  readonly likelihood: Likelihood;
  readonly places: PairwisePlaces | undefined;
  readonly fit: Fit;
  readonly ridge: Ridge;
  readonly reason: 'style' | 'not-connected' | 'ran-away' | undefined;
  readonly nu: number;
}

function fit(likelihood: Likelihood & { readonly places?: PairwisePlaces }, style: boolean, apart: boolean): Fitted {
  const { places } = likelihood;
  const objective = likelihood.weighted(likelihood.weight);
  const ridge = ridgeOf(likelihood, style ? styleRidge : apart ? rescueRidge : 0);
  for (const k of places?.style ?? []) ridge[k] = styleRidge;
  const done = (found: Fit, used: Ridge, reason: Fitted['reason']): Fitted => ({ likelihood, places, fit: found, ridge: used, reason, nu: places?.tie === undefined ? 0 : Math.exp(found.x[places.tie]!) });
  const found = maximize(objective, likelihood.start(), ridge);
  if (!ranAway(found)) return done(found, ridge, style ? 'style' : apart ? 'not-connected' : undefined);
  const rescue = rescueOf(likelihood);
  return done(maximize(objective, likelihood.start(), rescue), rescue, apart ? 'not-connected' : 'ran-away');
}

function rescueOf(likelihood: Likelihood): Ridge {
  return ridgeOf(likelihood, rescueRidge, rescueRidge);
}

function intervalAt(low: Float64Array, high: Float64Array, at: number): { interval?: Interval } {
  return Number.isNaN(low[at]) ? {} : { interval: { low: low[at]!, high: high[at]! } };
}

function tallies({ ties }: WinMatrix, models: number, { a, b, outcome }: PairColumns): { comparisons: number; wins: number; ties: number; losses: number }[] {
  const wins = new Int32Array(models);
  const losses = new Int32Array(models);
  for (let c = 0; c < a.length; c++) {
    if (outcome[c] === 0.5) continue;
    const won = outcome[c] === 1;
    wins[won ? a[c]! : b[c]!]!++;
    losses[won ? b[c]! : a[c]!]!++;
  }
  return Array.from({ length: models }, (_, i) => {
    let tied = 0;
    for (let j = 0; j < models; j++) tied += ties[i * models + j]!;
    return { comparisons: wins[i]! + losses[i]! + tied, wins: wins[i]!, ties: tied, losses: losses[i]! };
  });
}

function lists(of: Int32Array, count: number): number[][] {
  const result = Array.from({ length: count }, (): number[] => []);
  of.forEach((group, i) => result[group]!.push(i));
  return result;
}
