import * as z from 'zod';
import type { ItemFact, ItemFilter } from '../domain/item-filter';
import { itemFacts, itemSorts, maxWindow } from '../domain/item-filter';
import type { Verdict } from '../domain/records';
import { commandParams } from './panels';

/**
 * The item browser: the page says what it looks for and draws the rows that are in view; the host filters and hands out
 * windows of rows. A filter that comes while another is at work ends it.
 */

export const itemFilterSchema = z.object({
  only: z.array(z.enum(itemFacts)).readonly(),
  text: z.string().max(1000),
  labeler: z.string().optional(),
  tag: z.string().optional(),
  model: z.string().optional(),
  set: z.string().optional(),
  sort: z.enum(itemSorts),
}) satisfies z.ZodType<ItemFilter>;

const search = z.object({
  /** The task whose labels are meant; the project's first when absent or unknown. */
  task: z.string().optional(),
  filter: itemFilterSchema,
  /** The key of an item whose position among the results is wanted. */
  keep: z.string().optional(),
});

export const itemsMethods = {
  ready: search,
  filter: search,
  rows: z.object({ version: z.int(), from: z.int().min(0), count: z.int().min(1).max(maxWindow) }),
  /** Opens an item in the labeling panel. */
  open: z.object({ key: z.string(), adjudicate: z.boolean() }),
  /** Shows the item's line in its file. */
  reveal: z.object({ key: z.string() }),
  command: commandParams,
};
export type ItemsMethods = typeof itemsMethods;

/** What there is to choose from. */
export interface ItemChoices {
  readonly tasks: readonly { readonly id: string; readonly title: string }[];
  readonly labelers: readonly string[];
  readonly tags: readonly string[];
  readonly models: readonly string[];
  readonly sets: readonly string[];
}

export interface ItemsResult {
  /** Names this result in `rows`. */
  readonly version: number;
  readonly task: string;
  /** Items that the filter lets through, and all of the task. */
  readonly count: number;
  readonly total: number;
  /** Where the item that was to be kept is now. */
  readonly position?: number;
  /** How many of all items each fact holds for. */
  readonly facts: Readonly<Record<ItemFact, number>>;
  readonly choices: ItemChoices;
  readonly me: string;
}

/** A later filter took the place of this one. */
export interface Superseded {
  readonly superseded: true;
}

export interface ItemRow {
  readonly key: string;
  /** What is asked: the last message, on one line. */
  readonly prompt: string;
  readonly set: string;
  readonly answers: number;
  readonly models: readonly string[];
  readonly tags: readonly string[];
  readonly mine?: Verdict;
  /** Labelers with an ordinary judgement of it. */
  readonly labelers: readonly string[];
  readonly disagreement?: number;
  readonly settled: boolean;
  readonly flags: readonly string[];
  readonly allBad: boolean;
}

export interface ItemsResults extends Record<keyof ItemsMethods, unknown> {
  ready: (ItemsResult | Superseded) & { readonly strings?: Readonly<Record<string, string>> };
  filter: ItemsResult | Superseded;
  /** Empty when the result of that version is gone. */
  rows: readonly ItemRow[];
  open: null;
  reveal: null;
  command: null;
}

/** Items or labels changed: the page asks again. */
export interface ItemsEvent {
  readonly name: 'changed';
}

/** Kept by the page over reloads. */
export const itemsStateSchema = z.object({ task: z.string().optional() });
export type ItemsState = z.infer<typeof itemsStateSchema>;
