import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { t } from '../shared/l10n';
import { themeColors, useTheme } from '../shared/theme';
import type { Curve } from './curves';
import { formatValue, titleOf } from './curves';

const height = 170;

/** One metric: the training values as a line, held-out values as a line with points. */
export function Chart({ curve, total }: { curve: Curve; total: number }): VNode {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [at, setAt] = useState<number>();
  const theme = useTheme();
  const both = curve.train.length > 0 && curve.held.length > 0;

  useEffect(() => {
    const element = place.current!;
    const chart = new uPlot(options(element.clientWidth, both, curve.train.length > 0, setAt), dataOf(curve), element);
    plot.current = chart;
    const observer = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
    // Made anew when its shape or the theme changes; new values go in below.
  }, [both, theme, curve.train.length > 0]);

  useEffect(() => {
    plot.current?.setData(dataOf(curve));
    plot.current?.setScale('x', { min: 0, max: Math.max(1, total, curve.train.at(-1)?.[0] ?? 0, curve.held.at(-1)?.[0] ?? 0) });
  }, [curve, total, both, theme]);

  const value = (side: Curve['train']): string => {
    const point = at === undefined ? side.at(-1) : side.findLast(([step]) => step <= at);
    return point ? formatValue(point[1]) : '–';
  };
  return (
    <figure class="chart" aria-label={`${titleOf(curve.name)}: ${value(both || curve.train.length > 0 ? curve.train : curve.held)}`}>
      <figcaption>
        <span class="name" title={curve.name}>{titleOf(curve.name)}</span>
        <span class="spacer" />
        {curve.train.length > 0 && <span class="value number train">{value(curve.train)}</span>}
        {curve.held.length > 0 && <span class="value number held" title={t('On held-out data')}>{value(curve.held)}</span>}
      </figcaption>
      <div class="plot" ref={place} />
    </figure>
  );
}

/** Steps of both sides merged; null where a side has no value. */
function dataOf(curve: Curve): uPlot.AlignedData {
  const sides = [curve.train, curve.held].filter((s) => s.length > 0).map((s) => new Map(s));
  const steps = [...new Set(sides.flatMap((s) => [...s.keys()]))].sort((a, b) => a - b);
  return [steps, ...sides.map((s) => steps.map((step) => s.get(step) ?? null))];
}

function options(width: number, both: boolean, train: boolean, onCursor: (step: number | undefined) => void): uPlot.Options {
  const color = themeColors();
  const held: uPlot.Series = { stroke: color.second, width: 1.5, spanGaps: true, points: { show: true, size: 5, fill: color.second, stroke: color.second } };
  const trained: uPlot.Series = { stroke: color.first, width: 1.75, spanGaps: true, points: { show: (u) => u.data[0].length < 3, size: 4, fill: color.first } };
  const axis = { stroke: color.quiet, font: `11px ${color.font}`, ticks: { show: false }, border: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: { x: { time: false } },
    series: [{}, ...(both ? [trained, held] : [train ? trained : held])],
    axes: [
      { ...axis, size: 22, grid: { show: false }, gap: 2, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000] },
      { ...axis, size: 52, gap: 4, space: 32, grid: { stroke: color.grid, width: 1 }, values: (_u, ticks) => ticks.map(formatValue) },
    ],
    hooks: {
      setCursor: [(u) => {
        onCursor(u.cursor.idx === null || u.cursor.idx === undefined || (u.cursor.left ?? -1) < 0 ? undefined : (u.data[0][u.cursor.idx]));
      }],
    },
  };
}
