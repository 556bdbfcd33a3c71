import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { frontier } from '../../base/series';
import type { ChartSeries } from '../../base/chart';
import type { ExperimentRow, PaidPoint } from '../../protocol/panels-experiments';
import { formatValue } from '../run/curves';
import { t } from '../shared/l10n';
import { Chart } from './chart';

/** Reward against the distance from the start: what each run paid, and which points no other beats. */
export function Frontier({ rows, points, save }: { rows: readonly ExperimentRow[]; points: readonly PaidPoint[]; save: (name: string, format: 'svg' | 'png', data: string) => void }): VNode {
  const [root, setRoot] = useState(true);
  const { lines, best } = useMemo(() => chartOf(rows, points, root), [rows.map((r) => r.id).join(), points, root]);
  if (lines.length === 0) return <p class="quiet">{t('None of the chosen runs has both a reward and a distance (KL) from its start. Choose runs of PPO, or evaluations of tuned models.')}</p>;
  return (
    <>
      <label class="check"><input type="checkbox" checked={root} onChange={() => { setRoot(!root); }} />{t('√KL on the axis')}</label>
      <Chart title={t('Reward against KL')} xLabel={root ? t('√KL to the start (√nats)') : t('KL to the start (nats)')} yLabel={t('reward')} series={lines} height={360} hover="none" save={save} />
      <h3>{t('Nothing is better and nearer to the start than')}</h3>
      <table class="best">
        <thead><tr><th scope="col">{t('Run')}</th><th scope="col" class="number">{t('Step')}</th><th scope="col" class="number">{t('KL (nats)')}</th><th scope="col" class="number">{t('Reward')}</th></tr></thead>
        <tbody>{best.map((p) => <tr key={`${p.run} ${p.step}`}><th scope="row" dir="auto"><span class={`key c${p.place % 8}`}><i aria-hidden="true" />{rows[p.place]?.name}</span></th><td class="number">{p.step}</td><td class="number">{formatValue(p.kl)}</td><td class="number">{formatValue(p.reward)}</td></tr>)}</tbody>
      </table>
    </>
  );
}

interface Placed extends PaidPoint {
  /** Of its run among the rows, which is that of its colour. */
  readonly place: number;
}

function chartOf(rows: readonly ExperimentRow[], all: readonly PaidPoint[], root: boolean): { lines: ChartSeries[]; best: Placed[] } {
  const points: Placed[] = [];
  const axis = (kl: number): number => (root ? Math.sqrt(Math.max(0, kl)) : kl);
  const lines: ChartSeries[] = [];
  rows.forEach((row, place) => {
    const own = all.filter((p) => p.run === row.id);
    if (own.length === 0) return;
    points.push(...own.map((p) => ({ ...p, place })));
    lines.push({ name: row.name, x: own.map((p) => axis(p.kl)), y: own.map((p) => p.reward), color: place, marks: true, scatter: own.length > 60 });
  });
  const best = frontier(points.map((p) => [p.kl, p.reward])).map((i) => points[i]!);
  if (best.length > 1) lines.push({ name: t('frontier'), x: best.map((p) => axis(p.kl)), y: best.map((p) => p.reward), color: 7 });
  return { lines, best };
}
