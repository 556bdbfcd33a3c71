import type { Label } from './records';

/** What is wrong with a label beyond the types of its fields, in words; undefined when nothing is. */
export function labelFault(label: Label): string | undefined {
  const k = label.items.length;
  if (label.verdict === 'ranked') {
    if (label.ranks === undefined) return 'the verdict is "ranked" but there are no "ranks"';
    if (label.ranks.every((r) => r === null)) return 'the verdict is "ranked" but no item has a rank';
  }
  if (label.ranks !== undefined && label.ranks.length !== k) return `${label.ranks.length} "ranks" for ${k} items`;
  if (label.shown !== undefined && !isPermutation(label.shown, k)) return `"shown" must hold each of the ${k} items once, as numbers from 0`;
  for (const [id, scores] of Object.entries(label.criteria ?? {})) if (scores.length !== k) return `${scores.length} scores of the criterion "${id}" for ${k} items`;
  for (const [id, ranks] of Object.entries(label.criteriaRanks ?? {})) if (ranks.length !== k) return `${ranks.length} ranks by the criterion "${id}" for ${k} items`;
  if (label.flags !== undefined && label.flags.length !== k) return `${label.flags.length} lists of "flags" for ${k} items`;
  if (label.strength !== undefined && (label.verdict !== 'ranked' || (k !== 2 && different(label) !== 2))) return `a "strength" belongs to a preference between two items, not to "${label.verdict}" of ${k}`;
  for (const [id, marks] of Object.entries(label.rules ?? {})) if (marks.length !== k) return `${marks.length} marks of the rule "${id}" for ${k} items`;
  for (const span of label.spans ?? []) {
    if (span.item >= k) return `a span is in item ${span.item} of ${k} (items are counted from 0)`;
    if (span.end < span.start) return `a span ends (${span.end}) before it starts (${span.start})`;
  }
  return undefined;
}

/** Answers that came out the same are one to who labels: between two texts there is one preference, however many items have them. */
const different = ({ items }: Label): number => new Set(items.map((item) => item.hash)).size;

function isPermutation(order: readonly number[], k: number): boolean {
  return order.length === k && new Set(order).size === k && order.every((i) => Number.isInteger(i) && i >= 0 && i < k);
}
