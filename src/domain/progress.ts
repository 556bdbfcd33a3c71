import { createRng } from '../base/rng';
import { keyOfGeneration, keyOfLabel } from './content';
import type { Generation, Label, Verdict } from './records';
import { verdicts } from './records';

/** How far one labeler is with a set of generations. */
export interface Progress {
  readonly total: number;
  /** Judged, skipped ones included: they do not come again by themselves. */
  readonly done: number;
  readonly byVerdict: Record<Verdict, number>;
}

/** The standing ordinary labels of one labeler (or of all, when none is named) by item. Repeats, gold, screening and adjudications are no progress. */
export function labelsByItem(current: readonly Label[], labeler?: string): Map<string, Label[]> {
  const byItem = new Map<string, Label[]>();
  for (const label of current) {
    if (label.kind !== undefined || (labeler !== undefined && label.labeler !== labeler)) continue;
    const key = keyOfLabel(label);
    const list = byItem.get(key);
    if (list) list.push(label);
    else byItem.set(key, [label]);
  }
  return byItem;
}

/** Progress over the items of a set; a generation that stands twice in it counts once, and one of fewer than two answers not at all. */
export function labelProgress(generations: Iterable<Generation>, byItem: ReadonlyMap<string, readonly Label[]>, task = 'ranking'): Progress {
  const byVerdict = Object.fromEntries(verdicts.map((v) => [v, 0])) as Record<Verdict, number>;
  let done = 0;
  const keys = new Set<string>();
  for (const g of generations) if (g.responses.length >= 2) keys.add(keyOfGeneration(g, task));
  for (const key of keys) {
    const label = byItem.get(key)?.at(-1);
    if (label === undefined) continue;
    done++;
    byVerdict[label.verdict]++;
  }
  return { total: keys.size, done, byVerdict };
}

/**
 * The order in which a labeler sees the answers of an item: random over items and labelers, and the same after a reload.
 * `order[position]` is the index of the answer.
 */
export function blindOrder(labeler: string, key: string, k: number): number[] {
  return createRng(`shown ${labeler} ${key}`).shuffle(Array.from({ length: k }, (_, i) => i));
}
