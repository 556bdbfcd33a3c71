import { flatten } from '../base/flatten';
import type { RunNote } from '../protocol/experiments';
import type { ExperimentRow } from '../protocol/panels-experiments';
import type { RunSpec } from '../protocol/run';
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

/** What a run was asked to do, as dotted names with values; models by path and hash, the data by its hash. Made once a run: `run.json` never changes. */
export function settingsOf(spec: RunSpec): Readonly<Record<string, string>> {
  const known = settings.get(spec);
  if (known !== undefined) return known;
  const { seed, seedGroup, device, models, params, hashes, versions } = spec;
  const made = Object.fromEntries(flatten({ ...params, seed, seedGroup, device, models, hashes, versions: { plumbline: versions['plumbline'] } }));
  settings.set(spec, made);
  return made;
}
const settings = new WeakMap<RunSpec, Readonly<Record<string, string>>>();

/** The settings that are not the same in all of these runs: name and each run's value (undefined where it has none), in the order of the names. Pure. */
export function differingSettings(rows: readonly Pick<ExperimentRow, 'settings'>[]): [name: string, values: (string | undefined)[]][] {
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.settings)))].sort();
  return names
    .map((name): [string, (string | undefined)[]] => [name, rows.map((r) => r.settings[name])])
    .filter(([, values]) => values.some((v) => v !== values[0]));
}

/** The runs that a comparison opens with: the newest ones of the newest kind that has curves. @param views newest first */
export function firstChosen(views: readonly RunView[]): string[] {
  const moved = views.filter((r) => r.step > 1);
  const kind = moved.find((r) => ['ppo', 'dpo', 'sft', 'reward'].includes(r.kind))?.kind ?? moved[0]?.kind;
  return moved.filter((r) => r.kind === kind).slice(0, 5).map((r) => r.id);
}
