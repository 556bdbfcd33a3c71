import type { VNode } from 'preact';
import type { Rate, RateChange } from '../../domain/red-team/rates';
import { t } from '../shared/l10n';

interface Row {
  readonly title: string;
  readonly change: RateChange;
}

/** Rows of rates that say anything, under titles where there are any. */
export function rowsOf(changes: readonly RateChange[], titles: Readonly<Record<string, string>> = {}): Row[] {
  return changes.filter((c) => (c.after?.judged ?? 0) + (c.after?.waiting ?? 0) + (c.before?.judged ?? 0) > 0).map((change) => ({ title: titles[change.name] ?? change.name, change }));
}

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const signed = (x: number): string => `${x > 0 ? '+' : x < 0 ? '−' : '±'}${(100 * Math.abs(x)).toFixed(1)}`;

/** How often attacks worked, with intervals; of two runs also what has changed. */
export function RateTable({ title, two, rows }: { title: string; two: boolean; rows: readonly Row[] }): VNode | null {
  if (rows.length === 0) return null;
  return (
    <table class="rates">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col"><span class="hidden-from-eyes">{t('Name')}</span></th>
          {two && <th scope="col">{t('Before')}</th>}
          <th scope="col">{two ? t('After') : t('Share')}</th>
          {two && <th scope="col">{t('Change in points')}</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ title: name, change }) => (
          <tr key={change.name}>
            <th scope="row">{name}</th>
            {two && <Cell rate={change.before} />}
            <Cell rate={change.after} />
            {two && <td class="number">{change.change ? <><strong>{signed(change.change.difference)}</strong> <span class="quiet">[{signed(change.change.low)}, {signed(change.change.high)}]</span></> : '–'}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({ rate }: { rate: Rate | undefined }): VNode {
  const share = rate?.rate;
  if (!rate || !share) return <td class="quiet">{rate && rate.waiting > 0 ? t('{0} to be judged', rate.waiting) : '–'}</td>;
  return (
    <td>
      <span class="number"><strong>{percent(share.share)}</strong> <span class="quiet">[{percent(share.low)}, {percent(share.high)}] {t('{0} of {1}', rate.broken, rate.judged)}</span></span>
      <svg class="interval" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" x="0" y="2" width="100" height="2" />
        <rect class="range" x={100 * share.low} y="1" width={Math.max(0.5, 100 * (share.high - share.low))} height="4" />
        <rect class="point" x={Math.min(99, 100 * share.share - 0.5)} y="0" width="1" height="6" />
      </svg>
    </td>
  );
}
