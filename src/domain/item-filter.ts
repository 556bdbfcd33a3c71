import { canonicalJson } from '../base/json';
import { contentOf, keyOfGeneration } from './content';
import type { Generation, Label, Message, PromptContent, PromptRecord, Verdict } from './records';

/**
 * All items of a task, what labelers have said of each, and which of them a filter lets through. Whatever takes long with
 * 100,000 items is a generator that stops after every few hundred, so that its caller can do something else, or give up.
 */

/** What one looks for; all conditions hold at once. */
export interface ItemFilter {
  /** Facts about the labels. */
  readonly only: readonly ItemFact[];
  /** Words in prompt or answers: whatever case, in this order. */
  readonly text: string;
  readonly labeler?: string | undefined;
  readonly tag?: string | undefined;
  readonly model?: string | undefined;
  readonly set?: string | undefined;
  readonly sort: ItemSort;
}

export const itemFacts = ['unlabeled-by-me', 'unlabeled', 'disagreement', 'flagged', 'all-bad', 'unsure'] as const;
/** `unlabeled`: by anybody. `unsure`: skipped or unsure, by anybody. The others as they say, by anybody. */
export type ItemFact = (typeof itemFacts)[number];

export const itemSorts = ['order', 'newest', 'disagreement', 'labeled'] as const;
/** `order`: as in the files; `newest`: the other way round; `disagreement`: most disputed first; `labeled`: last labeled first. */
export type ItemSort = (typeof itemSorts)[number];

export const everyItem: ItemFilter = { only: [], text: '', sort: 'order' };

/** Rows that a page may ask for at once. */
export const maxWindow = 400;

/** A named list of records, as the store reads it. */
export interface NamedSet<T> {
  readonly name: string;
  readonly records: readonly T[];
}

/** One item: a prompt with its answers, once, however many sets it stands in. */
export interface Item {
  readonly key: string;
  readonly generation: Generation;
  /** Names of the sets that it stands in; at least one. */
  readonly sets: readonly string[];
  readonly models: readonly string[];
  readonly tags: readonly string[];
}

/** What labelers have said of an item. */
export interface ItemState {
  /** The standing labels that this was made from. */
  readonly labels: readonly Label[];
  /** My ordinary judgement. */
  readonly mine?: Verdict;
  /** Who has an ordinary judgement of it. */
  readonly labelers: readonly string[];
  /** 0: all agree, 1: as different as can be; undefined with fewer than two labelers. */
  readonly disagreement?: number;
  /** An adjudication stands. */
  readonly settled: boolean;
  /** Flags that anybody gave any of its answers. */
  readonly flags: readonly string[];
  readonly allBad: boolean;
  /** Somebody skipped it or was unsure. */
  readonly unsure: boolean;
  /** When it was labeled last, ISO 8601; empty: never. */
  readonly at: string;
}

/** Items between two pauses of a generator. */
const slice = 256;

/**
 * The items of a task, each once, and where each stands.
 * @param of names of the sets that the task is about; all when absent
 * @param fits whether the task can ask about it
 */
export function* collectItems(task: string, sets: readonly NamedSet<Generation>[], prompts: readonly NamedSet<PromptRecord>[], of: readonly string[] | undefined, fits: (generation: Generation) => boolean): Generator<undefined, { readonly items: Item[]; readonly byKey: ReadonlyMap<string, number> }> {
  const tags = yield* tagsByPrompt(prompts);
  const items: (Item & { sets: string[] })[] = [];
  const byKey = new Map<string, number>();
  let n = 0;
  for (const set of sets) {
    if (of !== undefined && !of.includes(set.name)) continue;
    for (const generation of set.records) {
      if (++n % slice === 0) yield;
      if (!fits(generation)) continue;
      const key = keyOfGeneration(generation, task);
      const there = byKey.get(key);
      if (there === undefined) {
        byKey.set(key, items.length);
        items.push({ key, generation, sets: [set.name], models: [...new Set(generation.responses.map((r) => r.source))], tags: tags.size === 0 ? [] : (tags.get(askedBy(contentOf(generation))) ?? []) });
      } else if (!items[there]!.sets.includes(set.name)) items[there]!.sets.push(set.name);
    }
  }
  return { items, byKey };
}

/** Tags by what is asked: the text itself, which is quicker to look up than to hash. */
function* tagsByPrompt(prompts: readonly NamedSet<PromptRecord>[]): Generator<undefined, ReadonlyMap<string, readonly string[]>> {
  const tags = new Map<string, readonly string[]>();
  let n = 0;
  for (const { records } of prompts) {
    for (const prompt of records) {
      if (++n % slice === 0) yield;
      if ((prompt.tags?.length ?? 0) === 0) continue;
      const asked = askedBy(contentOf(prompt));
      tags.set(asked, [...new Set([...(tags.get(asked) ?? []), ...prompt.tags!])]);
    }
  }
  return tags;
}

const askedBy = (content: PromptContent): string => (typeof content === 'string' ? content : canonicalJson(content.map(({ role, content: text }) => ({ role, content: text }))));

