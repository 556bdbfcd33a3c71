import type { Field, Mark, Said, Value, Values } from './form';
import { evidenceTag, fieldsOf, same } from './form';
import { fits, isEmpty } from './form-check';
import { competitionRanks, toItemOrder } from './ranks';
import type { Label, RuleMark, Span, Strength } from './records';
import type { TaskForm } from './tasks';

/**
 * The two ways between what stands on the page, by position on screen, and what stands in a label, by item. Answers with
 * the same text are one card on the page: `cards[position]` are the items of a card, and all of them get what was said of it.
 */

/** The fields of a label that say what was judged. */
export type Judged = Pick<Label, 'verdict' | 'ranks' | 'unranked' | 'strength' | 'criteria' | 'criteriaRanks' | 'rules' | 'answers' | 'flags' | 'spans' | 'rationale' | 'confidence'>;
export type Cards = readonly (readonly number[])[];

/** What a labeler said, as label fields. What was entered into a field that is no longer asked, or that does not fit it, is left out. */
export function toLabel(form: TaskForm, cards: Cards, said: Said): Judged {
  const shown = cards.flat();
  const spread = <T>(byCard: readonly T[]): T[] => toItemOrder(cards.flatMap((card, at) => card.map(() => byCard[at]!)), shown);
  const held = heldValues(form, cards.length, said);
  const byCard = <T extends Value>(name: (at: number) => string): (T | null)[] => cards.map((_, at) => (held.get(name(at))?.value as T | undefined) ?? null);
  const any = (values: readonly unknown[]): boolean => values.some((v) => v !== null);
  const skipped = said.verdict === 'skipped';

  const ranks = competitionRanks(spread(cards.map((_, at) => (skipped || !form.preference ? null : (said.ranks[at] ?? null)))));
  const criteria: Record<string, (number | null)[]> = {};
  const criteriaRanks: Record<string, (number | null)[]> = {};
  const rules: Record<string, RuleMark[]> = {};
  const answers: Record<string, unknown> = {};
  for (const { id } of form.criteria) {
    const scores = byCard<number>((at) => `criterion/${id}/${at}`);
    if (any(scores)) criteria[id] = spread(scores);
    const best = held.get(`better/${id}`)?.value as number | typeof same | undefined;
    if (best !== undefined) criteriaRanks[id] = competitionRanks(spread(betterRanks(best, cards.length)));
  }
  for (const { id } of form.rules) {
    const marks = byCard<boolean | string>((at) => `rule/${id}/${at}`) as RuleMark[];
    if (any(marks)) rules[id] = spread(marks);
  }
  for (const { id, kind, per } of form.questions) {
    if (kind === 'span') continue;
    if (per === 'answer') {
      const values = byCard((at) => `question/${id}/${at}`);
      if (any(values)) answers[id] = spread(values);
    } else {
      const value = held.get(`question/${id}`)?.value;
      if (value !== undefined) answers[id] = value;
    }
  }
  const flags = byCard<readonly string[]>((at) => `flags/${at}`);
  const spans = [...held.values()].flatMap(({ field, value }) => (field.kind === 'span' ? (cards[field.at as number] ?? []).flatMap((item) => (value as readonly Mark[]).map((mark) => spanOf(field, item, mark))) : []));
  const rationale = held.get('rationale')?.value as string | undefined;
  const confidence = held.get('confidence')?.value as number | undefined;
  const strength = held.get('strength')?.value as Strength | undefined;
  return {
    verdict: said.verdict,
    ...(any(ranks) ? { ranks } : {}),
    ...(any(ranks) && ranks.includes(null) ? { unranked: said.rest } : {}),
    ...(strength === undefined ? {} : { strength }),
    ...(isFilled(criteria) ? { criteria } : {}),
    ...(isFilled(criteriaRanks) ? { criteriaRanks } : {}),
    ...(isFilled(rules) ? { rules } : {}),
    ...(isFilled(answers) ? { answers } : {}),
    ...(any(flags) ? { flags: spread(flags.map((f) => f ?? [])) } : {}),
    ...(spans.length > 0 ? { spans } : {}),
    ...(rationale === undefined ? {} : { rationale }),
    ...(confidence === undefined ? {} : { confidence }),
  };
}

