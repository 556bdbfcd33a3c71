import { createRng } from '../base/rng';
import { wilson } from './agreement';
import type { Share } from './agreement';
import { canJudge } from './can-judge';
import { keyOfGeneration, keyOfLabel } from './content';
import { rankedPairs } from './ranks';
import type { Generation, Gold, Label, ScreeningItem } from './records';
import type { TaskForm } from './tasks';
import { defaultScale } from './tasks';

/** How one candidate did. Shares have Wilson intervals with the item as the trial (see {@link screeningResult}). */
export interface ScreeningResult {
  readonly labeler: string;
  readonly done: number;
  readonly total: number;
  readonly parts: readonly { readonly part: string; readonly agreement: Share | undefined }[];
  readonly overall: Share | undefined;
  /** Undefined: not finished. */
  readonly passed: boolean | undefined;
  /** In words. */
  readonly reason: string;
}

export interface ScreeningRules {
  readonly threshold: number;
  /** What must reach the threshold: the share itself, or the lower end of its interval. */
  readonly rule: 'rate' | 'lower-bound';
  readonly items?: number;
  /** For the scales of its criteria; 1 to 7 without it. */
  readonly form?: TaskForm;
}

/** The items that test a task: the same for every candidate, in the order of the files. With a limit, a fixed random choice of so many. */
export function screeningItemsFor(items: Iterable<ScreeningItem>, task: string, limit?: number): ScreeningItem[] {
  const mine = [...items].filter((item) => (item.task ?? 'ranking') === task);
  if (limit === undefined || mine.length <= limit) return mine;
  const drawn = mine.map((item) => ({ id: item.id, at: createRng(`screening ${item.id}`).next() })).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const chosen = new Set(drawn.slice(0, limit).map((d) => d.id));
  return mine.filter((item) => chosen.has(item.id));
}

/**
 * A candidate's agreement with the researchers, as in InstructGPT (arXiv 2203.02155, appendix B.1): by part of the task
 * and overall. Each item is one trial: its share of agreeing comparisons, so that an item with many answers weighs no more
 * than one with two. The interval is Wilson's over items, which for shares between 0 and 1 is at least as wide as for
 * plain successes.
 *
 * @param labels the candidate's standing labels of kind `screening`
 */
export function screeningResult(labeler: string, items: readonly ScreeningItem[], labels: readonly Label[], rules: ScreeningRules): ScreeningResult {
  const byGold = new Map<string, Label>();
  const byKey = new Map<string, Label>();
  for (const label of labels) {
    if (label.gold !== undefined) byGold.set(label.gold, label);
    byKey.set(keyOfLabel(label), label);
  }
  const drawn = rules.items === undefined ? items : screeningItemsFor(items, items[0]?.task ?? 'ranking', rules.items);
  const { form } = rules;
  // What the task cannot ask about (three answers, of two) nobody was tested with.
  const tested = form ? drawn.filter((item) => canJudge(form, item)) : drawn;
  const sums = new Map<string, { sum: number; n: number }>();
  const overall = { sum: 0, n: 0 };
  let done = 0;
  for (const item of tested) {
    const label = byGold.get(item.id) ?? byKey.get(keyOfGeneration(item, item.task));
    if (label === undefined) continue;
    done++;
    const parts = agreementWithGold(item, label, rules.form);
    for (const { part, share } of parts) {
      const sum = sums.get(part) ?? { sum: 0, n: 0 };
      sums.set(part, sum);
      sum.sum += share;
      sum.n++;
    }
    if (parts.length === 0) continue;
    overall.sum += parts.reduce((sum, p) => sum + p.share, 0) / parts.length;
    overall.n++;
  }
  const share = wilson(overall.sum, overall.n);
  const parts = [...sums].map(([part, { sum, n }]) => ({ part, agreement: wilson(sum, n) }));
  return { labeler, done, total: tested.length, parts, overall: share, ...verdictOf(done, tested.length, share, rules) };
}

/**
 * How far a label agrees with the researchers' answer, part by part, each 0 to 1: of the pairs of answers that the
 * researchers have ordered (a tie against a preference is half); of scores those at most a point off where the scale has
 * five points or more, else the same; of rules, flags and answers to questions those that are the same. Skipping or being
 * unsure where the researchers were not agrees with nothing.
 */