/**
 * What is said of an item.
 * @param labels its standing labels, of every labeler and kind
 * @param disagreement of these labels, 0 to 1; undefined with fewer than two labelers
 */
export function itemState(labels: readonly Label[], me: string, disagreement: number | undefined): ItemState {
  if (labels.length === 0) return untouched;
  const ordinary = labels.filter((l) => l.kind === undefined);
  const mine = ordinary.find((l) => l.labeler === me)?.verdict;
  return {
    labels,
    ...(mine === undefined ? {} : { mine }),
    labelers: [...new Set(ordinary.map((l) => l.labeler))],
    ...(disagreement === undefined ? {} : { disagreement }),
    settled: labels.some((l) => l.kind === 'adjudication'),
    flags: [...new Set(labels.flatMap((l) => (l.flags ?? []).flat()))],
    allBad: ordinary.some((l) => l.verdict === 'all_bad'),
    unsure: ordinary.some((l) => l.verdict === 'skipped' || l.verdict === 'unsure'),
    at: labels.reduce((last, l) => (l.at > last ? l.at : last), ''),
  };
}

const untouched: ItemState = { labels: [], labelers: [], settled: false, flags: [], allBad: false, unsure: false, at: '' };

/** Whether a fact holds. Disagreement that was settled is none any more. */
export const factHolds: Readonly<Record<ItemFact, (state: ItemState) => boolean>> = {
  'unlabeled-by-me': (s) => s.mine === undefined,
  unlabeled: (s) => s.labelers.length === 0,
  disagreement: (s) => (s.disagreement ?? 0) > 0 && !s.settled,
  flagged: (s) => s.flags.length > 0,
  'all-bad': (s) => s.allBad,
  unsure: (s) => s.unsure,
};

/** How many items each fact holds for. */
export function* countFacts(states: readonly ItemState[]): Generator<undefined, Record<ItemFact, number>> {
  const counts = Object.fromEntries(itemFacts.map((fact) => [fact, 0])) as Record<ItemFact, number>;
  for (const [i, state] of states.entries()) {
    for (const fact of itemFacts) if (factHolds[fact](state)) counts[fact]++;
    if (i % slice === 0) yield;
  }
  return counts;
}

/**
 * Positions in `items` of what the filter lets through, sorted as it says; equals stay in order.
 * @param among positions to look at instead of all: those that an earlier filter, which let through no less, found
 */
export function* filterItems(items: readonly Item[], states: readonly ItemState[], filter: ItemFilter, among?: Int32Array): Generator<undefined, Int32Array> {
  const { only, labeler, tag, model, set } = filter;
  const matches = textMatcher(filter.text);
  const total = among?.length ?? items.length;
  const found = new Int32Array(total);
  let n = 0;
  for (let i = 0; i < total; i++) {
    if (i % slice === slice - 1) yield;
    const at = among ? among[i]! : i;
    const item = items[at]!;
    const state = states[at] ?? untouched;
    if (!only.every((fact) => factHolds[fact](state))) continue;
    if (labeler !== undefined && !state.labelers.includes(labeler)) continue;
    if (tag !== undefined && !item.tags.includes(tag)) continue;
    if (model !== undefined && !item.models.includes(model)) continue;
    if (set !== undefined && !item.sets.includes(set)) continue;
    if (matches && !matches(item.generation)) continue;
    found[n++] = at;
  }
  return sorted(found.slice(0, n), states, filter.sort);
}

/** Whether every item that `next` lets through was let through by `before`, so that only those need to be looked at. Text only grows while one types. */
export function narrows(before: ItemFilter, next: ItemFilter): boolean {
  const same = (['labeler', 'tag', 'model', 'set'] as const).every((field) => before[field] === undefined || before[field] === next[field]);
  return same && before.only.every((fact) => next.only.includes(fact)) && needle(next.text).includes(needle(before.text));
}

const needle = (text: string): string => text.trim().toLowerCase();

/** Looks for a text in prompt and answers, in whatever case. A regular expression does so without a copy in lower case. */
function textMatcher(text: string): ((generation: Generation) => boolean) | undefined {
  const wanted = text.trim();
  if (wanted === '') return undefined;
  const pattern = new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/\s+/g, '\\s+'), 'iu');
  const inContent = (content: PromptContent): boolean => (typeof content === 'string' ? pattern.test(content) : content.some((message: Message) => pattern.test(message.content)));
  return (generation) => inContent(contentOf(generation)) || generation.responses.some((response) => pattern.test(response.text));
}

function sorted(found: Int32Array, states: readonly ItemState[], sort: ItemSort): Int32Array {
  if (sort === 'order') return found.sort();
  if (sort === 'newest') return found.sort().reverse();
  if (sort === 'labeled') return found.sort((a, b) => compare(states[b]?.at ?? '', states[a]?.at ?? '') || a - b);
  const disputed = (i: number): number => (states[i]?.settled === true ? -1 : (states[i]?.disagreement ?? -2));
  return found.sort((a, b) => disputed(b) - disputed(a) || a - b);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
