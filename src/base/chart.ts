import type { Columns } from './series';
import { decimate } from './series';

/** One line of a chart. */
export interface ChartSeries extends Columns {
  readonly name: string;
  /** Which colour of the palette, and which dashes beyond it; the place in the list when left out. */
  readonly color?: number;
  /** Points alone, without a line between them. */
  readonly scatter?: boolean;
  /** Points on the line, too. */
  readonly marks?: boolean;
  /** Drawn pale: what a smoothed line was before. */
  readonly pale?: boolean;
}

export interface ChartInput {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** The least range of x that is shown, e.g. from 0 to the last step that will be. */
  readonly xRange?: readonly [number, number];
}

/** Where everything of a chart lies, in pixels: drawn as elements in a page, as text of an SVG file, or on a canvas. */
export interface ChartLayout {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly width: number;
  readonly height: number;
  readonly plot: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
  readonly xTicks: readonly { readonly at: number; readonly text: string }[];
  readonly yTicks: readonly { readonly at: number; readonly text: string }[];
  readonly lines: readonly { readonly name: string; readonly color: number; readonly dash: string; readonly pale: boolean; /** Path data of SVG; empty for points alone. */ readonly d: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
  /** Pixel → value on the axis of x, and back. */
  readonly toX: (pixel: number) => number;
  readonly xOf: (value: number) => number;
  readonly yOf: (value: number) => number;
}

export const paletteSize = 8;
const dashes = ['', '6 3', '2 3', '8 3 2 3'] as const;

/** The dashes of the n-th line: the colours come round again, and then the lines differ by their dashes. */
export function dashOf(n: number): string {
  return dashes[Math.floor(n / paletteSize) % dashes.length]!;
}

/** Lays a chart out. Values that are not finite break a line and are not shown. */
export function layoutChart(input: ChartInput): ChartLayout {
  const { series, width, height } = input;
  const plot = { left: 58, top: 8, right: width - 18, bottom: height - 34 };
  const finite = series.map(({ x, y }) => x.map((_, i) => i).filter((i) => Number.isFinite(x[i]) && Number.isFinite(y[i])));
  const all = (pick: (s: ChartSeries) => readonly number[]): [number, number] =>
    series.reduce<[number, number]>(([low, high], s, n) => finite[n]!.reduce<[number, number]>(([l, h], i) => [Math.min(l, pick(s)[i]!), Math.max(h, pick(s)[i]!)], [low, high]), [Infinity, -Infinity]);
  const [x0, x1] = widened(all((s) => s.x), input.xRange, 0);
  const [y0, y1] = widened(all((s) => s.y), undefined, 0.04);
  const xOf = (v: number): number => plot.left + ((v - x0) / (x1 - x0)) * (plot.right - plot.left);
  const yOf = (v: number): number => plot.bottom - ((v - y0) / (y1 - y0)) * (plot.bottom - plot.top);
  return {
    ...{ title: input.title, xLabel: input.xLabel, yLabel: input.yLabel, width, height, plot, xOf, yOf },
    toX: (pixel) => x0 + ((pixel - plot.left) / (plot.right - plot.left)) * (x1 - x0),
    xTicks: ticks(x0, x1, Math.max(2, Math.floor((plot.right - plot.left) / 80))).map((v) => ({ at: xOf(v), text: tickText(v) })),
    yTicks: ticks(y0, y1, Math.max(2, Math.floor((plot.bottom - plot.top) / 36))).map((v) => ({ at: yOf(v), text: tickText(v) })),
    lines: series.map((s, n) => {
      const drawn = decimate({ x: finite[n]!.map((i) => s.x[i]!), y: finite[n]!.map((i) => s.y[i]!) }, 2 * Math.round(plot.right - plot.left));
      const points = drawn.x.map((x, i) => [round(xOf(x)), round(yOf(drawn.y[i]!))] as const);
      const alone = points.length < 2;
      const color = s.color ?? n;
      return {
        name: s.name,
        color: color % paletteSize,
        dash: dashOf(color),
        pale: s.pale === true,
        d: s.scatter === true || alone ? '' : points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join(''),
        points: s.scatter === true || s.marks === true || alone ? points : [],
      };
    }),
  };
}

const round = (v: number): number => Math.round(v * 10) / 10;

function widened([low, high]: [number, number], range: readonly [number, number] | undefined, margin: number): [number, number] {
  let a = Math.min(low, range?.[0] ?? Infinity);
  let b = Math.max(high, range?.[1] ?? -Infinity);
  if (!(a <= b)) [a, b] = [0, 1];
  // Less than this apart, values are one: their difference is rounding, and no tick would fit between them.
  const size = Math.max(Math.abs(a), Math.abs(b));
  if (!(b - a > 1e-9 * size) || size < 1e-300) [a, b] = size < 1e-300 ? [-0.5, 0.5] : [a - size / 2, b + size / 2];
  return [a - margin * (b - a), b + margin * (b - a)];
}

/** Round numbers within a range, about `n` of them. */
export function ticks(low: number, high: number, n: number): number[] {
  const rough = (high - low) / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const found: number[] = [];
  // Multiples of the step and not sums of it, so that 0.30000000000000004 is no tick.
  for (let k = first; k * step <= high + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/** A number as an axis has room for it. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  return String(Number(value.toPrecision(5)));
}
