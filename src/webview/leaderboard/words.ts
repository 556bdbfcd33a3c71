import type { Method, RatingsReport } from '../../domain/ratings/report';
import type { LeaderboardView } from '../../protocol/panels-leaderboard';
import { t } from '../shared/l10n';

/** How the page puts numbers into words. */

export const methodNames = (): Record<Method, string> => ({
  'bradley-terry': t('Bradley–Terry'),
  davidson: t('Davidson (ties)'),
  'plackett-luce': t('Plackett–Luce (rankings)'),
  elo: t('Elo'),
});

export const styleTitles = (): Record<string, string> => ({ words: t('length in words'), headers: t('headers'), lists: t('list items'), bold: t('bold stretches') });

/** The models' numbers, best first. */
export function bestFirst(report: RatingsReport): number[] {
  return report.models.map((_, i) => i).sort((a, b) => report.models[b]!.rating - report.models[a]!.rating);
}

export const points = (value: number): string => (Math.round(value) === 0 ? '0' : value.toFixed(0).replace('-', '−'));
export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
export const count = (n: number): string => n.toLocaleString('en').replaceAll(',', ' ');

/** `{A, B}` or, of many, the first few and how many more. */
export function listed(names: readonly string[], most = 4): string {
  return names.length <= most ? names.join(', ') : t('{0} and {1} more', names.slice(0, most - 1).join(', '), names.length - most + 1);
}

/** How the numbers came about, one sentence each. */
export function howMade({ options }: LeaderboardView, report: RatingsReport): string[] {
  const { intervals, elo, nu, ridge } = report;
  const made =
    intervals.method === 'none'
      ? t('No intervals: all comparisons are of one prompt, so that nothing is known of how prompts differ.')
      : intervals.method === 'sandwich'
        ? t('95 % intervals by the cluster sandwich over {0} prompts: there are too many comparisons for a bootstrap.', count(intervals.clusters))
        : t('95 % intervals by a bootstrap of {0} draws of whole prompts ({1}), seed {2}.', count(intervals.draws), count(intervals.clusters), report.seed);
  return [
    t('400 points are odds of ten to one; the mean of all models is 1000.'),
    made,
    ...(intervals.separated > 0 ? [t('In {0} of the draws the comparisons gave no finite ratings; those were fitted with a ridge.', intervals.separated)] : []),
    ...(elo ? [t('Elo depends on the order of the games: this is the mean of {0} random orders, K {1}, seed {2}; of each draw that of {3}.', elo.orders, elo.k, report.seed, elo.ordersPerDraw)] : []),
    ...(nu === undefined ? [] : [nu === 0 ? t('There are no ties: Davidson’s model is Bradley–Terry’s.') : t('Two equal models tie in {0} of comparisons (ν {1}).', percent(nu / (2 + nu)), nu.toFixed(2))]),
    ...(nu === undefined && options.method !== 'plackett-luce' && report.matrix.ties.some((n) => n > 0) ? [t('A tie counts as half a win for each.')] : []),
    ...(options.method === 'plackett-luce' ? [t('Tied answers count as the mean over their orders; the rest of a top-k ranking is worse than all of it.')] : []),
    ...(ridge?.reason === 'style' ? [t('Length and style are held constant, with a ridge of λ = {0}.', ridge.lambda)] : []),
  ];
}
