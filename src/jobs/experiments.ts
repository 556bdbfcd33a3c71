import { join } from 'node:path';
import { flatten } from '../base/flatten';
import { decimate } from '../base/series';
import type { RunNote } from '../protocol/experiments';
import type { ExperimentRow, SamplesView, SeriesView } from '../protocol/panels-experiments';
import type { RunSpec } from '../protocol/run';
import { readSpec } from './folder';
import { openSeries } from './series';
import type { RunSeries } from './series';
import { isActive } from './view';
import type { RunView } from './view';

/** One run as the table of experiments shows it. `now` ends the time of a run that is at work. Pure. */
export function experimentRow(view: RunView, spec: RunSpec | undefined, note: RunNote, now: number): ExperimentRow {
  const end = isActive(view.state) ? now : view.finishedAt === undefined ? undefined : Date.parse(view.finishedAt);
  return {
    ...{ id: view.id, kind: view.kind, name: view.name, state: view.state, createdAt: view.createdAt, step: view.step, total: view.total, percent: view.percent },
    seconds: view.startedAt === undefined || end === undefined ? null : Math.max(0, (end - Date.parse(view.startedAt)) / 1000),
    numbers: { ...view.metrics, ...view.summary },
    settings: spec === undefined ? {} : settingsOf(spec),
    ...note,
    ...(view.error === undefined ? {} : { error: view.error.message }),
  };
}

/** What a run was asked to do, as dotted names with values; models by path and hash, the data by its hash. */
export function settingsOf(spec: RunSpec): Record<string, string> {
  const { seed, device, models, params, hashes, versions } = spec;
  return Object.fromEntries(flatten({ ...params, seed, device, models, hashes, versions: { plumbline: versions['plumbline'] } }));
}

/** The settings that are not the same in all of these runs: name and each run's value (undefined where it has none), in the order of the names. Pure. */
export function differingSettings(rows: readonly Pick<ExperimentRow, 'settings'>[]): [name: string, values: (string | undefined)[]][] {
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.settings)))].sort();
  return names
    .map((name): [string, (string | undefined)[]] => [name, rows.map((r) => r.settings[name])])
    .filter(([, values]) => values.some((v) => v !== values[0]));
}

/** What a run was asked to do, read once a run: `run.json` never changes. */
export interface Specs {
  /** Undefined for a run whose `run.json` cannot be read any more. */
  of(view: RunView): Promise<RunSpec | undefined>;
}

export function openSpecs(): Specs {
  const known = new Map<string, Promise<RunSpec | undefined>>();
  return {
    of(view) {
      const there = known.get(view.folder);
      if (there !== undefined) return there;
      const reading = readSpec(view.folder).catch(() => undefined);
      known.set(view.folder, reading);
      return reading;
    },
  };
}

/** Most points of a curve that go to a page: what a wide screen can show, and enough for smoothing. */
const mostPoints = 4000;
/** Runs whose curves are kept in memory. */
const mostOpen = 80;

/** The curves of the runs that somebody looks at; each file is read once and then only where it has grown. */
export interface CurveReader {
  series(views: readonly RunView[], metrics: readonly string[]): Promise<{ series: SeriesView[]; metrics: string[] }>;
  samples(views: readonly RunView[], step?: number): Promise<SamplesView[]>;
}

export function openCurves(): CurveReader {
  const open = new Map<string, { readonly series: RunSeries; reading: Promise<unknown> }>();

  async function fresh(view: RunView): Promise<RunSeries> {
    const folder = join(view.folder);
    const entry = open.get(folder) ?? { series: openSeries(folder), reading: Promise.resolve() };
    // Last used stand last.
    open.delete(folder);
    open.set(folder, entry);
    for (const old of open.keys()) {
      if (open.size <= mostOpen) break;
      open.delete(old);
    }
    // One reader of a file at a time: its place in the file is its own.
    const next = entry.reading.then(() => entry.series.refresh());
    entry.reading = next.catch(() => undefined);
    await next;
    return entry.series;
  }

  return {
    async series(views, metrics) {
      const names = new Set<string>();
      const series: SeriesView[] = [];
      for (const view of views) {
        const curves = await fresh(view);
        for (const name of curves.metrics()) names.add(name);
        for (const metric of metrics) {
          const { x, y } = decimate(curves.column(metric), mostPoints);
          if (x.length > 0) series.push({ run: view.id, metric, x: [...x], y: [...y] });
        }
      }
      return { series, metrics: [...names].sort() };
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
  };
}
