import * as z from 'zod';
import type { AgreementReport } from '../domain/agreement/report';
import type { ScreeningResult } from '../domain/screening';
import { commandParams } from './panels';

/** The agreement panel: the host sends the numbers of one task, and new ones whenever labels change. */

export const agreementMethods = {
  ready: z.object({ task: z.string().optional() }),
  task: z.object({ task: z.string() }),
  /** Opens a disputed item in the labeling panel, to be settled. */
  settle: z.object({ key: z.string() }),
  /** Admits or refuses a labeler; null takes the decision back. */
  admit: z.object({ labeler: z.string().min(1), admitted: z.boolean().nullable() }),
  /** A command of the editor, about the task that is shown. */
  command: commandParams,
};
export type AgreementMethods = typeof agreementMethods;

/** What the project says of a labeler, and how the screening went. */
export interface LabelerStanding {
  readonly id: string;
  readonly name?: string;
  readonly simulated?: boolean;
  /** What project.json says; absent: nothing. */
  readonly admitted?: boolean;
  /** Whether the labels enter training, as things stand. */
  readonly inTraining: boolean;
  /** Why, in words. */
  readonly why: string;
  /** Absent when there are no screening items for this task. */
  readonly screening?: ScreeningResult;
}

export interface AgreementView {
  readonly tasks: readonly { readonly id: string; readonly title: string }[];
  readonly task: string;
  /** Absent until the first numbers are there. */
  readonly report?: AgreementReport;
  /** New numbers are on their way; those that show are of before. */
  readonly computing: boolean;
  /** What the disputed items ask, by key: a line. */
  readonly asked: Readonly<Record<string, string>>;
  readonly labelers: readonly LabelerStanding[];
  readonly me: string;
  readonly screening: { readonly items: number; readonly threshold: number; readonly rule: 'rate' | 'lower-bound'; readonly required: boolean };
}

export interface AgreementResults extends Record<keyof AgreementMethods, unknown> {
  ready: AgreementView & { readonly strings?: Readonly<Record<string, string>> };
  task: AgreementView;
  settle: null;
  admit: null;
  command: null;
}

export type AgreementEvent = { readonly name: 'view'; readonly view: AgreementView };

/** Kept by the page over reloads and by the serializer over restarts. */
export const agreementStateSchema = z.object({ task: z.string().optional() });
export type AgreementState = z.infer<typeof agreementStateSchema>;
