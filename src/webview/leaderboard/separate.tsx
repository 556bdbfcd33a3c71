import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { RatingsReport } from '../../domain/ratings/report';
import { chanceOf, pointsPerLog } from '../../domain/ratings/scale';
import { comparisonsToSeparate, varianceOfDifference } from '../../domain/ratings/separate';
import { z95 } from '../../domain/ratings/student';
import type { LeaderboardView } from '../../protocol/panels-leaderboard';
import { t } from '../shared/l10n';
import { Select } from './controls';
import { count, percent, points } from './words';

interface Props {
  readonly view: LeaderboardView;
  readonly report: RatingsReport;
  readonly order: readonly number[];
}

/** Two models: how far apart, and how many more labels would tell. */
export function Separate({ view, report, order }: Props): VNode {
  const [chosen, setChosen] = useState<readonly [string, string]>();
  const numbers = new Map(view.models.map((m, i) => [m.source, i]));
  const one = numbers.get(chosen?.[0] ?? '') ?? order[0]!;
  const other = numbers.get(chosen?.[1] ?? '') ?? order[1]!;
  const choices = order.map((i) => [view.models[i]!.source, view.models[i]!.name] as const);
  const source = (i: number): string => view.models[i]!.source;
  return (
    <section class="separate" aria-label={t('Two models')}>
      <h2>{t('How many more labels would separate two of them?')}</h2>
      <div class="controls">
        <Select label={t('One')} value={source(one)} choices={choices} onChange={(s) => { setChosen([s, source(other)]); }} />
        <Select label={t('The other')} value={source(other)} choices={choices} onChange={(s) => { setChosen([source(one), s]); }} />
      </div>
      <p role="status">{one === other ? t('Choose two different models.') : sentence(view, report, one, other)}</p>
      <p class="quiet">{t('An estimate: the number of direct comparisons after which, were the difference what it looks now, the 95 % interval of it would leave out 0 with a chance of 80 %. The interval is not adjusted for looking until it separates: fix the number before, then look.')}</p>
    </section>
  );
}

function sentence(view: LeaderboardView, report: RatingsReport, i: number, j: number): string {
  const { theta, size, robust, naive, nu } = report.precision;
  const [a, b] = theta[i]! >= theta[j]! ? [i, j] : [j, i];
  const difference = theta[a]! - theta[b]!;
  const names = [view.models[a]!.name, view.models[b]!.name] as const;
  const islands = report.islands.length > 1 && !report.islands.some((g) => g.includes(a) && g.includes(b));
  if (islands) return t('No comparison joins {0} and {1}: label items that have answers of both, then this can be told.', ...names);
  if (report.intervals.clusters < 2) return t('All comparisons are of one prompt: label more prompts, then this can be told.');
  const variance = varianceOfDifference(robust, size, a, b);
  const half = z95 * pointsPerLog * Math.sqrt(variance);
  const gap = pointsPerLog * difference;
  const apart = t('{0} is {1} points above {2} (95 % interval {3} to {4}): it would be preferred in {5} of decisions.', names[0], points(gap), names[1], points(gap - half), points(gap + half), percent(chanceOf(gap)));
  const { more, apart: separated } = comparisonsToSeparate({ difference, variance, naive: varianceOfDifference(naive, size, a, b), nu });
  if (separated) return `${apart} ${t('They are separated already.')}`;
  if (!Number.isFinite(more) || more > 1e7) return `${apart} ${t('They look alike: no number of labels that anybody could give would separate them.')}`;
  return `${apart} ${t('About {0} more comparisons of the two would separate them; there are {1}.', count(rounded(more)), count(report.matrix.counts[a * view.models.length + b]!))}`;
}

/** Two digits: more would claim to be known. */
function rounded(n: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1);
  return Math.ceil(n / unit) * unit;
}
