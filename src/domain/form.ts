import type { Unranked, Verdict } from './records';
import type { Question, Scale, TaskForm } from './tasks';
import { defaultScale } from './tasks';

/**
 * A labeling task as a list of fields. One model covers strength, criteria, rules, questions, flags, rationale and
 * confidence, so that a page needs four kinds of control and one set of keys. Answers are numbered by their position on
 * screen, from 0; what an answer's place among the items of a label is, only `form-label.ts` knows.
 */

/** A marked stretch of an answer's true text, in UTF-16 code units. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly tag: string;
}

/** What a field holds: of kind `one` the value of an option, of `many` and `span` a list, of `text` the text. */
export type Value = boolean | number | string | readonly string[] | readonly Mark[];
export type Values = Readonly<Record<string, Value>>;

/** What a labeler has said about one item, by position on screen. */
export interface Said {
  readonly verdict: Verdict;
  /** Competition ranks, null where unranked. */
  readonly ranks: readonly (number | null)[];
  /** What a null rank means. */
  readonly rest: Unranked;
  /** By the id of the field. */
  readonly values: Values;
}

export interface Option {
  readonly value: boolean | number | string;
  /** In English when it is a word of this program's, else as the project has it. */
  readonly label: string;
}

export type FieldOf = 'strength' | 'criterion' | 'better' | 'rule' | 'evidence' | 'question' | 'flags' | 'rationale' | 'confidence';

export interface Field {
  /** Names the field in {@link Values}: `strength`, `criterion/helpful/0`, `question/q1`. */
  readonly id: string;
  readonly of: FieldOf;
  /** The criterion, rule or question that it asks. */
  readonly ref: string;
  /** The answer's position, or what else the field is about. */
  readonly at: number | 'prompt' | 'all';
  readonly kind: 'one' | 'many' | 'text' | 'span';
  readonly label: string;
  readonly description?: string;
  readonly examples?: readonly { readonly text: string; readonly violates: boolean }[];
  /** Of `one` and `many` what can be chosen, of `span` the tags. */
  readonly options: readonly Option[];
  /** The options are points of a scale: the first and last are worded. */
  readonly scale?: Scale;
  readonly required: boolean;
  /** Characters at least, of what is written (0: any). */
  readonly minLength: number;
}

/** Degrees of preference, weakest first (Llama 2, arXiv 2307.09288 §3.2.1). */
export const strengthWords = ['negligibly better', 'slightly better', 'better', 'significantly better'] as const;

/** Tag of a span that is evidence for a broken rule. */
export const evidenceTag = 'evidence';

/**
 * The fields that are asked now, in the order in which they stand on the page: each answer's, then those about the prompt
 * and about all answers. A question whose condition does not hold is not among them.
 * @param count number of answers on screen
 */
export function fieldsOf(form: TaskForm, count: number, said: Said): Field[] {
  if (said.verdict === 'skipped') return [];
  const asked = askedQuestions(form, count, said.values);
  const fields: Field[] = [];
  for (let at = 0; at < count; at++) {
    if (form.criteriaForm === 'scale') for (const c of form.criteria) fields.push(scaleField({ id: `criterion/${c.id}/${at}`, of: 'criterion', ref: c.id, at, label: c.title ?? c.id, required: true, ...described(c) }, c.scale ?? defaultScale));
    for (const rule of form.rules) {
      const id = `rule/${rule.id}/${at}`;
      fields.push({ id, of: 'rule', ref: rule.id, at, kind: 'one', label: rule.text, options: ruleOptions, required: true, minLength: 0, ...described(rule), ...(rule.examples?.length ? { examples: rule.examples } : {}) });
      if (said.values[id] === true) fields.push({ id: `evidence/${rule.id}/${at}`, of: 'evidence', ref: rule.id, at, kind: 'span', label: 'Where it is broken', options: [{ value: evidenceTag, label: 'evidence' }], required: false, minLength: 0 });
    }
    for (const q of form.questions) if (q.per === 'answer' && asked(q, at)) fields.push(questionField(q, at));
    if (form.flags.length > 0) fields.push({ id: `flags/${at}`, of: 'flags', ref: 'flags', at, kind: 'many', label: 'Flags', options: form.flags.map(own), required: false, minLength: 0 });
  }
  if (asksStrength(form, count, said)) fields.push({ id: 'strength', of: 'strength', ref: 'strength', at: 'all', kind: 'one', label: 'How much better', options: strengthWords.map((label, i) => ({ value: i + 1, label })), required: true, minLength: 0 });
  if (form.criteriaForm === 'preference' && count > 1) for (const c of form.criteria) fields.push({ id: `better/${c.id}`, of: 'better', ref: c.id, at: 'all', kind: 'one', label: c.title ?? c.id, options: betterOptions(count), required: true, minLength: 0, ...described(c) });
  for (const per of ['prompt', 'pair'] as const) for (const q of form.questions) if ((q.per ?? 'prompt') === per && asked(q)) fields.push(questionField(q, per === 'prompt' ? 'prompt' : 'all'));
  if (form.rationale !== 'off') fields.push({ id: 'rationale', of: 'rationale', ref: 'rationale', at: 'all', kind: 'text', label: 'Why', options: [], required: form.rationale === 'required', minLength: form.rationaleMinLength });
  if (form.confidence) fields.push(scaleField({ id: 'confidence', of: 'confidence', ref: 'confidence', at: 'all', label: 'How sure you are', required: false }, form.confidence));
  return fields;
}

