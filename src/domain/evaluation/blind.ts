import type { Rng } from '../../base/rng';
import { groupBy } from '../../base/group';
import type { Label } from '../records';
import { winRate, type Contest, type WinRate } from './win-rate';

/** An answer of the policy and one of the reference to the same prompt, by hash. */
export interface BlindPair {
  readonly promptHash: string;
  readonly own: string;
  readonly other: string;
}

/** What people say of answers that they compared without knowing whose they are. */
export interface BlindWinRate extends WinRate {
  readonly labelers: number;
  /** Pairs that nobody has judged yet. */
  readonly open: number;
}

/**
 * The win rate by labels that stand. A pair whose two answers are the same text is a tie that nobody is asked about. "All bad", "unsure" and
 * skipped labels say nothing about the order and are left out; each labeler's judgement of a pair counts once.
 */
export function blindWinRate(pairs: readonly BlindPair[], labels: readonly Label[], rng: Rng): BlindWinRate | undefined {
  const byPrompt = groupBy(labels.filter((l) => l.kind === undefined || l.kind === 'adjudication'), (l) => l.promptHash);
  const contests: Contest[] = [];
  const labelers = new Set<string>();
  let open = 0;
  for (const { promptHash, own, other } of pairs) {
    if (own === other) {
      contests.push({ prompt: promptHash, won: 0.5 });
      continue;
    }
    const said = (byPrompt.get(promptHash) ?? []).flatMap((label) => {
      const won = verdictOf(label, own, other);
      return won === undefined ? [] : [{ labeler: label.labeler, won }];
    });
    if (said.length === 0) open++;
    for (const { labeler, won } of said) {
      labelers.add(labeler);
      contests.push({ prompt: promptHash, won });
    }
  }
  const rate = labelers.size === 0 ? undefined : winRate(contests, rng);
  return rate && { ...rate, labelers: labelers.size, open };
}

/** What a label says of two of its items; undefined where it does not compare them. */
function verdictOf({ verdict, items, ranks, unranked }: Label, own: string, other: string): number | undefined {
  const [i, j] = [items.findIndex((x) => x.hash === own), items.findIndex((x) => x.hash === other)];
  if (i < 0 || j < 0) return undefined;
  if (verdict === 'tie') return 0.5;
  if (verdict !== 'ranked' || ranks === undefined) return undefined;
  const [a, b] = [ranks[i] ?? null, ranks[j] ?? null];
  if (a === null || b === null) return unranked === 'top_k' && a !== b ? (b === null ? 1 : 0) : undefined;
  return a < b ? 1 : a > b ? 0 : 0.5;
}
