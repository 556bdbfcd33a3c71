import * as z from 'zod';
import type { PartName } from '../domain/task-draft';
import { partNames } from '../domain/task-draft';
import type { Uses } from '../domain/task-uses';
import type { TaskSource } from '../domain/tasks';
import { commandParams } from './panels';

/**
 * The task form: the page gets the parts of project.json that tasks are made of, word for word, and sends them back
 * changed. `base` names the state of the file that a draft began with, so that nothing written meanwhile is lost unseen.
 */

/** The four lists, of objects with an id. What else must hold is checked when the file is written. */
const parts = z.custom<TaskSource>(
  (value) => typeof value === 'object' && value !== null && partNames.every((part) => part in value && isNamedList((value as Record<PartName, unknown>)[part])),
  'the lists of tasks, criteria, questions and rules',
);

function isNamedList(value: unknown): boolean {
  return Array.isArray(value) && value.every((element: unknown) => typeof element === 'object' && element !== null && typeof (element as { id?: unknown }).id === 'string');
}

export const taskMethods = {
  ready: z.object({}),
  /** `base`: that of the view that the draft began with. */
  save: z.object({ parts, base: z.string() }),
  /** Opens project.json at a place in it. */
  openJson: z.object({ path: z.array(z.union([z.string(), z.int().min(0)])).max(9) }),
  /** Opens the labeling panel with a task that is saved. */
  label: z.object({ task: z.string() }),
  command: commandParams,
};
export type TaskMethods = typeof taskMethods;

export interface TaskView {
  /** As they stand in the file, unknown fields too. */
  readonly parts: TaskSource;
  readonly base: string;
  /** The file cannot be edited by a form before these are mended in it. */
  readonly faults: readonly string[];
  /** Names of the sets of answers. */
  readonly sets: readonly string[];
}

/** What is to be shown: a task by its id, or what a new one can be made from. */
export interface TaskShow {
  readonly task?: string;
  readonly create?: boolean;
}

export interface TaskResults extends Record<keyof TaskMethods, unknown> {
  ready: { readonly view: TaskView; readonly show: TaskShow; readonly strings?: Readonly<Record<string, string>> };
  /** `saved: false`: the file was changed meanwhile and nothing was written; the view is what stands in it now. */
  save: { readonly saved: boolean; readonly view: TaskView };
  openJson: null;
  label: null;
  command: null;
}

export type TaskEvent =
  | { readonly name: 'view'; readonly view: TaskView }
  /** How many labels name what. */
  | { readonly name: 'uses'; readonly uses: Uses }
  | { readonly name: 'show'; readonly show: TaskShow };

/** Kept over restarts. */
export const taskStateSchema = z.object({ task: z.string().exactOptional(), create: z.boolean().exactOptional() });
export type TaskState = z.infer<typeof taskStateSchema>;
