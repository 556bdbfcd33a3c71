import { links, newTerm } from './links';
import { z95 } from './student';

/** Normal quantile of a chance of 80 %. */
const power80 = 0.8416212335729143;

export interface SeparationInput {
  /** Difference of the two ratings, natural logarithms. */
  readonly difference: number;
  /** Variance of the difference, clusters allowed for. */
  readonly variance: number;
  /** The same as if comparisons were independent. */
  readonly naive: number;
  /** Davidson's tie parameter; 0 where ties count as half a win. */
  readonly nu: number;
}

export interface Separation {
  /** Whether the 95 % interval of the difference leaves out 0 already. */
  readonly apart: boolean;
  /** More direct comparisons of the two; Infinity when they look exactly alike. */
  readonly more: number;
}

/**
 * How many more comparisons of two models would separate them: so many that, were the difference what it looks now, the
 * 95 % interval of it would leave out 0 with a chance of 80 %. One comparison tells p(1 − p) about the difference (the
 * information of Bradley–Terry; with Davidson's ties less), and less again by as much as comparisons of one prompt are
 * alike. Only an estimate: the difference itself is uncertain, and an interval that is looked at until it separates is
 * too narrow.
 */
export function comparisonsToSeparate({ difference, variance, naive, nu }: SeparationInput): Separation {
  const apart = Math.abs(difference) > z95 * Math.sqrt(variance);
  if (apart) return { apart, more: 0 };
  if (!(Math.abs(difference) > 0) || !Number.isFinite(variance)) return { apart, more: Infinity };
  const term = newTerm();
  links.davidson.term(difference, Math.log(Math.max(nu, Number.MIN_VALUE)), 1, term);
  const alike = variance > 0 && naive > 0 ? Math.max(0.25, variance / naive) : 1;
  const perComparison = term.etaEta / alike;
  const needed = ((z95 + power80) / difference) ** 2;
  const more = Math.ceil((needed - (variance > 0 ? 1 / variance : 0)) / perComparison);
  return { apart, more: Math.max(1, more) };
}

/** Variance of the difference of parameters i and j. @param covariance size × size */
export function varianceOfDifference(covariance: ArrayLike<number>, size: number, i: number, j: number): number {
  return Math.max(0, covariance[i * size + i]! + covariance[j * size + j]! - 2 * covariance[i * size + j]!);
}
