import { decimate, frontier, smooth } from '../base/series';
import type { Columns } from '../base/series';
import { firstMetrics } from '../protocol/metric-order';
import type { CurvesView, PaidPoint, SamplesView, SeriesView } from '../protocol/panels-experiments';
import { openSeries } from './series';
import type { RunSeries } from './series';
import type { RunView } from './view';

/** Runs whose curves are kept in memory while somebody looks, and after. */
const mostOpen = 80;
const mostAtRest = 12;
/** Points of a run that go into the chart of reward against KL, besides those that none of its own beats. */
const mostPaid = 80;

/** What of curves is wanted. */
export interface CurveQuery {
  /** None: those that matter most for the kind of the first run. */
  readonly metrics: readonly string[];
  /** Weight of the past in [0, 1), see {@link smooth}. */
  readonly smoothing: number;
  /** Most points of a curve: two for each pixel that its chart is wide show all that can be seen. */
  readonly points: number;
}

/** The curves of the runs that somebody looks at; each file is read once and then only where it has grown. */
export interface CurveReader {
  series(views: readonly RunView[], query: CurveQuery): Promise<CurvesView>;
  samples(views: readonly RunView[], step?: number): Promise<SamplesView[]>;
  /** Reward and distance from the start, of each run that has both. */
  paid(views: readonly RunView[]): Promise<PaidPoint[]>;
  /** Nobody looks any more: keeps those only that were used last. */
  rest(): void;
}

export function openCurves(): CurveReader {
  const open = new Map<string, { readonly series: RunSeries; reading: Promise<unknown> }>();

  function trim(most: number): void {
    for (const old of open.keys()) {
      if (open.size <= most) break;
      open.delete(old);
    }
  }

  async function fresh({ folder }: RunView): Promise<RunSeries> {
    const entry = open.get(folder) ?? { series: openSeries(folder), reading: Promise.resolve() };
    // Last used stand last.
    open.delete(folder);
    open.set(folder, entry);
    trim(mostOpen);
    // One reader of a file at a time: its place in the file is its own.
    const next = entry.reading.then(() => entry.series.refresh());
    entry.reading = next.catch(() => undefined);
    await next;
    return entry.series;
  }

  return {
    async series(views, query) {
      const all: [RunView, RunSeries][] = [];
      for (const view of views) all.push([view, await fresh(view)]);
      const metrics = [...new Set(all.flatMap(([, curves]) => curves.metrics()))].sort();
      const shown = query.metrics.length > 0 || all.length === 0 ? query.metrics : firstMetrics(metrics, all[0]![0].kind);
      return { metrics, shown, series: all.flatMap(([view, curves]) => shown.flatMap((metric) => seriesView(view.id, metric, curves.column(metric), query) ?? [])) };
    },
    async samples(views, step) {
      const found: SamplesView[] = [];
      for (const view of views) {
        const curves = await fresh(view);
        const steps = curves.sampleSteps();
        const at = (step === undefined ? undefined : steps.findLast((s) => s <= step)) ?? steps.at(-1) ?? null;
        const samples = at === null ? [] : curves.samples(at);
        found.push({ run: view.id, steps, step: at, samples: samples.map(({ prompt, text, reward, kl }) => ({ prompt, text, ...(reward === undefined ? {} : { reward }), ...(kl === undefined ? {} : { kl }) })) });
      }
      return found;
    },
    async paid(views) {
      const points: PaidPoint[] = [];
      for (const view of views) points.push(...thinned(paidBy(view, await fresh(view))));
      return points;
    },
    rest() {
      trim(mostAtRest);
    },
  };
}

/** Smoothed before it is reduced: the average is over steps and not over what is drawn. */
function seriesView(run: string, metric: string, column: Columns, { smoothing, points }: CurveQuery): SeriesView | undefined {
  if (column.x.length === 0) return undefined;
  const smoothed = smoothing > 0 && column.x.length > 2 ? decimate({ x: column.x, y: smooth(column.y, smoothing) }, points) : undefined;
  return { run, metric, ...short(decimate(column, points)), ...(smoothed === undefined ? {} : { smoothed: short(smoothed) }) };
}

/** Copies, since columns grow, with the seven digits that nobody's eye needs more of. */
function short({ x, y }: Columns): { x: number[]; y: number[] } {
  return { x: [...x], y: y.map((v) => Number(v.toPrecision(7))) };
}

/** Pairs of metrics that a frontier can be drawn of: what a policy has moved, and what it got for it. Held-out ones first. */
const pairs: readonly (readonly [kl: string, reward: string])[] = [
  ['eval/objective/exact_kl', 'eval/objective/scores'],
  ['objective/exact_kl', 'objective/scores'],
  ['objective/kl', 'objective/scores'],
];

/** Held-out numbers where there are any, else those of training; of an evaluation its one result. */
function paidBy(view: RunView, curves: RunSeries): PaidPoint[] {
  for (const [k, r] of view.kind === 'evaluate' ? [] : pairs) {
    const kl = curves.column(k);
    const reward = curves.column(r);
    const by = new Map(reward.x.map((x, i) => [x, reward.y[i]!]));
    const found = kl.x.flatMap((step, i) => (by.has(step) ? [{ run: view.id, step, kl: kl.y[i]!, reward: by.get(step)! }] : []));
    if (found.length > 0) return found;
  }
  const numbers = { ...view.metrics, ...view.summary };
  const [kl, reward] = [numbers['objective/exact_kl'], numbers['objective/scores']];
  return kl === undefined || reward === undefined ? [] : [{ run: view.id, step: view.step, kl, reward }];
}

/** Some of many points; those that none of the run's own beats stay, so that the frontier of all runs is the true one. */
function thinned(points: readonly PaidPoint[]): PaidPoint[] {
  const best = new Set(frontier(points.map((p) => [p.kl, p.reward])));
  const every = Math.ceil(points.length / mostPaid);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1 || best.has(i));
}