export function agreementWithGold(item: ScreeningItem, label: Label, form?: TaskForm): { readonly part: string; readonly share: number }[] {
  const { gold } = item;
  const k = item.responses.length;
  const at = placesIn(label, item);
  const parts: { part: string; share: number }[] = [];
  const part = (name: string, agrees: readonly number[]): void => {
    if (agrees.length > 0) parts.push({ part: name, share: agrees.reduce((a, b) => a + b, 0) / agrees.length });
  };
  const own = <T>(values: readonly T[] | undefined, a: number): T | undefined => values?.[at[a] ?? -1];

  if (gold.verdict !== 'answered' && gold.verdict !== 'skipped') part('preference', preference(gold, label, k, at));
  for (const [id, values] of Object.entries(gold.criteria ?? {})) {
    const { min, max } = form?.criteria.find((c) => c.id === id)?.scale ?? defaultScale;
    const tolerance = max - min >= 4 ? 1 : 0;
    part(`criterion:${id}`, judged(values).map(([a, value]) => Number(Math.abs((own(label.criteria?.[id], a) ?? NaN) - value) <= tolerance)));
  }
  for (const [id, ranks] of Object.entries(gold.criteriaRanks ?? {})) part(`criterion:${id}`, comparePairs(signs('ranked', k, ranks, 'top_k'), signs('ranked', k, reorder(label.criteriaRanks?.[id], at), 'top_k')));
  for (const [id, marks] of Object.entries(gold.rules ?? {})) part(`rule:${id}`, judged(marks).map(([a, mark]) => Number(own(label.rules?.[id], a) === mark)));
  if (gold.flags) part('flags', gold.flags.map((flags, a) => Number([...new Set(flags)].sort().join('\n') === [...new Set(own(label.flags, a) ?? [])].sort().join('\n'))));
  for (const [id, value] of Object.entries(gold.answers ?? {})) part(`question:${id}`, answers(value, label.answers?.[id], form?.questions.find((q) => q.id === id)?.per === 'answer', at));
  return parts;
}

function preference(gold: Gold, label: Label, k: number, at: readonly number[]): number[] {
  const said = gold.verdict === 'ranked' || gold.verdict === 'tie';
  if (!said) return [Number(label.verdict === gold.verdict)];
  return comparePairs(signs(gold.verdict, k, gold.ranks, gold.unranked), signs(label.verdict, k, reorder(label.ranks, at), label.unranked));
}

/** Signs by pair of answers, as `rankedPairs` has them. */
function signs(verdict: Label['verdict'], k: number, ranks: readonly (number | null)[] | undefined, unranked: Label['unranked']): Map<string, number> {
  return new Map(rankedPairs(verdict, k, ranks, unranked).map(({ i, j, p }) => (p === 0.5 ? [`${i} ${j}`, 0] : i < j ? [`${i} ${j}`, 1] : [`${j} ${i}`, -1])));
}

/** Of each pair that the researchers have ordered: 1 the same, ½ a tie against a preference, 0 the opposite or nothing. */
function comparePairs(gold: ReadonlyMap<string, number>, own: ReadonlyMap<string, number>): number[] {
  return [...gold].map(([pair, sign]) => {
    const mine = own.get(pair);
    return mine === undefined ? 0 : 1 - Math.abs(mine - sign) / 2;
  });
}

function answers(gold: unknown, own: unknown, perAnswer: boolean, at: readonly number[]): number[] {
  if (!perAnswer || !Array.isArray(gold)) return typeof gold === 'string' && gold.length > 60 ? [] : [Number(sameAnswer(gold, own))];
  return judged(gold as readonly unknown[]).map(([a, value]) => Number(sameAnswer(value, Array.isArray(own) ? (own as readonly unknown[])[at[a] ?? -1] : undefined)));
}

/** Choices of several are the same in any order. */
function sameAnswer(a: unknown, b: unknown): boolean {
  const list = (value: unknown): string | undefined => (Array.isArray(value) ? value.map(String).sort().join('\n') : undefined);
  return list(a) === undefined ? a === b : list(a) === list(b);
}

