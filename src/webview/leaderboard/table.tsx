import type { VNode } from 'preact';
import { winShare } from '../../domain/ratings/csv';
import type { RatingsReport } from '../../domain/ratings/report';
import type { LeaderboardView } from '../../protocol/panels-leaderboard';
import { t } from '../shared/l10n';
import { count, percent, points } from './words';

interface Props {
  readonly view: LeaderboardView;
  readonly report: RatingsReport;
  readonly order: readonly number[];
}

/** The models, best first, with a chart of their intervals on one scale. */
export function Table({ view, report, order }: Props): VNode {
  const scale = scaleOf(report);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t('Ratings')}>
      <table class="board">
        <thead>
          <tr>
            <th scope="col" title={t('The ranks that the intervals leave possible; cautious')}>{t('Rank')}</th>
            <th scope="col">{t('Model')}</th>
            <th scope="col" class="chart"><span class="hidden-from-eyes">{t('Chart of the intervals')}</span><Axis scale={scale} /></th>
            <th scope="col" class="number">{t('Rating')}</th>
            <th scope="col" class="number wide">{t('95 % interval')}</th>
            <th scope="col" class="number">{t('Comparisons')}</th>
            <th scope="col" class="number" title={t('Share of comparisons won, a tie as half a win')}>{t('Win share')}</th>
          </tr>
        </thead>
        <tbody>
          {order.map((i) => {
            const m = report.models[i]!;
            const { name, source } = view.models[i]!;
            const { best, worst } = m.ranks;
            return (
              <tr key={source}>
                <td class="number rank">{m.interval ? (best === worst ? best : `${best}–${worst}`) : '–'}</td>
                <th scope="row" title={source} dir="auto">{name}</th>
                <td class="chart"><Bar scale={scale} rating={m.rating} low={m.interval?.low} high={m.interval?.high} /></td>
                <td class="number rating">{points(m.rating)}</td>
                <td class="number wide">{m.interval ? `${points(m.interval.low)} – ${points(m.interval.high)}` : '–'}</td>
                <td class="number">{count(m.comparisons)}</td>
                <td class="number" title={t('{0} won, {1} tied, {2} lost', m.wins, m.ties, m.losses)}>{winShareText(m)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function winShareText(m: RatingsReport['models'][number]): string {
  const share = winShare(m);
  return share === undefined ? '–' : percent(share);
}

interface Scale {
  readonly ticks: readonly number[];
  /** Percent of the chart's width. */
  at(rating: number): string;
}

/** From the lowest interval's end to the highest, widened to round steps; ends that are far out are cut off. */
function scaleOf(report: RatingsReport): Scale {
  const ratings = report.models.map((m) => m.rating);
  const [least, most] = [Math.min(...ratings), Math.max(...ratings)];
  const room = Math.max(100, 1.2 * (most - least));
  const from = Math.max(least - room, Math.min(...report.models.map((m) => m.interval?.low ?? m.rating)));
  const to = Math.min(most + room, Math.max(...report.models.map((m) => m.interval?.high ?? m.rating)));
  const step = [5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000].find((s) => (to - from) / s <= 5) ?? 5000;
  const first = Math.floor(from / step) * step;
  const last = Math.max(first + step, Math.ceil(to / step) * step);
  const ticks = Array.from({ length: Math.round((last - first) / step) + 1 }, (_, n) => first + n * step);
  // A margin for the marks and figures at the ends.
  return { ticks, at: (rating) => `${(8 + (84 * (Math.min(last, Math.max(first, rating)) - first)) / (last - first)).toFixed(2)}%` };
}

function Axis({ scale }: { scale: Scale }): VNode {
  return (
    <svg class="axis" aria-hidden="true" height="16">
      {scale.ticks.map((tick) => <text key={tick} x={scale.at(tick)} y="12" text-anchor="middle">{tick}</text>)}
    </svg>
  );
}

function Bar({ scale, rating, low, high }: { scale: Scale; rating: number; low: number | undefined; high: number | undefined }): VNode {
  return (
    <svg class="bar" aria-hidden="true" height="26">
      {scale.ticks.map((tick) => <line key={tick} class={tick === 1000 ? 'grid mean' : 'grid'} x1={scale.at(tick)} x2={scale.at(tick)} y1="0" y2="26" />)}
      {low !== undefined && high !== undefined && (
        <>
          <line class="interval" x1={scale.at(low)} x2={scale.at(high)} y1="13" y2="13" />
          <line class="interval" x1={scale.at(low)} x2={scale.at(low)} y1="9" y2="17" />
          <line class="interval" x1={scale.at(high)} x2={scale.at(high)} y1="9" y2="17" />
        </>
      )}
      <circle class="dot" cx={scale.at(rating)} cy="13" r="4.5" />
    </svg>
  );
}
