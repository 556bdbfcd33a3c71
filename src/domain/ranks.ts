import type { Unranked, Verdict } from './records';

/** Item `i` was preferred to item `j` (p = 1), or both are the same (p = 0.5, i before j). `weight` sums to 1 over one judgement's pairs. */
export interface RankedPair {
  readonly i: number;
  readonly j: number;
  readonly p: 1 | 0.5;
  readonly weight: number;
}

/** Standard competition ranks (1, 2, 2, 4) of the same order; null stays null. */
export function competitionRanks(ranks: readonly (number | null)[]): (number | null)[] {
  return ranks.map((r) => (r === null ? null : 1 + ranks.filter((other) => other !== null && other < r).length));
}

/**
 * The comparisons that a judgement says, as one K-wise element: each pair weighs 1/pairs.
 * `tie` gives every pair as a tie. `all_bad`, `unsure` and `skipped` say nothing about the order and give none.
 * An unranked item is worse than every ranked one (`top_k`) or not compared at all (`subset`).
 */
export function rankedPairs(verdict: Verdict, k: number, ranks: readonly (number | null)[] | undefined, unranked: Unranked = 'subset'): RankedPair[] {
  if (verdict !== 'ranked' && verdict !== 'tie') return [];
  const pairs: { i: number; j: number; p: 1 | 0.5 }[] = [];
  for (let a = 0; a < k; a++) {
    for (let b = a + 1; b < k; b++) {
      const order = verdict === 'tie' ? 0 : compare(ranks?.[a] ?? null, ranks?.[b] ?? null, unranked);
      if (order !== undefined) pairs.push(order > 0 ? { i: b, j: a, p: 1 } : { i: a, j: b, p: order === 0 ? 0.5 : 1 });
    }
  }
  return pairs.map((pair) => ({ ...pair, weight: 1 / pairs.length }));
}

/** Below zero when the first is better; undefined when nothing is known. */
function compare(a: number | null, b: number | null, unranked: Unranked): number | undefined {
  if (a !== null && b !== null) return a - b;
  if (unranked === 'subset' || (a === null && b === null)) return undefined;
  return a === null ? 1 : -1;
}

/** Values by screen position, brought into the order of the items. `shown[position]` is the item's index. */
export function toItemOrder<T>(byPosition: readonly T[], shown: readonly number[]): T[] {
  const byItem = new Array<T>(shown.length);
  shown.forEach((item, position) => (byItem[item] = byPosition[position]!));
  return byItem;
}

/** Values by item, brought into the order on screen. */
export function toShownOrder<T>(byItem: readonly T[], shown: readonly number[]): T[] {
  return shown.map((item) => byItem[item]!);
}
