import type { Field, Mark, Said, Value } from './form';
import { fieldsOf, letter } from './form';
import type { TaskForm } from './tasks';

/** What keeps a judgement from being saved. `message` has its `args` as `{0}`, so that it can be translated. */
export interface Missing {
  /** Absent when the preference itself is what is missing. */
  readonly field?: Field;
  readonly message: string;
  readonly args: readonly (string | number)[];
}

/**
 * The first thing that keeps a judgement from being saved; undefined when nothing does. A skip needs nothing, and of a
 * task without a preference neither does `unsure`, which says that nothing can be said.
 * @param count number of answers on screen
 */
export function missing(form: TaskForm, count: number, said: Said): Missing | undefined {
  if (said.verdict === 'skipped') return undefined;
  const preference = preferenceFault(form, count, said);
  if (preference !== undefined) return { message: preference, args: [] };
  const waived = said.verdict === 'unsure' && form.preference === undefined;
  for (const field of fieldsOf(form, count, said)) {
    const value = said.values[field.id];
    const empty = isEmpty(value);
    if (field.kind === 'text' && (!empty || (field.required && !waived))) {
      const length = typeof value === 'string' ? value.trim().length : 0;
      if (length < Math.max(1, field.minLength)) {
        return field.minLength > 1
          ? { field, message: '{0}: at least {1} characters, {2} more', args: [nameOf(field), field.minLength, field.minLength - length] }
          : { field, message: '{0}: a few words are needed', args: [nameOf(field)] };
      }
    } else if (empty && field.required && !waived) return { field, message: '{0}: an answer is needed', args: [nameOf(field)] };
  }
  return undefined;
}

/** A field in words, with the answer it is about: `Answer B: Helpful`. */
export function nameOf(field: Field): string {
  return typeof field.at === 'number' ? `${letter(field.at)} · ${field.label}` : field.label;
}

/** Whether a value says nothing, which is the same as no value. */
export function isEmpty(value: Value | undefined): boolean {
  return value === undefined || (typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && value.length === 0);
}

/**
 * Whether a field can hold a value.
 * @param length of the answer that a span is in, UTF-16 code units
 */
export function fits(field: Field, value: Value, length = Infinity): boolean {
  const options = field.options.map((o) => o.value);
  switch (field.kind) {
    case 'one':
      return !Array.isArray(value) && options.includes(value as boolean | number | string);
    case 'many':
      return Array.isArray(value) && new Set(value as readonly unknown[]).size === value.length && value.every((v) => typeof v === 'string' && options.includes(v));
    case 'text':
      return typeof value === 'string';
    case 'span':
      return Array.isArray(value) && (value as readonly (string | Mark)[]).every((m) => typeof m === 'object' && options.includes(m.tag) && m.start >= 0 && m.start < m.end && m.end <= length);
  }
}

/** What is wrong with the preference, if anything is, for the form that asks for it. */
function preferenceFault(form: TaskForm, count: number, { verdict, ranks, rest }: Said): string | undefined {
  const { preference } = form;
  if (!preference) return verdict === 'answered' || verdict === 'unsure' ? undefined : 'This task asks for no preference.';
  if (verdict === 'answered') return 'This task asks for a preference.';
  if (verdict === 'unsure' || verdict === 'all_bad') return undefined;
  if (ranks.length !== count) return 'Each answer needs its rank.';
  const given = ranks.filter((r) => r !== null);
  const tied = new Set(given).size < given.length;
  if (tied && preference.ties === false) return 'This task takes no ties.';
  if (verdict === 'tie') return given.length === count && new Set(given).size === 1 ? undefined : 'A tie is of all answers.';
  if (given.length === 0) return 'No answer has a rank.';
  if (given.length === 1 && rest === 'subset') return 'One ranked answer compares with nothing.';
  if (given.length === count && new Set(given).size === 1) return 'All in one place are a tie.';
  if (preference.form === 'best' && (given.length !== 1 || rest !== 'top_k')) return 'This task asks for the best answer alone.';
  return undefined;
}
