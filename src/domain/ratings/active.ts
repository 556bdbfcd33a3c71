import { rankedPairs } from '../ranks';
import type { Label } from '../records';

/** How often two sources were compared, and how often the one whose name sorts first won (a tie is half a win). */
export interface PairCount {
  readonly n: number;
  readonly wins: number;
}

/** By {@link pairKey}. */
export type PairCounts = ReadonlyMap<string, PairCount>;

/** What an item is worth that compares two sources which were never compared: more than any count can give (at most 0.1465). */
export const unseenWorth = 1;

/** The key of two sources, the same in both orders. */
export function pairKey(a: string, b: string): string {
  return a < b ? `${a}\n${b}` : `${b}\n${a}`;
}

/** Counts the comparisons between sources that ordinary labels (of one task, when it is named) say. */
export function countPairs(labels: Iterable<Label>, task?: string): PairCounts {
  const counts = new Map<string, { n: number; wins: number }>();
  for (const label of labels) {
    if (label.kind !== undefined || (task !== undefined && label.task !== task)) continue;
    for (const { i, j, p } of rankedPairs(label.verdict, label.items.length, label.ranks, label.unranked)) {
      const [better, worse] = [label.items[i]!.source, label.items[j]!.source];
      if (better === worse) continue;
      const key = pairKey(better, worse);
      const count = counts.get(key) ?? { n: 0, wins: 0 };
      counts.set(key, count);
      count.n++;
      count.wins += better < worse ? p : 1 - p;
    }
  }
  return counts;
}

/**
 * Arena's weight of one more comparison: by how much the standard error of the win share falls,
 * √(v/n) − √(v/(n+1)) with v = p(1 − p) (Chiang et al. 2024, arXiv 2403.04132, §5, for a pair).
 * @param p share of wins
 * @param n comparisons so far, 1 at least
 */
export function arenaWeight(p: number, n: number): number {
  const v = p * (1 - p);
  return Math.sqrt(v / n) - Math.sqrt(v / (n + 1));
}

/**
 * What an item is worth for the ratings: the largest weight among the pairs of sources that its answers come from;
 * 0 when all come from one source. The win share is (wins + 1)/(n + 2), so that a pair whose first few comparisons
 * all went one way keeps a chance of being chosen.
 */
export function informationWorth(counts: PairCounts): (sources: readonly string[]) => number {
  return (sources) => {
    const distinct = [...new Set(sources)];
    let best = 0;
    for (const [i, a] of distinct.entries()) {
      for (const b of distinct.slice(i + 1)) {
        const count = counts.get(pairKey(a, b));
        best = Math.max(best, count === undefined ? unseenWorth : arenaWeight((count.wins + 1) / (count.n + 2), count.n));
      }
    }
    return best;
  };
}
