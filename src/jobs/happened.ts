import { oneLine } from '../base/text';
import { isActive } from './view';
import type { RunState, RunView } from './view';

/** What a caller last knew about each run; it keeps this (workspace state, a file) between its own lives. Run id → mark. */
export type SeenRuns = Readonly<Record<string, string>>;

/** Something that happened to a run while nobody was looking. */
export interface Happening {
  readonly view: RunView;
  readonly state: RunState;
  /** One sentence for a person. */
  readonly sentence: string;
}

/** The marks of the runs as they are now. */
export function seenNow(views: readonly RunView[]): SeenRuns {
  return Object.fromEntries(views.map((v) => [v.id, mark(v)]));
}

/**
 * The runs that ended (or were cut off) since `seen` was taken, oldest first. Runs that merely went on are not told;
 * runs that were unknown are told only if they ended. With `seen` undefined (never looked before) nothing is told.
 */
export function happenedSince(seen: SeenRuns | undefined, views: readonly RunView[]): Happening[] {
  if (seen === undefined) return [];
  return views
    .filter((v) => !isActive(v.state) && v.state !== 'queued' && v.state !== 'cancelled' && seen[v.id] !== mark(v))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((view) => ({ view, state: view.state, sentence: sentence(view) }));
}

function mark(view: RunView): string {
  return isActive(view.state) ? 'active' : `${view.state} ${view.finishedAt ?? view.step}`;
}

function sentence(view: RunView): string {
  switch (view.state) {
    case 'finished':
      return `“${view.name}” finished.`;
    case 'failed':
      return `“${view.name}” failed: ${oneLine(view.error?.message ?? 'no reason given', 200)}`;
    case 'stopped':
      return `“${view.name}” stopped at step ${view.step} of ${view.total} and can be resumed.`;
    case 'interrupted':
      return `“${view.name}” was cut off at step ${view.step}${view.total > 0 ? ` of ${view.total}` : ''} and can be resumed${view.checkpoint === undefined ? '' : ` from step ${view.checkpoint}`}.`;
    default:
      return `“${view.name}” is ${view.state}.`;
  }
}
