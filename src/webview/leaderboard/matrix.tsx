import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { RatingsReport } from '../../domain/ratings/report';
import type { LeaderboardView } from '../../protocol/panels-leaderboard';
import { t } from '../shared/l10n';
import { count, percent } from './words';

interface Props {
  readonly view: LeaderboardView;
  readonly report: RatingsReport;
  readonly order: readonly number[];
}

/** Models of which the whole matrix is drawn at once. */
const few = 20;

/** How often the row's model was preferred to the column's. */
export function Matrix({ view, report, order }: Props): VNode {
  const [all, setAll] = useState(false);
  const shown = all ? order : order.slice(0, few);
  const n = view.models.length;
  const { wins, counts } = report.matrix;
  const name = (i: number): string => view.models[i]!.name;
  return (
    <section aria-label={t('Win matrix')}>
      <h2>{t('Win matrix')}</h2>
      <p class="quiet">{t('How often the model of the row was preferred to that of the column, ties as half; below it the number of comparisons.')}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('Win matrix')}>
        <table class="matrix">
          <thead>
            <tr>
              <td />
              {shown.map((j, place) => <th scope="col" key={j} title={name(j)}><span aria-hidden="true">{place + 1}</span><span class="hidden-from-eyes">{name(j)}</span></th>)}
            </tr>
          </thead>
          <tbody>
            {shown.map((i, place) => (
              <tr key={i}>
                <th scope="row" dir="auto"><span class="quiet number">{place + 1}</span> {name(i)}</th>
                {shown.map((j) => {
                  const total = wins[i * n + j]! + wins[j * n + i]!;
                  if (i === j) return <td key={j} class="self" />;
                  if (total === 0) return <td key={j} class="quiet">–</td>;
                  const share = wins[i * n + j]! / total;
                  return <td key={j} class={heat(share)} title={t('{0} against {1}', name(i), name(j))}><span>{percent(share)}</span><small class="number">{count(counts[i * n + j]!)}</small></td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {order.length > few && !all && <button type="button" class="link" onClick={() => { setAll(true); }}>{t('Show all {0} models', order.length)}</button>}
    </section>
  );
}

/** Five steps of warmth each way. */
function heat(share: number): string {
  const step = Math.min(5, Math.ceil(Math.abs(share - 0.5) * 10 - 1e-9));
  return step === 0 ? 'even' : `${share > 0.5 ? 'up' : 'down'}-${step}`;
}
