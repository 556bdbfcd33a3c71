import { keyOfLabel } from '../content';
import { isReAsked } from '../contradictions';
import type { Label, LabelKind, RuleMark, Verdict } from '../records';
import { verdicts } from '../records';
import type { Question, TaskForm } from '../tasks';

/**
 * Labels of one task as columns of numbers: what agreement is computed from. Small enough to cross to the worker, and
 * without any text of prompts or answers. Arrays by answer run along the items of the first label of the item, whatever
 * the order in each label; NaN stands for what was not said.
 */
export interface Judgements {
  readonly labelers: readonly string[];
  /** Item → its key. */
  readonly keys: readonly string[];
  readonly prompts: number;
  /** Item → prompt: what the bootstrap draws. */
  readonly promptOf: Int32Array;
  /** Item → number of answers. */
  readonly sizes: Int32Array;
  /** Item → words of prompt and answers; NaN when unknown. */
  readonly words: Float64Array;
  /** Per label. */
  readonly item: Int32Array;
  readonly labeler: Int32Array;
  /** Index in {@link kinds}. */
  readonly kind: Uint8Array;
  /** Index in `verdicts` of the records. */
  readonly verdict: Uint8Array;
  /** Milliseconds since 1970; NaN for a date that cannot be read. */
  readonly at: Float64Array;
  /** Where each label's values by answer begin; one more than there are labels. */
  readonly start: Int32Array;
  readonly perLabel: Readonly<Record<string, Float64Array>>;
  readonly perAnswer: Readonly<Record<string, Float64Array>>;
  /** Column → the words that its numbers stand for. */
  readonly names: Readonly<Record<string, readonly string[]>>;
}

/** Kinds of labels by number; 0 is the ordinary judgement. */
export const kinds: readonly (LabelKind | 'ordinary')[] = ['ordinary', 'repeat', 'gold', 'screening', 'adjudication'];

export interface JudgementOptions {
  /** How answers to questions are to be read. Without it each answer is one name. */
  readonly form?: TaskForm;
  /** Words of prompt and answers of a label's item; asked once an item. */
  readonly words?: (label: Label, key: string) => number | undefined;
}

/** Takes standing labels one by one, so that a long list can be taken in slices. */
export interface JudgementBuilder {
  add(label: Label): void;
  finish(): Judgements;
}

/** {@link Judgements} of labels, which are all of one task. */
export function judgementsOf(labels: Iterable<Label>, options: JudgementOptions = {}): Judgements {
  const builder = buildJudgements(options);
  for (const label of labels) builder.add(label);
  return builder.finish();
}

/** A builder of {@link Judgements}. Labels whose lists do not fit the number of their items keep what fits. */
export function buildJudgements({ form, words }: JudgementOptions = {}): JudgementBuilder {
  const labelers = index();
  const items = index();
  const prompts = index();
  const hashes: string[][] = [];
  const [promptOf, sizes, wordCounts]: [number[], number[], number[]] = [[], [], []];
  const [item, labeler, kind, verdict, at, start]: [number[], number[], number[], number[], number[], number[]] = [[], [], [], [], [], [0]];
  const perLabel = columns();
  const perAnswer = columns();
  const names = new Map<string, ReturnType<typeof index>>();
  const nameOf = (column: string, text: string, known: readonly string[] = []): number => {
    let list = names.get(column);
    if (!list) {
      names.set(column, (list = index()));
      for (const name of known) list.of(name);
    }
    return list.of(text);
  };

  function add(label: Label): void {
    // Chosen since it looked wrong: it would make everybody seem less constant than he is.
    if (isReAsked(label)) return;
    const key = keyOfLabel(label);
    const i = items.of(key);
    const own = label.items.map((x) => x.hash);
    if (i === hashes.length) {
      hashes.push(own);
      promptOf.push(prompts.of(label.promptHash));
      sizes.push(own.length);
      wordCounts.push(words?.(label, key) ?? NaN);
    }
    const to = placesOf(own, hashes[i]!);
    const n = item.length;
    const first = start[n]!;
    item.push(i);
    labeler.push(labelers.of(label.labeler));
    kind.push(kinds.indexOf(label.kind ?? 'ordinary'));
    verdict.push(verdicts.indexOf(label.verdict));
    at.push(Date.parse(label.at));
    start.push(first + own.length);
    const one = (column: string, value: number | undefined): void => {
      if (value !== undefined && !Number.isNaN(value)) perLabel.set(column, n, value);
    };
    const each = (column: string, values: readonly unknown[] | undefined, number: (value: unknown) => number | undefined): void => {
      values?.forEach((value, a) => {
        const v = a < to.length ? number(value) : undefined;
        if (v !== undefined) perAnswer.set(column, first + to[a]!, v);
      });
    };
    each('rank', label.ranks, asNumber);
    label.shown?.forEach((a, position) => {
      if (to[a] !== undefined) perAnswer.set('position', first + to[a], position);
    });
    one('top_k', label.unranked === 'top_k' ? 1 : undefined);
    one('strength', label.strength);
    one('confidence', label.confidence);
    one('ms', label.ms);
    for (const [id, values] of Object.entries(label.criteria ?? {})) each(`criterion:${id}`, values, asNumber);
    for (const [id, values] of Object.entries(label.criteriaRanks ?? {})) {
      each(`criterion-rank:${id}`, values, asNumber);
      one(`criterion-rank:${id}`, 1);
    }
    for (const [id, marks] of Object.entries(label.rules ?? {})) each(`rule:${id}`, marks, (m) => markNumber(m as RuleMark));
    if (label.flags) {
      one('flags', 1);
      for (const flag of new Set(label.flags.flat())) each(`flag:${flag}`, label.flags, (f) => ((f as readonly string[]).includes(flag) ? 1 : 0));
    }
    for (const [id, value] of Object.entries(label.answers ?? {})) {
      const question = form?.questions.find((q) => q.id === id);
      if (form === undefined) one(`question:${id}`, nameOf(`question:${id}`, JSON.stringify(value)));
      else if (question) answer(question, value, one, each, nameOf);
    }
  }

  return {
    add,
    finish: () => ({
      labelers: labelers.list,
      keys: items.list,
      prompts: prompts.list.length,
      promptOf: new Int32Array(promptOf),
      sizes: new Int32Array(sizes),
      words: new Float64Array(wordCounts),
      item: new Int32Array(item),
      labeler: new Int32Array(labeler),
      kind: new Uint8Array(kind),
      verdict: new Uint8Array(verdict),
      at: new Float64Array(at),
      start: new Int32Array(start),
      perLabel: perLabel.finish(item.length),
      perAnswer: perAnswer.finish(start.at(-1)!),
      names: Object.fromEntries([...names].map(([column, { list }]) => [column, list])),
    }),
  };
}

