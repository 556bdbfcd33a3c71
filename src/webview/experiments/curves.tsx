import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { ChartSeries } from '../../base/chart';
import type { ExperimentRow, SeriesView } from '../../protocol/panels-experiments';
import { t } from '../shared/l10n';
import { Chart } from './chart';
import { titleOf } from './model';

interface Props {
  /** The chosen runs in their order, which is that of the colours. */
  readonly rows: readonly ExperimentRow[];
  readonly series: readonly SeriesView[];
  readonly metrics: readonly string[];
  readonly shown: readonly string[];
  readonly smoothing: number;
  readonly setShown: (metrics: string[]) => void;
  readonly setSmoothing: (value: number) => void;
  readonly save: (name: string, format: 'svg' | 'png', data: string) => void;
}

/** The curves of the chosen runs over each other, a chart for each metric. */
export function Curves({ rows, series, metrics, shown, smoothing, setShown, setSmoothing, save }: Props): VNode {
  const [picking, setPicking] = useState(false);
  const charts = useMemo(() => shown.map((metric) => ({ metric, series: linesOf(metric, rows, series) })), [shown.join('\n'), rows.map((r) => `${r.id} ${r.name}`).join('\n'), series]);
  return (
    <>
      <div class="line">
        <button type="button" aria-expanded={picking} onClick={() => { setPicking(!picking); }}>{t('Choose Metrics')} <span class="quiet number">{shown.length}/{metrics.length}</span></button>
        <label class="smoothing">{t('Smoothing')}
          <input type="range" min={0} max={0.99} step={0.01} value={smoothing} aria-valuetext={smoothing.toFixed(2)} onInput={(e) => { setSmoothing(Number(e.currentTarget.value)); }} />
          <span class="number">{smoothing.toFixed(2)}</span>
        </label>
      </div>
      {picking && (
        <div class="picker" role="group" aria-label={t('Metrics')}>
          {metrics.map((name) => (
            <button type="button" key={name} aria-pressed={shown.includes(name)} title={name} disabled={!shown.includes(name) && shown.length >= 12} onClick={() => { setShown(shown.includes(name) ? shown.filter((n) => n !== name) : [...shown, name]); }}>{titleOf(name)}</button>
          ))}
        </div>
      )}
      <div class="charts">
        {charts.map((c) => <Chart key={c.metric} title={titleOf(c.metric)} xLabel={t('step')} yLabel="" series={c.series} hover="step" save={save} />)}
      </div>
    </>
  );
}

/** Where lines are smoothed, the values themselves stay behind them, pale. */
function linesOf(metric: string, rows: readonly ExperimentRow[], all: readonly SeriesView[]): ChartSeries[] {
  const raw: ChartSeries[] = [];
  const lines: ChartSeries[] = [];
  const own = new Map(all.flatMap((s) => (s.metric === metric ? [[s.run, s] as const] : [])));
  rows.forEach(({ id, name }, color) => {
    const found = own.get(id);
    if (found === undefined) return;
    const { x, y, smoothed } = found;
    if (smoothed === undefined) lines.push({ name, x, y, color, marks: x.length < 60 && /^eval[_/]/.test(metric) });
    else {
      raw.push({ name, x, y, color, pale: true });
      lines.push({ name, ...smoothed, color });
    }
  });
  return [...raw, ...lines];
}