/** A, B, C … by position. */
export const letter = (position: number): string => String.fromCharCode(65 + position);

/** The value that says that no answer is better by a criterion. */
export const same = 'same';

const ruleOptions: readonly Option[] = [
  { value: false, label: 'kept' },
  { value: true, label: 'broken' },
  { value: 'na', label: 'does not apply' },
];

const own = (text: string): Option => ({ value: text, label: text });

const betterOptions = (count: number): Option[] => [...Array.from({ length: count }, (_, i) => ({ value: i, label: letter(i) })), { value: same, label: 'the same' }];

const described = (x: { readonly description?: string | undefined }): { description?: string } => (x.description === undefined || x.description === '' ? {} : { description: x.description });

/** The points of a scale as options; a point without words shows its number. */
function scaleField(field: Omit<Field, 'kind' | 'options' | 'minLength' | 'scale'>, scale: Scale): Field {
  const options = Array.from({ length: scale.max - scale.min + 1 }, (_, i) => ({ value: scale.min + i, label: String(scale.min + i) }));
  return { ...field, kind: 'one', options, scale, minLength: 0 };
}

function questionField(q: Question, at: Field['at']): Field {
  const base = { id: typeof at === 'number' ? `question/${q.id}/${at}` : `question/${q.id}`, of: 'question' as const, ref: q.id, at, label: q.text, required: q.required === true };
  switch (q.kind) {
    case 'yes-no':
      return { ...base, kind: 'one', options: [{ value: true, label: 'yes' }, { value: false, label: 'no' }], minLength: 0 };
    case 'choice':
      return { ...base, kind: 'one', options: (q.choices ?? []).map(own), minLength: 0 };
    case 'multiple':
      return { ...base, kind: 'many', options: (q.choices ?? []).map(own), minLength: 0 };
    case 'scale':
      return scaleField(base, q.scale ?? defaultScale);
    case 'text':
      return { ...base, kind: 'text', options: [], minLength: q.minLength ?? 0 };
    case 'span':
      return { ...base, kind: 'span', options: (q.tags ?? []).map(own), minLength: 0 };
  }
}

/** Of two answers, one of which is preferred. */
function asksStrength(form: TaskForm, count: number, { verdict, ranks, rest }: Said): boolean {
  if (form.preference?.strength !== true || count !== 2 || verdict !== 'ranked') return false;
  const [a, b] = [ranks[0] ?? null, ranks[1] ?? null];
  return a !== b && (rest === 'top_k' || (a !== null && b !== null));
}

/**
 * Whether a question is asked, of an answer (by position) or of the whole. Of a question per answer on which a question
 * about the whole depends, any answer will do. What a hidden question was once answered with does not count.
 */
function askedQuestions(form: TaskForm, count: number, values: Values): (q: Question, at?: number) => boolean {
  const earlier = (q: Question): Question | undefined => {
    const i = form.questions.findIndex((other) => other.id === q.when?.question);
    return i >= 0 && i < form.questions.indexOf(q) ? form.questions[i] : undefined;
  };
  const asked = (q: Question, at?: number): boolean => {
    const before = earlier(q);
    // A condition on what the task does not ask before is a fault of the project file, told there; asking loses nothing.
    if (q.when === undefined || before === undefined) return true;
    const wanted = q.when.is;
    const holds = (position?: number): boolean => {
      if (!asked(before, position)) return false;
      const value = values[position === undefined ? `question/${before.id}` : `question/${before.id}/${position}`];
      return Array.isArray(value) ? value.some((v) => typeof v === 'string' && wanted.includes(v)) : value !== undefined && wanted.includes(value as boolean | number | string);
    };
    if (before.per !== 'answer') return holds();
    return at === undefined ? Array.from({ length: count }, (_, i) => i).some(holds) : holds(at);
  };
  return asked;
}
