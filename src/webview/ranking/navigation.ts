import type { Field } from '../../domain/form';

/**
 * The field before or after the one with the keyboard, in the order of the page; undefined: the answers, which come between
 * the last field and the first. From the answers it goes to the focused answer's first field (or its last, backwards).
 */
export function fieldBeside(fields: readonly Field[], current: string | undefined, answer: number, by: 1 | -1): string | undefined {
  const at = fields.findIndex((f) => f.id === current);
  if (at >= 0) return fields[at + by]?.id;
  const order = by > 0 ? fields : fields.toReversed();
  return (order.find((f) => typeof f.at !== 'number' || (by > 0 ? f.at >= answer : f.at <= answer)) ?? order[0])?.id;
}
