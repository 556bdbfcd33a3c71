import * as z from 'zod';
import type { ReAskedReport } from '../domain/contradictions';
import type { Said } from '../domain/form';
import type { Stretch } from '../domain/masking';
import { verdicts } from '../domain/records';
import type { ScreeningResult } from '../domain/screening';
import type { TaskForm } from '../domain/tasks';
import { commandParams } from './panels';

/** The labeling panel: the page shows one item and sends back one judgement. Answers stand in *shown* order on this wire. */

const mark = z.object({ start: z.int().min(0), end: z.int().min(1), tag: z.string() });

/** What a labeler has said about an item, by position on screen; see `src/domain/form.ts`. */
export const saidSchema = z.object({
  verdict: z.enum(verdicts),
  /** Competition ranks by shown position, null where unranked. */
  ranks: z.array(z.int().min(1).max(9).nullable()).min(1).max(9),
  /** What a null rank means: worse than every ranked answer, or not compared. */
  rest: z.enum(['subset', 'top_k']),
  /** By the id of the field. */
  values: z.record(z.string(), z.union([z.boolean(), z.number(), z.string(), z.array(z.string()), z.array(mark)])),
}) satisfies z.ZodType<Said>;

export const rankingMethods = {
  /** The page is up and wants a snapshot; `current` is the item it showed before a reload, `again` whether that was judged already. What a page remembers may be old. */
  ready: z.object({ current: z.string().optional(), again: z.boolean().optional() }),
  /** `ms`: time the item was in view. */
  submit: z.object({ id: z.string(), said: saidSchema, touched: z.literal(true), ms: z.number().min(0) }),
  undo: z.object({}),
  redo: z.object({}),
  /** To the judged item before the one that is shown; to the one after it, and at last back to the queue. */
  back: z.object({}),
  forward: z.object({}),
  /** What stands on the page and is not saved yet, some 300 ms after it changed. `verdict` is that of now, whether it could be saved or not; `at` is the page's time, in milliseconds. */
  draft: z.object({ id: z.string(), said: saidSchema, ms: z.number().min(0), at: z.number() }),
  /** Whether keys go to the panel: the page has the focus, and no text field in it has. */
  focus: z.object({ focused: z.boolean() }),
  command: commandParams,
};
export type RankingMethods = typeof rankingMethods;

/** A text and what is hidden in it; offsets in the true text. */
export interface ShownText {
  readonly text: string;
  readonly hidden: readonly Stretch[];
}

export interface PanelMessage extends ShownText {
  readonly role: string;
}

export interface RankingItem {
  /** Its key (`itemKey`). */
  readonly id: string;
  readonly prompt: readonly PanelMessage[];
  /** In shown order; who wrote which stays with the host. */
  readonly answers: readonly ShownText[];
}

export type RankingMode = 'label' | 'screening' | 'adjudicate' | 'contradicted';

export interface RankingView {
  /** Absent when nothing is left to judge. */
  readonly item?: RankingItem;
  /** The set of answers that was asked for, if one was. */
  readonly batch?: string;
  readonly form: TaskForm;
  readonly mode: RankingMode;
  readonly done: number;
  readonly total: number;
  /** Over this labeler's last labels; absent before the third. */
  readonly perMinute?: number;
  readonly labeler: string;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly canBack: boolean;
  readonly canForward: boolean;
  /** What was said before: taken back by an undo, looked at again (a change is saved as a change), or not saved yet. */
  readonly before?: { readonly said: Said; readonly from: 'undo' | 'label' | 'draft'; readonly ms?: number; readonly at?: number };
  /** Of an item looked at again: the how-manieth of the labeler's it is, oldest first. */
  readonly again?: { readonly at: number; readonly of: number };
  /** In adjudication: what the others said, without their names. */
  readonly others?: readonly Said[];
  /** Of a screening that is finished. */
  readonly result?: ScreeningResult;
  /** When all labels that reward models contradict were asked again: what became of them. */
  readonly reAsked?: ReAskedReport;
  /** What the labeler should know: items come in random order since nothing is scored yet; a mask that cannot be used; where nothing can be asked about, why. */
  readonly notices?: readonly RankingNotice[];
  readonly trusted: boolean;
}

export type RankingNotice = { readonly about: 'no-scores' } | { readonly about: 'mask' | 'task' | 'left-out'; readonly message: string };

export interface RankingResults extends Record<keyof RankingMethods, unknown> {
  /** `strings`: translations for the page, where there are any. */
  ready: RankingView & { readonly strings?: Readonly<Record<string, string>> };
  submit: RankingView;
  undo: RankingView;
  redo: RankingView;
  back: RankingView;
  forward: RankingView;
  draft: null;
  focus: null;
  command: null;
}

/** What a contributed key asks the page to do. */
export const rankingActions = ['rank', 'next', 'previous', 'moveUp', 'moveDown', 'tie', 'restWorse', 'allBad', 'unsure', 'skip', 'submit', 'undo', 'redo', 'help', 'expand', 'nextField', 'previousField', 'answers', 'flags', 'rationale', 'diff', 'guideline', 'back', 'forward'] as const;
export type RankingAction = (typeof rankingActions)[number];

export type RankingEvent =
  | { readonly name: 'action'; readonly action: RankingAction; readonly position?: number }
  /** The task, the set, the labeler or the files changed: a new snapshot. */
  | { readonly name: 'view'; readonly view: RankingView };

/** Kept by the page over reloads and by the serializer over restarts. */
export const rankingStateSchema = z.object({
  /** The name of the set of answers; absent: all of the task's. */
  batch: z.string().optional(),
  /** The id of the task; absent: the project's first. */
  task: z.string().optional(),
  /** `screening`: the entrance test, blind. `adjudicate`: settle what labelers disagree on, the most disputed first. `contradicted`: one's own labels that reward models contradict, again and blind. */
  mode: z.enum(['label', 'screening', 'adjudicate', 'contradicted']).optional(),
  /** The key of the item (`itemKey`). */
  current: z.string().optional(),
});
export type RankingState = z.infer<typeof rankingStateSchema>;