const judged = <T>(values: readonly (T | null)[]): [number, T][] => values.flatMap((v, a): [number, T][] => (v === null ? [] : [[a, v]]));

/** Where each answer of the item stands in the label, whose items may be in another order. */
function placesIn(label: Label, item: Generation): number[] {
  const free = label.items.map((x) => x.hash);
  return item.responses.map(({ hash }) => {
    const found = free.indexOf(hash);
    if (found >= 0) free[found] = '';
    return found;
  });
}

const reorder = (ranks: readonly (number | null)[] | undefined, at: readonly number[]): (number | null)[] => at.map((place) => ranks?.[place] ?? null);

function verdictOf(done: number, total: number, share: Share | undefined, { threshold, rule }: ScreeningRules): Pick<ScreeningResult, 'passed' | 'reason'> {
  const need = `${percent(threshold)} ${rule === 'rate' ? 'agreement is needed' : 'is needed at the lower end of the interval'}`;
  if (total === 0) return { passed: undefined, reason: 'there are no screening items for this task' };
  if (done < total) return { passed: undefined, reason: `${done} of ${total} items are done; ${need}` };
  if (share === undefined) return { passed: undefined, reason: 'the screening items say nothing that could be compared' };
  const reached = rule === 'rate' ? share.share : share.low;
  // A hair of rounding must not refuse who has exactly what is needed.
  const passed = reached >= threshold - 1e-9;
  return { passed, reason: `${percent(share.share)} agreement (95 % interval ${percent(share.low)} to ${percent(share.high)}) over ${share.n} items; ${need}` };
}

const percent = (share: number): string => `${(100 * share).toFixed(1).replace(/\.0$/, '')} %`;

/**
 * Screening items from a researcher's own labels: the generation with what was said of it. Labels that say nothing (unsure,
 * skipped) and labels whose generation is gone make none; they are counted.
 */
export function screeningItemsFrom(labels: readonly Label[], generations: ReadonlyMap<string, Generation>, form: TaskForm): { readonly items: ScreeningItem[]; readonly silent: number; readonly gone: number } {
  const items: ScreeningItem[] = [];
  let [silent, gone] = [0, 0];
  const perAnswer = (id: string): boolean => form.questions.find((q) => q.id === id)?.per === 'answer';
  for (const label of labels) {
    const generation = generations.get(keyOfLabel(label));
    if (label.verdict === 'unsure' || label.verdict === 'skipped') silent++;
    else if (generation === undefined) gone++;
    else items.push({ ...generation, ...(form.id === 'ranking' ? {} : { task: form.id }), gold: goldOf(label, generation, perAnswer) });
  }
  return { items, silent, gone };
}

/** What a label says, in the order of the generation's answers. */
function goldOf(label: Label, generation: Generation, perAnswer: (question: string) => boolean): Gold {
  const at = placesIn(label, generation);
  const turned = <T>(values: readonly T[]): T[] => at.map((place) => values[place]!);
  const each = <T>(record: Readonly<Record<string, readonly T[]>>): Record<string, T[]> => Object.fromEntries(Object.entries(record).map(([id, values]) => [id, turned(values)]));
  const { verdict, ranks, unranked, strength, criteria, criteriaRanks, rules, answers, flags, rationale } = label;
  return {
    verdict,
    ...(ranks && (verdict === 'ranked' || verdict === 'tie') ? { ranks: turned(ranks) } : {}),
    ...(unranked && ranks?.includes(null) ? { unranked } : {}),
    ...(strength === undefined ? {} : { strength }),
    ...(criteria ? { criteria: each(criteria) } : {}),
    ...(criteriaRanks ? { criteriaRanks: each(criteriaRanks) } : {}),
    ...(rules ? { rules: each(rules) } : {}),
    ...(answers ? { answers: Object.fromEntries(Object.entries(answers).map(([id, value]) => [id, perAnswer(id) && Array.isArray(value) ? turned(value as readonly unknown[]) : value])) } : {}),
    ...(flags ? { flags: turned(flags) } : {}),
    by: [label.labeler],
    ...(rationale === undefined ? {} : { note: rationale }),
  };
}
