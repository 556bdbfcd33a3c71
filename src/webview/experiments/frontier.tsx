import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { frontier } from '../../base/series';
import type { ChartSeries } from '../../base/chart';
import type { ExperimentRow, SeriesView } from '../../protocol/panels-experiments';
import { formatValue } from '../run/curves';
import { t } from '../shared/l10n';
import { Chart } from './chart';
import { frontierPairs } from './model';

interface Point {
  readonly row: ExperimentRow;
  readonly step: number;
  readonly kl: number;
  readonly reward: number;
}

/** Reward against the distance from the start: what each run paid, and which points no other beats. */
export function Frontier({ rows, series, save }: { rows: readonly ExperimentRow[]; series: readonly SeriesView[]; save: (name: string, format: 'svg' | 'png', data: string) => void }): VNode {
  const [root, setRoot] = useState(true);
  const { lines, best } = useMemo(() => chartOf(rows, series, root), [rows.map((r) => r.id).join(), series, root]);
  if (lines.length === 0) return <p class="quiet">{t('None of the chosen runs has both a reward and a distance (KL) from its start. Choose runs of PPO, or evaluations of tuned models.')}</p>;
  return (
    <>
      <label class="check"><input type="checkbox" checked={root} onChange={() => { setRoot(!root); }} />{t('√KL on the axis')}</label>
      <Chart title={t('Reward against KL')} xLabel={root ? t('√KL to the start (√nats)') : t('KL to the start (nats)')} yLabel={t('reward')} series={lines} height={360} hover="none" save={save} />
      <h3>{t('Nothing is better and nearer to the start than')}</h3>
      <table class="best">
        <thead><tr><th scope="col">{t('Run')}</th><th scope="col" class="number">{t('Step')}</th><th scope="col" class="number">{t('KL (nats)')}</th><th scope="col" class="number">{t('Reward')}</th></tr></thead>
        <tbody>{best.map((p) => <tr key={`${p.row.id} ${p.step}`}><th scope="row" dir="auto"><span class={`key c${rows.indexOf(p.row) % 8}`}><i aria-hidden="true" />{p.row.name}</span></th><td class="number">{p.step}</td><td class="number">{formatValue(p.kl)}</td><td class="number">{formatValue(p.reward)}</td></tr>)}</tbody>
      </table>
    </>
  );
}

function chartOf(rows: readonly ExperimentRow[], series: readonly SeriesView[], root: boolean): { lines: ChartSeries[]; best: Point[] } {
  const points: Point[] = [];
  const axis = (kl: number): number => (root ? Math.sqrt(Math.max(0, kl)) : kl);
  const lines: ChartSeries[] = [];
  rows.forEach((row, color) => {
    const own = pointsOf(row, series);
    if (own.length === 0) return;
    points.push(...own);
    const thin = own.length > 80 ? own.filter((_, i) => i % Math.ceil(own.length / 80) === 0 || i === own.length - 1) : own;
    lines.push({ name: row.name, x: thin.map((p) => axis(p.kl)), y: thin.map((p) => p.reward), color, marks: true, scatter: own.length > 80 });
  });
  const best = frontier(points.map((p) => [p.kl, p.reward])).map((i) => points[i]!);
  if (best.length > 1) lines.push({ name: t('frontier'), x: best.map((p) => axis(p.kl)), y: best.map((p) => p.reward), color: 7 });
  return { lines, best };
}

/** Held-out numbers where there are any, else those of training; of an evaluation its one result. */
function pointsOf(row: ExperimentRow, series: readonly SeriesView[]): Point[] {
  for (const [k, r] of frontierPairs) {
    const kl = series.find((s) => s.run === row.id && s.metric === k);
    const reward = series.find((s) => s.run === row.id && s.metric === r);
    if (!kl || !reward) continue;
    const by = new Map(reward.x.map((x, i) => [x, reward.y[i]!]));
    const found = kl.x.flatMap((step, i) => (by.has(step) ? [{ row, step, kl: kl.y[i]!, reward: by.get(step)! }] : []));
    if (found.length > 0 && row.kind !== 'evaluate') return found;
  }
  const kl = row.numbers['objective/exact_kl'];
  const reward = row.numbers['objective/scores'];
  return kl === undefined || reward === undefined ? [] : [{ row, step: row.step, kl, reward }];
}
