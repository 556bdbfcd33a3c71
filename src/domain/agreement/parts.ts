import { verdicts } from '../records';
import type { Question, Scale, TaskForm } from '../tasks';
import { defaultScale } from '../tasks';
import type { Judgements } from './judgements';
import { isJudged } from './judgements';
import type { Ratings } from './ratings';
import { buildRatings } from './ratings';
import { criterionSign, signOf } from './signs';
import type { Slots } from './slots';

export type PartKind = 'preference' | 'strength' | 'verdict' | 'criterion' | 'rule' | 'question' | 'flag';

/** One thing that a task asks, as comparable data. */
export interface Part {
  /** `preference`, `criterion:helpful`, … */
  readonly id: string;
  readonly kind: PartKind;
  readonly title: string;
  /** What is rated once: two answers against each other, an answer, or the whole item. */
  readonly unit: 'pair' | 'answer' | 'item';
  /** Whether the values have an order, so that weights and levels beyond nominal make sense. */
  readonly ordered: boolean;
  /** Words for the values, where they have any. */
  readonly names: readonly string[];
  readonly ratings: Ratings;
  /** The index of the value that is a tie, of preferences. */
  readonly tie?: number;
  /** Unit → slot. */
  readonly slotOf: Int32Array;
}

interface Spec {
  readonly id: string;
  readonly kind: PartKind;
  readonly title: string;
  readonly unit: Part['unit'];
  readonly ordered: boolean;
  readonly values: readonly number[];
  readonly names?: readonly string[];
  /** The value that a label gives; NaN or undefined for none. `a` and `b`: answers. */
  readonly value: (label: number, a: number, b: number) => number | undefined;
}

/**
 * What a task asks, part by part: preference (the sign of each pair of answers; which answer is the first is fixed by the item),
 * strength (signed), verdict, each criterion, rule, question and flag. Spans and free texts have no coefficient and are left
 * out. A part that nobody has filled in is there, without ratings.
 */
export function partsOf(j: Judgements, form: TaskForm, slots: Slots): Part[] {
  return specsOf(j, form).map((spec) => partOf(j, slots, spec));
}

function partOf(j: Judgements, slots: Slots, { value, values, names = [], ...spec }: Spec): Part {
  const first = new Int32Array(slots.slots + 1);
  for (let s = 0; s < slots.slots; s++) {
    const k = j.sizes[slots.itemOf[s]!]!;
    first[s + 1] = first[s]! + (spec.unit === 'item' ? 1 : spec.unit === 'answer' ? k : (k * (k - 1)) / 2);
  }
  const builder = buildRatings(first[slots.slots]!, values);
  const used = new Uint8Array(first[slots.slots]!);
  slots.label.forEach((label, entry) => {
    const slot = slots.slot[entry]!;
    const k = j.sizes[slots.itemOf[slot]!]!;
    let unit = first[slot]!;
    const add = (v: number | undefined): void => {
      if (v !== undefined && !Number.isNaN(v)) {
        builder.add(unit, slots.rater[entry]!, v, label);
        used[unit] = 1;
      }
      unit++;
    };
    if (spec.unit === 'item') add(value(label, 0, 1));
    else for (let a = 0; a < k; a++) {
      if (spec.unit === 'answer') add(value(label, a, a));
      else for (let b = a + 1; b < k; b++) add(value(label, a, b));
    }
  });
  const slotOf: number[] = [];
  let slot = 0;
  const clusterOf = (unit: number): number => {
    while (first[slot + 1]! <= unit) slot++;
    slotOf.push(slot);
    return j.promptOf[slots.itemOf[slot]!]!;
  };
  // `finish` asks for the units with ratings in ascending order, once each.
  const ratings = builder.finish(clusterOf, j.prompts, slots.raters);
  const tie = spec.kind === 'preference' || spec.kind === 'strength' || (spec.kind === 'criterion' && spec.unit === 'pair') ? ratings.values.indexOf(0) : -1;
  return { ...spec, names, ratings, slotOf: Int32Array.from(slotOf), ...(tie < 0 ? {} : { tie }) };
}

