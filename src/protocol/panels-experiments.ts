import * as z from 'zod';
import type { RunNote } from './experiments';
import { commandParams } from './panels';
import type { Provenance } from './provenance';
import type { RunKind } from './run';

/** The experiment panel: every run in a table, curves, parameters and answers of the chosen ones beside each other. */

const run = z.string().min(1).max(300);
const runs = z.array(run).max(60);

export const experimentsMethods = {
  /** `chosen`: the runs that were compared before. */
  ready: z.object({ chosen: runs }),
  /** Curves for charts, reduced to `points`; a metric that a run does not have has no line. Without metrics: those that matter most for the first run. */
  series: z.object({ runs, metrics: z.array(z.string().max(200)).max(12), smoothing: z.number().min(0).max(0.99), points: z.int().min(100).max(8000) }),
  /** Reward and distance from the start, step by step. */
  paid: z.object({ runs }),
  /** The answers of the chosen runs at their last evaluation, or at the last one not after `step`. */
  samples: z.object({ runs: z.array(run).max(8), step: z.int().min(0).optional() }),
  note: z.object({
    run,
    star: z.boolean().optional(),
    note: z.string().max(20_000).optional(),
    addTags: z.array(z.string().trim().min(1).max(60)).max(50).optional(),
    removeTags: z.array(z.string().max(60)).max(50).optional(),
  }),
  provenance: z.object({ run }),
  /** Asks where to and writes a chart or table that the page has made. `png` is base64. */
  save: z.object({ name: z.string().max(120), format: z.enum(['svg', 'png', 'csv']), data: z.string().max(40_000_000) }),
  act: z.object({ run, action: z.enum(['open', 'reproduce', 'report', 'stop', 'resume']) }),
  command: commandParams,
};
export type ExperimentsMethods = typeof experimentsMethods;
export type ExperimentAction = z.output<ExperimentsMethods['act']>['action'];

/** One run in the table. */
export interface ExperimentRow extends RunNote {
  readonly id: string;
  readonly kind: RunKind;
  readonly name: string;
  /** Those of `src/jobs/view.ts`. */
  readonly state: 'queued' | 'starting' | 'running' | 'stopping' | 'stopped' | 'interrupted' | 'failed' | 'finished' | 'cancelled';
  readonly createdAt: string;
  /** From its first word to its last, or till now. */
  readonly seconds: number | null;
  readonly step: number;
  readonly total: number;
  readonly percent: number;
  /** The summary of a finished run, over the latest values of its metrics. */
  readonly numbers: Readonly<Record<string, number>>;
  /** What it was asked to do: dotted name and value. */
  readonly settings: Readonly<Record<string, string>>;
  readonly error?: string;
}

export interface SeriesView {
  readonly run: string;
  readonly metric: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** The curve smoothed, where that was asked for. */
  readonly smoothed?: { readonly x: readonly number[]; readonly y: readonly number[] };
}

export interface CurvesView {
  readonly series: readonly SeriesView[];
  /** All metrics of these runs. */
  readonly metrics: readonly string[];
  /** Those of the series. */
  readonly shown: readonly string[];
}

/** Where a run was at a step. KL in nats. */
export interface PaidPoint {
  readonly run: string;
  readonly step: number;
  readonly kl: number;
  readonly reward: number;
}

export interface SamplesView {
  readonly run: string;
  /** All steps with answers, ascending. */
  readonly steps: readonly number[];
  /** That of the answers; null when there are none. */
  readonly step: number | null;
  readonly samples: readonly { readonly prompt: string; readonly text: string; readonly reward?: number; readonly kl?: number }[];
}

/** Runs that differ by their seed only, and what became of them. */
export interface SeedGroupView {
  readonly name: string;
  readonly says: string;
  readonly runs: readonly string[];
}

export interface ExperimentsView {
  readonly rows: readonly ExperimentRow[];
  /** The runs to compare: those of before that are still there, else the newest. */
  readonly chosen: readonly string[];
  /** Newest first. */
  readonly groups: readonly SeedGroupView[];
  readonly trusted: boolean;
  readonly strings?: Readonly<Record<string, string>>;
}

export interface ExperimentsResults extends Record<keyof ExperimentsMethods, unknown> {
  ready: ExperimentsView;
  series: CurvesView;
  paid: readonly PaidPoint[];
  samples: readonly SamplesView[];
  note: ExperimentRow;
  provenance: Provenance;
  /** The name of the file; null when the dialog was left. */
  save: string | null;
  act: null;
  command: null;
}

export type ExperimentsEvent = { readonly name: 'rows'; readonly rows: readonly ExperimentRow[]; readonly removed: readonly string[]; readonly groups: readonly SeedGroupView[] };

/** Kept by the page over reloads and restarts. */
export const experimentsStateSchema = z.object({
  chosen: z.array(run).max(60).default([]),
  tab: z.enum(['curves', 'parameters', 'answers', 'frontier', 'provenance']).default('curves'),
  metrics: z.array(z.string().max(200)).max(12).default([]),
  smoothing: z.number().min(0).max(0.99).default(0),
  sort: z.object({ by: z.string().max(200), down: z.boolean() }).default({ by: 'createdAt', down: true }),
  text: z.string().max(500).default(''),
  kind: z.string().max(40).default(''),
  state: z.string().max(40).default(''),
  tag: z.string().max(60).default(''),
  starred: z.boolean().default(false),
});
export type ExperimentsState = z.output<typeof experimentsStateSchema>;
