import * as z from 'zod';
import { commandParams } from './panels';

/** The ranking panel: the page shows one item and sends back one judgement. Answers stand in *shown* order on this wire. */

export const verdicts = ['ranked', 'tie', 'all_bad', 'unsure', 'skipped', 'answered'] as const;
export type PanelVerdict = (typeof verdicts)[number];

export const rankingMethods = {
  /** The page is up and wants a snapshot; `current` is the item it showed before a reload. */
  ready: z.object({ current: z.string().optional() }),
  /** `ranks`: competition ranks by shown position, null where unranked. `ms`: time the item was in view. */
  submit: z.object({
    id: z.string(),
    verdict: z.enum(verdicts),
    ranks: z.array(z.int().min(1).max(9).nullable()).min(2).max(9),
    /** What a null rank means: worse than every ranked answer, or not compared. */
    rest: z.enum(['subset', 'top_k']),
    touched: z.literal(true),
    ms: z.number().min(0),
  }),
  undo: z.object({}),
  redo: z.object({}),
  /** Whether keys go to the ranking: the page has the focus, and no text field in it has. */
  focus: z.object({ focused: z.boolean() }),
  command: commandParams,
};
export type RankingMethods = typeof rankingMethods;

/** A judgement as it stands on this wire. */
export type Judgement = Pick<z.output<RankingMethods['submit']>, 'verdict' | 'ranks' | 'rest'>;

export interface PanelMessage {
  readonly role: string;
  readonly content: string;
}

export interface RankingItem {
  readonly id: string;
  readonly prompt: readonly PanelMessage[];
  /** In shown order; who wrote which stays with the host. */
  readonly answers: readonly string[];
}

export interface RankingView {
  /** Absent when nothing is left to rank. */
  readonly item?: RankingItem;
  readonly done: number;
  readonly total: number;
  /** Over this labeler's last labels; absent before the third. */
  readonly perMinute?: number;
  readonly labeler: string;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** The judgement that an undo took back, to be changed. */
  readonly before?: Judgement;
  readonly trusted: boolean;
}

export interface RankingResults extends Record<keyof RankingMethods, unknown> {
  /** `strings`: translations for the page, where there are any. */
  ready: RankingView & { readonly strings?: Readonly<Record<string, string>> };
  submit: RankingView;
  undo: RankingView;
  redo: RankingView;
  focus: null;
  command: null;
}

/** What a contributed key asks the page to do. */
export const rankingActions = ['rank', 'next', 'previous', 'moveUp', 'moveDown', 'tie', 'restWorse', 'allBad', 'unsure', 'skip', 'submit', 'undo', 'redo', 'help', 'expand', 'nextField', 'previousField', 'answers', 'flags', 'rationale', 'diff', 'guideline', 'back', 'forward'] as const;
export type RankingAction = (typeof rankingActions)[number];

export type RankingEvent =
  | { readonly name: 'action'; readonly action: RankingAction; readonly position?: number }
  /** The batch, the labeler or the files changed: a new snapshot. */
  | { readonly name: 'view'; readonly view: RankingView };

/** Kept by the page over reloads and by the serializer over restarts. */
export const rankingStateSchema = z.object({
  /** The name of the set of answers; absent: all of the task's. */
  batch: z.string().optional(),
  /** The id of the task; absent: the project's first. */
  task: z.string().optional(),
  /** `screening`: the entrance test, blind. `adjudicate`: settle what labelers disagree on, the most disputed first. */
  mode: z.enum(['label', 'screening', 'adjudicate']).optional(),
  /** The key of the item (`itemKey`). */
  current: z.string().optional(),
});
export type RankingState = z.infer<typeof rankingStateSchema>;
