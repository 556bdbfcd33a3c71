import type { Judgements } from './judgements';

/**
 * Which labels are set against each other: a slot is judged once by each of its raters. For agreement between labelers a slot
 * is an item; for a labeler's agreement with himself it is an item of his, and the raters are the first time and the second.
 */
export interface Slots {
  readonly slots: number;
  readonly raters: number;
  /** Slot → item. */
  readonly itemOf: Int32Array;
  /** Entries: a label, its slot and its rater. */
  readonly label: Int32Array;
  readonly slot: Int32Array;
  readonly rater: Int32Array;
}

/** Ordinary labels: an item is a slot, a labeler a rater. Adjudications, gold, screening and repeats do not count. */
export function betweenLabelers(j: Judgements): Slots {
  const label = j.item.map((_, l) => l).filter((l) => j.kind[l] === 0);
  return { slots: j.sizes.length, raters: j.labelers.length, itemOf: j.sizes.map((_, i) => i), label, slot: label.map((l) => j.item[l]!), rater: label.map((l) => j.labeler[l]!) };
}

/** Items that a labeler has judged twice: rater 0 is the ordinary label, 1 the repeat. `labelerOf` gives each slot's labeler. */
export function withinLabelers(j: Judgements): Slots & { readonly labelerOf: Int32Array } {
  const key = (l: number): number => j.item[l]! * j.labelers.length + j.labeler[l]!;
  const repeated = new Set<number>();
  j.kind.forEach((kind, l) => {
    if (kind === 1) repeated.add(key(l));
  });
  const first = new Map<number, number>();
  j.kind.forEach((kind, l) => {
    if (kind === 0 && repeated.has(key(l))) first.set(key(l), l);
  });
  const [label, slot, rater, itemOf, labelerOf]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []];
  j.item.forEach((item, l) => {
    const before = j.kind[l] === 1 ? first.get(key(l)) : undefined;
    if (before === undefined) return;
    label.push(before, l);
    slot.push(itemOf.length, itemOf.length);
    rater.push(0, 1);
    itemOf.push(item);
    labelerOf.push(j.labeler[l]!);
  });
  return { slots: itemOf.length, raters: 2, itemOf: Int32Array.from(itemOf), label: Int32Array.from(label), slot: Int32Array.from(slot), rater: Int32Array.from(rater), labelerOf: Int32Array.from(labelerOf) };
}
