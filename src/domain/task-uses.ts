import type { Label } from './records';
import type { PartName } from './task-draft';
import { partNames } from './task-draft';

/** How many labels name each task, criterion, question and rule by its id. */
export type Uses = Readonly<Record<PartName, Readonly<Record<string, number>>>>;

export const noUses: Uses = { tasks: {}, criteria: {}, questions: {}, rules: {} };

/** Counts the uses in these labels; stops after every few hundred, so that its caller can do something else. */
export function* countUses(labels: readonly Label[]): Generator<undefined, Uses> {
  const counts = new Map(partNames.map((part) => [part, new Map<string, number>()]));
  const count = (part: PartName, ids: Iterable<string>): void => {
    const of = counts.get(part)!;
    for (const id of ids) of.set(id, (of.get(id) ?? 0) + 1);
  };
  for (const [i, label] of labels.entries()) {
    if (i % 256 === 255) yield;
    count('tasks', [label.task]);
    if (label.criteria ?? label.criteriaRanks) count('criteria', new Set([...Object.keys(label.criteria ?? {}), ...Object.keys(label.criteriaRanks ?? {})]));
    if (label.rules) count('rules', Object.keys(label.rules));
    if (label.answers ?? label.spans) count('questions', new Set([...Object.keys(label.answers ?? {}), ...(label.spans ?? []).flatMap((s) => s.question ?? [])]));
  }
  return Object.fromEntries([...counts].map(([part, of]) => [part, Object.fromEntries(of)])) as Record<PartName, Record<string, number>>;
}
