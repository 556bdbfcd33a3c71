import { intList } from '../base/growing';
import type { LabelList } from './label-list';
import { later } from './labels';
import type { Label } from './records';

/** A list that is sorted when somebody asks: lines nearly always come in the order of their times. */
export interface ByTime {
  push(n: number): void;
  /** Calls from the last one back until it has found something. */
  findLast(is: (n: number) => boolean): number | undefined;
}

export function byTimeList(list: LabelList): ByTime {
  const compare = (a: number, b: number): number => list.compare(a, b);
  const all = intList();
  let sorted = true;
  return {
    push(n) {
      if (sorted && all.length > 0 && compare(n, all.at(all.length - 1)) <= 0) sorted = false;
      all.push(n);
    },
    findLast(is) {
      if (!sorted) for (const [i, n] of Array.from({ length: all.length }, (_, k) => all.at(k)).sort(compare).entries()) all.set(i, n);
      sorted = true;
      for (let i = all.length - 1; i >= 0; i--) if (is(all.at(i))) return all.at(i);
      return undefined;
    },
  };
}

/** Two sorted lists as one. */
export function merge(a: readonly Label[], b: readonly Label[]): Label[] {
  const all: Label[] = [];
  let j = 0;
  // New labels are the newest, nearly always: nothing is looked at twice then.
  for (const label of a) {
    while (j < b.length && later(label, b[j]!)) all.push(b[j++]!);
    all.push(label);
  }
  while (j < b.length) all.push(b[j++]!);
  return all;
}
