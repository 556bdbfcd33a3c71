import type { Label } from '../domain/records';
import type { PairCount } from '../domain/ratings/active';
import { countPairs, informationWorth } from '../domain/ratings/active';
import type { Task } from '../domain/tasks';
import type { ItemWorth } from '../domain/open-items';
import { uncertaintyWorth } from '../domain/uncertainty';
import { readScores, scoreKey } from '../jobs/scores';
import type { RunView } from '../jobs/view';
import type { LiveData } from '../store/live-data';

/** How much the items of a task are worth a labeler's time. */
export interface Worth extends ItemWorth {
  /** Takes a new label into account. */
  readonly note: (label: Label) => void;
}

/** The worth that a task's queue asks for; `none` when it asks for none, `no-scores` when nothing was scored yet. */
export async function worthFor(task: Task, data: Pick<LiveData, 'byKey' | 'index'>, runs: readonly RunView[]): Promise<Worth | 'none' | 'no-scores'> {
  const byKey = data.byKey(task.id);
  if (task.queue?.order === 'information') return byInformation(task, data, byKey);
  if (task.queue?.order !== 'uncertainty') return 'none';
  const scores = await readScores(runs);
  if (scores.size === 0) return 'no-scores';
  const known = new Map<string, number | undefined>();
  return {
    of(key) {
      if (!known.has(key)) {
        const g = byKey.get(key);
        const hashes = [...new Set(g?.responses.map((r) => r.hash))];
        const all = hashes.map((hash) => scores.get(scoreKey(g!.promptHash, hash)));
        known.set(key, all.every((s) => s !== undefined) ? uncertaintyWorth(all) : undefined);
      }
      return known.get(key);
    },
    note: () => undefined,
  };
}

/** Counts grow with each label of one's own; those of others come when the files are read again. */
function byInformation(task: Task, data: Pick<LiveData, 'index'>, byKey: ReturnType<LiveData['byKey']>): Worth {
  const counts = new Map<string, PairCount>(countPairs(data.index.current(), task.id));
  const worth = informationWorth(counts);
  const sourcesOf = (key: string): string[] | undefined => byKey.get(key)?.responses.map((r) => r.source);
  return {
    of(key) {
      const sources = sourcesOf(key);
      return sources && worth(sources);
    },
    /** Items of the same sources are worth the same. */
    group: (key) => sourcesOf(key)?.join('\n') ?? '',
    note(label) {
      for (const [pair, { n, wins }] of countPairs([label], task.id)) {
        const before = counts.get(pair) ?? { n: 0, wins: 0 };
        counts.set(pair, { n: before.n + n, wins: before.wins + wins });
      }
    },
  };
}