/** Verdicts that say something about the answers; skipping and being unsure do not. */
export function isJudged(verdict: number): boolean {
  const name: Verdict | undefined = verdicts[verdict];
  return name !== 'skipped' && name !== 'unsure';
}

function answer(
  q: Question,
  value: unknown,
  one: (column: string, value: number | undefined) => void,
  each: (column: string, values: readonly unknown[], number: (value: unknown) => number | undefined) => void,
  nameOf: (column: string, text: string, known?: readonly string[]) => number,
): void {
  const column = `question:${q.id}`;
  const write = (name: string, number: (value: unknown) => number | undefined): void => {
    if (q.per !== 'answer') one(name, number(value));
    else if (Array.isArray(value)) each(name, value, number);
  };
  if (q.kind === 'yes-no') write(column, (v) => (typeof v === 'boolean' ? Number(v) : undefined));
  else if (q.kind === 'scale') write(column, asNumber);
  else if (q.kind === 'choice') write(column, (v) => (typeof v === 'string' ? nameOf(column, v, q.choices) : undefined));
  else if (q.kind === 'multiple') for (const choice of q.choices ?? []) write(`${column}=${choice}`, (v) => (Array.isArray(v) ? Number(v.includes(choice)) : undefined));
}

const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const markNumber = (mark: RuleMark): number | undefined => (mark === null ? undefined : mark === 'na' ? 2 : Number(mark));

/** Where each of a label's items stands in the item's own order. Answers of the same text take their places one by one. */
function placesOf(own: readonly string[], order: readonly string[]): number[] {
  if (own.every((hash, i) => hash === order[i])) return own.map((_, i) => i);
  const free = new Map<string, number[]>();
  order.forEach((hash, i) => free.set(hash, [...(free.get(hash) ?? []), i]));
  return own.map((hash) => free.get(hash)!.shift()!);
}

function index(): { readonly list: string[]; of(text: string): number } {
  const list: string[] = [];
  const known = new Map<string, number>();
  return {
    list,
    of(text) {
      const found = known.get(text);
      if (found !== undefined) return found;
      known.set(text, list.length);
      return list.push(text) - 1;
    },
  };
}

/** Columns that appear when they are first written. */
function columns(): { set(column: string, at: number, value: number): void; finish(length: number): Record<string, Float64Array> } {
  const lists = new Map<string, number[]>();
  return {
    set(column, at, value) {
      let list = lists.get(column);
      if (!list) lists.set(column, (list = []));
      while (list.length < at) list.push(NaN);
      list[at] = value;
    },
    finish: (length) =>
      Object.fromEntries(
        [...lists].map(([column, list]) => {
          const values = new Float64Array(length).fill(NaN);
          values.set(list);
          return [column, values];
        }),
      ),
  };
}
