import * as z from 'zod';
import type { LeftOut } from '../domain/ratings/extract';
import { methods } from '../domain/ratings/report';
import type { RatingsReport } from '../domain/ratings/report';
import { commandParams } from './panels';

/** The leaderboard: the host sends ratings of the models that labels compare, and new ones whenever labels change. */

const options = z.object({
  /** Empty: all tasks together. */
  task: z.string().default(''),
  method: z.enum(methods).default('bradley-terry'),
  /** Length and style are held constant. */
  style: z.boolean().default(false),
  /** Empty: the preference on the whole. */
  criterion: z.string().default(''),
  /** Adjudications count in place of the labels that they settle. */
  settled: z.boolean().default(true),
  /** Labels of people who are not admitted count, too. */
  everyone: z.boolean().default(false),
});
export type BoardOptions = z.output<typeof options>;

export const leaderboardMethods = {
  ready: options,
  choose: options,
  /** Asks for a file and writes the table into it. */
  exportCsv: z.object({}),
  command: commandParams,
};
export type LeaderboardMethods = typeof leaderboardMethods;

export interface BoardModel {
  readonly source: string;
  /** The run's name, for a model that a run made. */
  readonly name: string;
}

export interface LeaderboardView {
  /** What the numbers are of; a task or criterion that is gone falls back to all. */
  readonly options: BoardOptions;
  /** Tasks with labels or with a form. */
  readonly tasks: readonly { readonly id: string; readonly title: string; readonly labels: number }[];
  /** Criteria by which there are preferences. */
  readonly criteria: readonly { readonly id: string; readonly title: string }[];
  readonly anyAdjudication: boolean;
  /** Labelers who are not admitted. */
  readonly refused: readonly string[];
  /** By the columns' numbers. */
  readonly models: readonly BoardModel[];
  readonly counts: {
    readonly labels: number;
    readonly comparisons: number;
    readonly ties: number;
    readonly prompts: number;
    readonly labelers: readonly { readonly id: string; readonly labels: number }[];
    readonly leftOut: LeftOut;
  };
  /** Absent when no two models were compared; `empty` says why. */
  readonly report?: RatingsReport;
  readonly empty?: 'no-answers' | 'one-source' | 'no-labels' | 'no-order';
  /** The models that there are answers of. */
  readonly sources: readonly string[];
}

export interface LeaderboardResults extends Record<keyof LeaderboardMethods, unknown> {
  ready: LeaderboardView & { readonly strings?: Readonly<Record<string, string>> };
  choose: LeaderboardView;
  /** The name of the file; null when the dialog was left. */
  exportCsv: string | null;
  command: null;
}

export type LeaderboardEvent = { readonly name: 'view'; readonly view: LeaderboardView };

/** Kept by the page over reloads and by the serializer over restarts. */
export const boardOptionsSchema = options;
