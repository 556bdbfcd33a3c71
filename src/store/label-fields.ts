import type * as z from 'zod';
import type { Label } from '../domain/records';
import { labelSchema } from '../protocol/records';

/** A field of a label. */
export type Field = Exclude<keyof typeof labelSchema.shape, number>;

/** How a field is read. `text`: hardly ever the same twice. `value`: the same again and again. `items` are read with the `prompt`. */
export const fields: Record<Field, 'v' | 'op' | 'at' | 'text' | 'number' | 'prompt' | 'items' | 'value' | 'generation'> = {
  v: 'v',
  id: 'text',
  op: 'op',
  task: 'value',
  kind: 'value',
  labeler: 'value',
  at: 'at',
  promptHash: 'prompt',
  items: 'items',
  shown: 'value',
  touched: 'value',
  verdict: 'value',
  ranks: 'value',
  unranked: 'value',
  strength: 'number',
  criteria: 'value',
  criteriaRanks: 'value',
  rules: 'value',
  answers: 'value',
  flags: 'value',
  spans: 'value',
  rationale: 'text',
  confidence: 'number',
  ms: 'number',
  select: 'value',
  guideline: 'value',
  masked: 'value',
  repeats: 'text',
  gold: 'text',
  adjudicates: 'value',
  supersedes: 'text',
  generation: 'generation',
};
export const needed: readonly Field[] = ['v', 'id', 'op', 'task', 'labeler', 'at', 'promptHash', 'items', 'verdict'];

export const names = Object.keys(fields) as Field[];
export const slotOf = Object.fromEntries(names.map((name, slot) => [name, slot])) as Record<Field, number>;

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** `made[name] = value` in a form that is fast: each store by its own name. */
export function put(made: Mutable<Label>, slot: number, value: never): void {
  switch (slot) {
    case slotOf.v: made.v = value; break;
    case slotOf.id: made.id = value; break;
    case slotOf.op: made.op = value; break;
    case slotOf.task: made.task = value; break;
    case slotOf.kind: made.kind = value; break;
    case slotOf.labeler: made.labeler = value; break;
    case slotOf.at: made.at = value; break;
    case slotOf.promptHash: made.promptHash = value; break;
    case slotOf.items: made.items = value; break;
    case slotOf.shown: made.shown = value; break;
    case slotOf.touched: made.touched = value; break;
    case slotOf.verdict: made.verdict = value; break;
    case slotOf.ranks: made.ranks = value; break;
    case slotOf.strength: made.strength = value; break;
    case slotOf.confidence: made.confidence = value; break;
    case slotOf.ms: made.ms = value; break;
    case slotOf.select: made.select = value; break;
    case slotOf.guideline: made.guideline = value; break;
    case slotOf.generation: made.generation = value; break;
    default: made[names[slot] as 'rationale'] = value;
  }
}


/** A field's value as the schema reads it; undefined when the schema refuses it. */
export function checked(name: Field, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = (labelSchema.shape[name] as z.ZodType).safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