function specsOf(j: Judgements, form: TaskForm): Spec[] {
  const specs: Spec[] = [];
  const answer = (column: string) => (label: number, a: number) => j.perAnswer[column]?.[j.start[label]! + a];
  if (form.preference) {
    const signs = form.preference.ties === false ? [-1, 1] : [-1, 0, 1];
    specs.push({ id: 'preference', kind: 'preference', title: 'Preference', unit: 'pair', ordered: true, values: signs, value: (label, a, b) => signOf(j, label, a, b) });
    if (form.preference.strength === true) specs.push({ id: 'strength', kind: 'strength', title: 'Strength of preference', unit: 'item', ordered: true, values: [...[-4, -3, -2, -1], ...(signs.length === 3 ? [0] : []), ...[1, 2, 3, 4]], value: strengthOf(j) });
    specs.push({ id: 'verdict', kind: 'verdict', title: 'Verdict', unit: 'item', ordered: false, values: [0, 1, 2, 3], names: ['compared', 'all bad', 'unsure', 'skipped'], value: verdictOf(j) });
  }
  for (const { id, title = id, scale = defaultScale } of form.criteria) {
    if (form.criteriaForm === 'preference') specs.push({ id: `criterion:${id}`, kind: 'criterion', title, unit: 'pair', ordered: true, values: [-1, 0, 1], value: (label, a, b) => criterionSign(j, id, label, a, b) });
    else specs.push({ id: `criterion:${id}`, kind: 'criterion', title, unit: 'answer', ordered: true, values: pointsOf(scale), value: answer(`criterion:${id}`) });
  }
  for (const { id, text } of form.rules) specs.push({ id: `rule:${id}`, kind: 'rule', title: text, unit: 'answer', ordered: false, values: [0, 1, 2], names: ['kept', 'broken', 'does not apply'], value: answer(`rule:${id}`) });
  for (const question of form.questions) specs.push(...questionSpecs(j, question));
  for (const flag of form.flags) specs.push({ id: `flag:${flag}`, kind: 'flag', title: flag, unit: 'answer', ordered: false, values: [0, 1], names: ['not flagged', 'flagged'], value: flagOf(j, flag) });
  return specs;
}

function questionSpecs(j: Judgements, q: Question): Spec[] {
  const unit = q.per === 'answer' ? 'answer' : 'item';
  const column = `question:${q.id}`;
  const value = (name: string) => (label: number, a: number) => (unit === 'answer' ? j.perAnswer[name]?.[j.start[label]! + a] : j.perLabel[name]?.[label]);
  const spec = { id: column, kind: 'question', title: q.text, unit } as const;
  if (q.kind === 'yes-no') return [{ ...spec, ordered: false, values: [0, 1], names: ['no', 'yes'], value: value(column) }];
  if (q.kind === 'scale') return [{ ...spec, ordered: true, values: pointsOf(q.scale ?? defaultScale), value: value(column) }];
  if (q.kind === 'choice') {
    const names = j.names[column] ?? q.choices ?? [];
    return [{ ...spec, ordered: false, values: names.map((_, i) => i), names, value: value(column) }];
  }
  if (q.kind === 'multiple') return (q.choices ?? []).map((choice) => ({ ...spec, id: `${column}=${choice}`, title: `${q.text} ${choice}`, ordered: false, values: [0, 1], names: ['no', 'yes'], value: value(`${column}=${choice}`) }));
  return [];
}

/** Signed: below zero the first answer is better, by so much. */
function strengthOf(j: Judgements): Spec['value'] {
  return (label) => {
    // Two texts may be more than two answers: the first is as good as those that are the same, and the strength is against the others.
    let sign: number | undefined;
    for (let a = 1; a < j.start[label + 1]! - j.start[label]!; a++) if (sign === undefined || sign === 0) sign = signOf(j, label, 0, a) ?? sign;
    return sign === undefined ? undefined : sign === 0 ? 0 : sign * (j.perLabel['strength']?.[label] ?? NaN);
  };
}

/** Ranked and tied are both a comparison. */
function verdictOf(j: Judgements): Spec['value'] {
  const numbers = verdicts.map((v) => ({ ranked: 0, tie: 0, all_bad: 1, unsure: 2, skipped: 3, answered: NaN })[v]);
  return (label) => numbers[j.verdict[label]!];
}

/** A label that flags nothing says that there is nothing to flag, unless it was skipped. */
function flagOf(j: Judgements, flag: string): Spec['value'] {
  return (label, a) => {
    const value = j.perAnswer[`flag:${flag}`]?.[j.start[label]! + a] ?? NaN;
    return !Number.isNaN(value) ? value : isJudged(j.verdict[label]!) ? 0 : undefined;
  };
}

const pointsOf = ({ min, max }: Scale): number[] => Array.from({ length: max - min + 1 }, (_, i) => min + i);
