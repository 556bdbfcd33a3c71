import { createRng } from '../base/rng';
import { keyOfGeneration, keyOfLabel } from './content';
import type { Generation, Label } from './records';

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

/** Counts what of the items is done, again and again, without looking at the items anew. */
export interface ProgressCounter {
  /** @param own standing labels of one labeler and of the counter's task; only ordinary ones count */
  count(own: Iterable<Label>): { readonly total: number; readonly done: number; readonly bySet: ReadonlyMap<string, { readonly total: number; readonly done: number }> };
}

/**
 * A counter over named sets of generations. An item that stands in two sets counts in each, and once in all; one of fewer
 * than two answers not at all. Labels are found by the id of their generation, which costs a hundredth of making their key.
 * @param byKey the task's items by key, which the caller has
 */
export function progressCounter(sets: Iterable<{ readonly name: string; readonly records: readonly Generation[] }>, byKey: ReadonlyMap<string, Generation>, task: string): ProgressCounter {
  const numberOfKey = new Map<string, number>();
  const numberOfGeneration = new Map<Generation, number>();
  for (const [key, g] of byKey) {
    numberOfGeneration.set(g, numberOfKey.size);
    numberOfKey.set(key, numberOfKey.size);
  }
  const numberOfId = new Map<string, number>();
  const members = new Map<string, number[]>();
  const counted = new Set<number>();
  for (const { name, records } of sets) {
    const own = new Set<number>();
    for (const g of records) {
      if (g.responses.length < 2) continue;
      const n = numberOfGeneration.get(g) ?? numberOfKey.get(keyOfGeneration(g, task));
      if (n === undefined) continue;
      if (!numberOfId.has(g.id)) numberOfId.set(g.id, n);
      own.add(n);
      counted.add(n);
    }
    members.set(name, [...own]);
  }
  return {
    count(own) {
      const marked = new Uint8Array(numberOfKey.size);
      for (const label of own) {
        if (label.kind !== undefined) continue;
        const n = numberOfId.get(label.generation ?? '') ?? numberOfKey.get(keyOfLabel(label));
        if (n !== undefined) marked[n] = 1;
      }
      const doneOf = (list: Iterable<number>): number => {
        let done = 0;
        for (const n of list) done += marked[n]!;
        return done;
      };
      return { total: counted.size, done: doneOf(counted), bySet: new Map([...members].map(([name, list]) => [name, { total: list.length, done: doneOf(list) }])) };
    },
  };
}

/**
 * The order in which a labeler sees the answers of an item: random over items and labelers, and the same after a reload.
 * `order[position]` is the index of the answer.
 */
export function blindOrder(labeler: string, key: string, k: number): number[] {
  return createRng(`shown ${labeler} ${key}`).shuffle(Array.from({ length: k }, (_, i) => i));
}