/**
 * A label as the page said it.
 * @param cards by position, the indices of the card's items in `label.items`
 */
export function fromLabel(form: TaskForm, cards: Cards, label: Judged): Said {
  const item = cards.map((card) => card[0] ?? -1);
  const values: Record<string, Value> = {};
  const put = (id: string, value: unknown): void => {
    if (value !== undefined && value !== null) values[id] = value as Value;
  };
  item.forEach((i, at) => {
    for (const { id } of form.criteria) put(`criterion/${id}/${at}`, label.criteria?.[id]?.[i]);
    for (const { id } of form.rules) {
      put(`rule/${id}/${at}`, label.rules?.[id]?.[i]);
      putMarks(`evidence/${id}/${at}`, i, (s) => s.rule === id);
    }
    for (const { id, kind, per } of form.questions) {
      if (kind === 'span') putMarks(`question/${id}/${at}`, i, (s) => s.question === id);
      else if (per === 'answer') put(`question/${id}/${at}`, listOf(label.answers?.[id])?.[i]);
    }
    const flags = label.flags?.[i];
    if (flags?.length) put(`flags/${at}`, flags);
  });
  for (const { id, kind, per } of form.questions) if (kind !== 'span' && per !== 'answer') put(`question/${id}`, label.answers?.[id]);
  for (const { id } of form.criteria) put(`better/${id}`, bestOf(item.map((i) => label.criteriaRanks?.[id]?.[i] ?? null)));
  put('strength', label.strength);
  put('rationale', label.rationale);
  put('confidence', label.confidence);
  return { verdict: label.verdict, ranks: competitionRanks(item.map((i) => label.ranks?.[i] ?? null)), rest: label.unranked ?? form.preference?.rest ?? 'subset', values };

  function putMarks(id: string, i: number, of: (span: Span) => boolean): void {
    const marks = (label.spans ?? []).filter((s) => s.item === i && of(s)).map(({ start, end, tag }) => ({ start, end, tag }));
    if (marks.length > 0) values[id] = marks;
  }
}

/** What of the entered values is asked for and fits, in the order of the fields. */
export function heldValues(form: TaskForm, count: number, said: Said, lengths?: readonly number[]): Map<string, { readonly field: Field; readonly value: Value }> {
  const held = new Map<string, { field: Field; value: Value }>();
  for (const field of fieldsOf(form, count, said)) {
    const entered = said.values[field.id];
    const value = typeof entered === 'string' && field.kind === 'text' ? entered.trim() : entered;
    if (value !== undefined && !isEmpty(value) && fits(field, value, typeof field.at === 'number' ? lengths?.[field.at] : undefined)) held.set(field.id, { field, value });
  }
  return held;
}

/** {@link heldValues} as plain values: what a judgement amounts to. */
export function keptValues(form: TaskForm, count: number, said: Said): Values {
  return Object.fromEntries([...heldValues(form, count, said)].map(([id, { value }]) => [id, value]));
}

function spanOf(field: Field, item: number, { start, end, tag }: Mark): Span {
  return field.of === 'evidence' ? { item, start, end, tag: evidenceTag, rule: field.ref } : { item, start, end, tag, question: field.ref };
}

/** Of two, who is first and who second; of more, only the best is known to be better than the rest. */
function betterRanks(best: number | typeof same, count: number): (number | null)[] {
  return Array.from({ length: count }, (_, at) => (best === same || at === best ? 1 : count === 2 ? 2 : null));
}

function bestOf(ranks: readonly (number | null)[]): number | typeof same | undefined {
  const first = ranks.flatMap((r, at) => (r === 1 ? [at] : []));
  return first.length === 1 ? first[0] : first.length > 1 && first.length === ranks.length ? same : undefined;
}

const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? (value as readonly unknown[]) : undefined);
const isFilled = (record: object): boolean => Object.keys(record).length > 0;
