import type { VNode } from 'preact';
import { memo } from 'preact/compat';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { layoutChart } from '../../base/chart';
import type { ChartLayout, ChartSeries } from '../../base/chart';
import { paper, svgOf } from '../../base/chart-svg';
import { placeOf } from '../../base/series';
import { formatValue } from '../run/curves';
import { t } from '../shared/l10n';
import { chartWidth } from './model';
import { pngOf } from './png';

export interface ChartProps {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  readonly height?: number;
  /** How the value under the pointer is found: by step, or the nearest point. */
  readonly hover: 'step' | 'none';
  readonly save: (name: string, format: 'svg' | 'png', data: string) => void;
}

/** A chart of several lines with its values under the pointer. Elements and text only: names of runs are other people's. */
export function Chart({ title, xLabel, yLabel, series, height = 210, hover, save }: ChartProps): VNode {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(() => chartWidth(document.documentElement.clientWidth));
  const [at, setAt] = useState<number>();
  useEffect(() => {
    const element = place.current!;
    const observer = new ResizeObserver(() => {
      setWidth(Math.max(240, Math.round(element.clientWidth)));
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  const layout = useMemo(() => layoutChart({ title: '', xLabel, yLabel, series, width, height }), [series, width, height, xLabel, yLabel]);
  const named = series.filter((s) => s.pale !== true);
  const valuesAt = (x: number | undefined): { name: string; color: number; value: number | undefined }[] => named.map((s) => {
    const i = x === undefined ? s.x.length - 1 : placeOf(s.x, x);
    return { name: s.name, color: s.color ?? 0, value: i < 0 ? undefined : s.y[i] };
  });
  const values = valuesAt(at).slice(0, 12);
  const says = useMemo(() => `${title}: ${valuesAt(undefined).map((v) => `${v.name} ${v.value === undefined ? '–' : formatValue(v.value)}`).join(', ')}`, [title, series]);
  const whole = (format: 'svg' | 'png'): void => {
    const drawn = layoutChart({ title, xLabel, yLabel, series, width: 760, height: 380 });
    save(title, format, format === 'svg' ? svgOf(drawn, paper, true) : pngOf(drawn, paper, true));
  };
  const step = at === undefined ? undefined : Math.max(0, Math.round(at));
  return (
    <figure class="chart" aria-label={says}>
      <figcaption>
        <span class="name">{title}</span>
        <span class="quiet number">{step !== undefined && hover === 'step' ? t('step {0}', step) : ''}</span>
        <span class="spacer" />
        <button type="button" class="plain small" onClick={() => { whole('svg'); }} aria-label={t('Export {0} as SVG', title)}>SVG</button>
        <button type="button" class="plain small" onClick={() => { whole('png'); }} aria-label={t('Export {0} as PNG', title)}>PNG</button>
      </figcaption>
      <div class="place" ref={place} onPointerMove={hover === 'none' ? undefined : (e) => { setAt(layout.toX(e.clientX - place.current!.getBoundingClientRect().left)); }} onPointerLeave={() => { setAt(undefined); }}>
        <Plot layout={layout} xLabel={xLabel} yLabel={yLabel} />
        {/* Over the drawing and not in it: what moves with the pointer must not make sixty curves be painted again. */}
        {at !== undefined && hover === 'step' && <div class="cursor" style={{ transform: `translateX(${layout.xOf(at)}px)`, top: `${layout.plot.top}px`, height: `${layout.plot.bottom - layout.plot.top}px` }} />}
      </div>
      <ul class="values">
        {values.map((v, i) => <li key={i} class={`c${v.color % 8}`}><i aria-hidden="true" /><span class="who" dir="auto">{v.name}</span> {hover === 'step' && <span class="number">{v.value === undefined ? '–' : formatValue(v.value)}</span>}</li>)}
        {named.length > 12 && <li class="quiet">{t('and {0} more', named.length - 12)}</li>}
      </ul>
    </figure>
  );
}

/** The axes and lines of a chart; drawn when they change. */
const Plot = memo(function Plot({ layout, xLabel, yLabel }: { layout: ChartLayout; xLabel: string; yLabel: string }): VNode {
  const { plot } = layout;
  return (
    <svg width={layout.width} height={layout.height} viewBox={`0 0 ${layout.width} ${layout.height}`} aria-hidden="true">
      {layout.yTicks.map(({ at: y, text }) => [<line key={`l${text}`} class="grid" x1={plot.left} x2={plot.right} y1={y} y2={y} />, <text key={`t${text}`} x={plot.left - 6} y={y + 4} text-anchor="end">{text}</text>])}
      {layout.xTicks.map(({ at: x, text }) => <text key={text} x={x} y={plot.bottom + 15} text-anchor="middle">{text}</text>)}
      <text x={(plot.left + plot.right) / 2} y={plot.bottom + 30} text-anchor="middle">{xLabel}</text>
      {yLabel !== '' && <text transform={`translate(12 ${(plot.top + plot.bottom) / 2}) rotate(-90)`} text-anchor="middle">{yLabel}</text>}
      {layout.lines.map((l, i) => (
        <g key={`${i} ${l.name}`} class={`line c${l.color}${l.pale ? ' pale' : ''}`}>
          {l.d !== '' && <path d={l.d} stroke-dasharray={l.dash === '' ? undefined : l.dash} />}
          {l.points.map(([x, y], n) => <circle key={n} cx={x} cy={y} r="3" />)}
        </g>
      ))}
    </svg>
  );
});
