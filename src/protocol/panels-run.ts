import * as z from 'zod';
import type { ModelReport } from '../domain/model-report';
import type { RunEvent } from './events';
import type { RunKind } from './run';

/** The run view: the host sends a snapshot, then what is new; the page only draws and asks for the actions below. */

export const runMethods = {
  ready: z.object({}),
  act: z.object({ action: z.enum(['stop', 'resume', 'cancel', 'openReport', 'openLog', 'revealFolder']) }),
};
export type RunMethods = typeof runMethods;
export type RunPageAction = z.output<RunMethods['act']>['action'];

/** What the top of the page shows. States are those of `src/jobs/view.ts`. */
export interface RunHeader {
  readonly id: string;
  readonly kind: RunKind;
  readonly name: string;
  readonly state: 'queued' | 'starting' | 'running' | 'stopping' | 'stopped' | 'interrupted' | 'failed' | 'finished' | 'cancelled';
  readonly step: number;
  readonly total: number;
  readonly percent: number;
  readonly secondsLeft?: number;
  /** Place in the queue, 1 is next. */
  readonly position?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly error?: string;
  readonly warnings: readonly string[];
  readonly plan?: string;
  readonly checkpoint?: number;
  readonly summary?: Readonly<Record<string, number>>;
  /** Of a run that was made with several seeds: what became of all of them. */
  readonly seeds?: string;
  /** Whether processes may be started here. */
  readonly trusted: boolean;
}

export interface RunSnapshot {
  readonly header: RunHeader;
  /** Every event so far, each step once. */
  readonly events: readonly RunEvent[];
  /** What the run was asked to do: dotted name and value. */
  readonly settings: readonly (readonly [string, string])[];
  readonly log: string;
  /** What a finished reward or rule run says of its model. */
  readonly report?: ModelReport;
  readonly strings?: Readonly<Record<string, string>>;
}

export interface RunResults extends Record<keyof RunMethods, unknown> {
  ready: RunSnapshot;
  act: null;
}

/** `restart`: the events are all there are, not what came since. */
export type RunPageEvent = { readonly name: 'update'; readonly header: RunHeader; readonly events: readonly RunEvent[]; readonly restart?: boolean; readonly log?: string; readonly report?: ModelReport };

export const runStateSchema = z.object({ run: z.string() });
export type RunPanelState = z.infer<typeof runStateSchema>;
