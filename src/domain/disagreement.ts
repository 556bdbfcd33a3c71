import { keyOfLabel } from './content';
import { isJudged, judgementsOf } from './agreement/judgements';
import type { Judgements } from './agreement/judgements';
import { criterionSign, signOf } from './agreement/signs';
import type { Label } from './records';
import { verdicts } from './records';

/** An item that several labelers have judged, and how far they are apart. */
export interface Disputed {
  readonly key: string;
  /** The ordinary labels, one a labeler. */
  readonly labels: readonly Label[];
  /** 0 all agree … 1 all contradict each other. */
  readonly disagreement: number;
  /** An adjudication stands. */
  readonly settled: boolean;
}

/** Items with ordinary labels of at least two labelers, the most disputed first. @param labels standing ones, of any task and kind */
export function disputedItems(labels: Iterable<Label>, task: string): Disputed[] {
  const byKey = new Map<string, Label[]>();
  const settled = new Set<string>();
  for (const label of labels) {
    if (label.task !== task) continue;
    if (label.kind === 'adjudication') settled.add(keyOfLabel(label));
    else if (label.kind === undefined) {
      const key = keyOfLabel(label);
      const list = byKey.get(key);
      if (list) list.push(label);
      else byKey.set(key, [label]);
    }
  }
  const several = [...byKey.values()].filter((list) => list.length > 1);
  return disagreements(judgementsOf(several.flat())).map(({ key, disagreement }) => ({ key, labels: byKey.get(key)!, disagreement, settled: settled.has(key) }));
}

/** The same from columns: item by item, the most disputed first; only items that two labelers have judged. */
export function disagreements(j: Judgements): { readonly key: string; readonly item: number; readonly labelers: number; readonly disagreement: number; readonly settled: boolean }[] {
  const adjudicated = new Set<number>();
  const byItem = new Map<number, number[]>();
  j.item.forEach((item, label) => {
    if (j.kind[label] === 4) adjudicated.add(item);
    if (j.kind[label] !== 0) return;
    const list = byItem.get(item);
    if (list) list.push(label);
    else byItem.set(item, [label]);
  });
  const distance = distances(j);
  return [...byItem]
    .filter(([, own]) => own.length > 1)
    .map(([item, own]) => {
      let [sum, n] = [0, 0];
      for (let a = 0; a < own.length; a++) {
        for (let b = a + 1; b < own.length; b++) {
          const d = distance(own[a]!, own[b]!);
          if (d === undefined) continue;
          sum += d;
          n++;
        }
      }
      return { key: j.keys[item] ?? '', item, labelers: own.length, disagreement: n === 0 ? 0 : sum / n, settled: adjudicated.has(item) };
    })
    .sort((a, b) => b.disagreement - a.disagreement || b.labelers - a.labelers || (a.key < b.key ? -1 : a.key > b.key ? 1 : a.item - b.item));
}

/**
 * How far two judgements of one item are apart: the mean over the parts that both have filled in (preference, criteria,
 * rules, flags, questions), each 0 (the same) to 1. Preference: the share of pairs of answers on which they differ, a tie
 * against a preference half; acceptable against all bad is 1. A score counts by its distance over the range of all scores
 * given by that criterion; a rule, flag or answer as same or not. Undefined when one is unsure, has skipped, or nothing
 * is common.
 */
function distances(j: Judgements): (x: number, y: number) => number | undefined {
  const allBad = verdicts.indexOf('all_bad');
  const scores = Object.entries(j.perAnswer).filter(([c]) => c.startsWith('criterion:')).map(([c, values]) => ({ column: c, range: rangeOf(values) }));
  const marks = Object.keys(j.perAnswer).filter((c) => c.startsWith('rule:'));
  const flags = Object.keys(j.perAnswer).filter((c) => c.startsWith('flag:'));
  const questions = Object.keys(j.perLabel).filter((c) => c.startsWith('question:'));
  const preferred = Object.keys(j.perLabel).filter((c) => c.startsWith('criterion-rank:')).map((c) => c.slice('criterion-rank:'.length));

  const byAnswer = (column: string, x: number, y: number, distance: (a: number, b: number) => number, missing = NaN): number | undefined => {
    const values = j.perAnswer[column]!;
    const [from, other] = [j.start[x]!, j.start[y]!];
    return mean(Array.from({ length: j.start[x + 1]! - from }, (_, a) => distance(or(values[from + a]!, missing), or(values[other + a]!, missing))));
  };
  const byPair = (x: number, y: number, sign: (label: number, a: number, b: number) => number | undefined): number | undefined => {
    const k = j.start[x + 1]! - j.start[x]!;
    const all: number[] = [];
    for (let a = 0; a < k; a++) for (let b = a + 1; b < k; b++) all.push(Math.abs((sign(x, a, b) ?? NaN) - (sign(y, a, b) ?? NaN)) / 2);
    return mean(all);
  };
  const differ = (a: number, b: number): number => (Number.isNaN(a) || Number.isNaN(b) ? NaN : Number(a !== b));

  return (x, y) => {
    if (!isJudged(j.verdict[x]!) || !isJudged(j.verdict[y]!)) return undefined;
    const bad = Number(j.verdict[x] === allBad) + Number(j.verdict[y] === allBad);
    return mean([
      bad > 0 ? 2 - bad : byPair(x, y, (l, a, b) => signOf(j, l, a, b)),
      mean(preferred.map((id) => byPair(x, y, (l, a, b) => criterionSign(j, id, l, a, b)))),
      mean(scores.map(({ column, range }) => byAnswer(column, x, y, (a, b) => Math.abs(a - b) / range))),
      mean(marks.map((column) => byAnswer(column, x, y, differ))),
      j.perLabel['flags']?.[x] === 1 && j.perLabel['flags'][y] === 1 ? mean(flags.map((column) => byAnswer(column, x, y, differ, 0))) : undefined,
      mean(questions.map((column) => differ(j.perLabel[column]![x]!, j.perLabel[column]![y]!))),
    ]);
  };
}

/** Mean of what is known. */
function mean(values: readonly (number | undefined)[]): number | undefined {
  let [sum, n] = [0, 0];
  for (const v of values) {
    if (v === undefined || Number.isNaN(v)) continue;
    sum += v;
    n++;
  }
  return n === 0 ? undefined : sum / n;
}

const or = (value: number, missing: number): number => (Number.isNaN(value) ? missing : value);

function rangeOf(values: Float64Array): number {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return high > low ? high - low : 1;
}
