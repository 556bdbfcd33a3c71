import { buffersOf } from '../../domain/ratings/extract';
import type { BoardOptions, LeaderboardView } from '../../protocol/panels-leaderboard';
import type { Parts } from '../feature';
import { gather } from './gather';
import { modelNames } from './names';

/** Stated with every report: the same labels give the same numbers. */
const seed = 0;

/** The numbers of one set of options, as things stand. */
export async function board({ sessions, statistics }: Pick<Parts, 'sessions' | 'statistics'>, options: BoardOptions): Promise<LeaderboardView> {
  const session = await sessions.require();
  const { extracted, view } = await gather(await session.data(), options);
  const { pairs, rankings, sources, labels, labelers, ties, leftOut } = extracted;
  const counts = {
    labels,
    ties,
    leftOut,
    comparisons: pairs.a.length,
    prompts: pairs.clusters,
    labelers: [...labelers].map(([id, n]) => ({ id, labels: n })).sort((x, y) => y.labels - x.labels),
  };
  const models = modelNames(sources, session.runs.list());
  const { method } = view.options;
  const ranked = method === 'plackett-luce';
  const report = pairs.models < 2 ? undefined : await statistics.compute('ratings', { method, pairs, seed, ...(ranked ? { rankings } : {}) }, buffersOf({ pairs, rankings }).slice(0, ranked ? undefined : 6 + pairs.covariates.length));
  return { ...view, models, counts, ...(report === undefined ? {} : { report }) };
}
