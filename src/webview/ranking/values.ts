import type { Field, Mark, Value, Values } from '../../domain/form';
import { isEmpty, nameOf } from '../../domain/form-check';
import { t } from '../shared/l10n';

/** What stands in the fields changes by these; each gives the new values and a sentence for the live region. */
export interface ValueStep {
  readonly values: Values;
  readonly says: string;
}

export function setValue(values: Values, field: Field, value: Value | undefined): Values {
  const others = Object.entries(values).filter(([id]) => id !== field.id);
  return Object.fromEntries(value === undefined || isEmpty(value) ? others : [...others, [field.id, value]]);
}

/** A digit: the point of a scale that has it, else the n-th option (from 1). The same again takes it back. */
export function chooseNth(values: Values, field: Field, n: number): ValueStep {
  const option = (field.scale && field.options.find((o) => o.value === n)) ?? (field.scale ? undefined : field.options[n - 1]);
  if (!option) return { values, says: t('{0} has no option {1}', nameOf(field), n) };
  return toggleOption(values, field, option.value);
}

export function toggleOption(values: Values, field: Field, value: boolean | number | string): ValueStep {
  const name = nameOf(field);
  const label = t(field.options.find((o) => o.value === value)?.label ?? String(value));
  if (field.kind === 'many') {
    const before = (values[field.id] as readonly string[] | undefined) ?? [];
    const on = !before.includes(value as string);
    // In the order of the options, whatever the order of the clicks.
    const after = field.options.map((o) => o.value as string).filter((v) => (v === value ? on : before.includes(v)));
    return { values: setValue(values, field, after), says: on ? t('{0}: {1}', name, label) : t('{0}: not {1}', name, label) };
  }
  const on = values[field.id] !== value;
  return { values: setValue(values, field, on ? value : undefined), says: on ? t('{0}: {1}', name, label) : t('{0}: no answer', name) };
}

export const marksOf = (values: Values, field: Field): readonly Mark[] => (values[field.id] as readonly Mark[] | undefined) ?? [];

/** Marks a stretch; a mark of the same stretch gets the new tag, with the same tag it goes. */
export function addMark(values: Values, field: Field, mark: Mark, text: string): ValueStep {
  const before = marksOf(values, field);
  const same = before.find((m) => m.start === mark.start && m.end === mark.end);
  const others = before.filter((m) => m !== same);
  const removed = same?.tag === mark.tag;
  const after = removed ? others : [...others, mark].sort((a, b) => a.start - b.start || a.end - b.end);
  const quote = text.slice(mark.start, mark.end);
  return { values: setValue(values, field, after), says: removed ? t('No longer marked: {0}', quote) : t('Marked {0}: {1}', mark.tag, quote) };
}

/** Takes away the marks that a stretch touches. */
export function removeMarks(values: Values, field: Field, stretch: { readonly start: number; readonly end: number }): ValueStep {
  const before = marksOf(values, field);
  const after = before.filter((m) => m.end <= stretch.start || m.start >= stretch.end);
  return { values: setValue(values, field, after), says: before.length === after.length ? t('Nothing is marked there') : t('Mark removed') };
}
