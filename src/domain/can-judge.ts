import type { Generation } from './records';
import type { TaskForm } from './tasks';

/** Digits are the keys of answers. */
export const mostCards = 9;

/** Whether a task can ask about an item: a preference needs answers that differ, a pairwise one exactly two. */
export function canJudge(form: TaskForm, { responses }: Generation): boolean {
  const { preference } = form;
  // Different texts are counted only where their number decides: this runs over a hundred thousand items.
  const first = responses[0]?.hash;
  if (preference && !responses.some((r) => r.hash !== first)) return false;
  if (responses.length <= (preference?.form === 'pairwise' ? 2 : mostCards)) return true;
  const different = new Set(responses.map((r) => r.hash)).size;
  return preference?.form === 'pairwise' ? different === 2 : different <= mostCards;
}
