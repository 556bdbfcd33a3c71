import type { Rng } from '../../base/rng';
import { meanByCluster, type Estimate } from './bootstrap';

/** One comparison of an answer of the policy with one of the reference to the same prompt. */
export interface Contest {
  /** The prompt: what intervals draw again. */
  readonly prompt: string | number;
  /** 1: the policy's answer won, 0: it lost, ½: a tie. With a judge that was asked twice: the mean of both. */
  readonly won: number;
}

export interface WinRate {
  /** Wins and half the ties over all comparisons. */
  readonly rate: Estimate;
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
}

/** Win rate against a reference, ties half; its interval draws prompts again, not answers. Undefined without a comparison. */
export function winRate(contests: readonly Contest[], rng: Rng): WinRate | undefined {
  if (contests.length === 0) return undefined;
  const count = (is: (won: number) => boolean): number => contests.filter((c) => is(c.won)).length;
  return {
    rate: meanByCluster(contests.map(({ prompt, won }) => ({ cluster: prompt, sum: won, weight: 1 })), rng),
    wins: count((w) => w > 0.5),
    ties: count((w) => w === 0.5),
    losses: count((w) => w < 0.5),
  };
}

/** What a reward model says of two answers: the higher score wins, the same score is a tie. */
export const byScore = (own: number, other: number): number => (own > other ? 1 : own < other ? 0 : 0.5);

/**
 * What a judge says that was asked twice with the answers in both orders (Zheng et al. 2023, arXiv 2306.05685 §3.4): preferring one place
 * both times is no preference.
 *
 * @param first the verdict with the policy's answer first, `second` with it second; each is the place that was preferred, or a tie
 */
export function bySwap(first: 'first' | 'second' | 'tie', second: 'first' | 'second' | 'tie'): number {
  const own = (first === 'first' ? 1 : first === 'second' ? 0 : 0.5) + (second === 'second' ? 1 : second === 'first' ? 0 : 0.5);
  return own / 2;
}
