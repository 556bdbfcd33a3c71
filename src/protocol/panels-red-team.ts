import * as z from 'zod';
import type { AttackComparison, AttackRates } from '../domain/red-team/rates';
import { commandParams } from './panels';

/** The red-team panel: conversations with a model in which somebody tries to make it break a rule, and what attack runs found. */

const id = z.string().min(1);
const text = z.string().max(20_000);

export const redTeamMethods = {
  ready: z.object({ /** The attempt that was shown before a reload. */ attempt: z.string().optional() }),
  /** Shows an attempt; without an id, a new one is begun. */
  open: z.object({ attempt: z.string().optional() }),
  /** Sends a message. Without `attempt` a new one begins with it; `after`: the turn that it follows, null for the first message. */
  send: z.object({
    attempt: z.string().optional(),
    target: z.string(),
    goal: text,
    rule: z.string().optional(),
    after: id.nullable(),
    text: text.min(1),
    n: z.int().min(1).max(6),
  }),
  stop: z.object({}),
  /** The message that is being written, so that not even a crash loses it. */
  draft: z.object({ text }),
  pick: z.object({ attempt: id, turn: id, candidate: z.int().min(0), harmful: z.boolean() }),
  mark: z.object({ attempt: id, turn: id, candidate: z.int().min(0), rule: id, severity: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]), tactic: z.string().optional(), note: text.optional() }),
  /** Takes back a mark of one's own. */
  unmark: z.object({ attempt: id, mark: id }),
  /** What attack runs have found; `before` and `after` are ids of runs. */
  compare: z.object({ before: z.string().optional(), after: z.string().optional() }),
  command: commandParams,
};
export type RedTeamMethods = typeof redTeamMethods;

export interface TargetView {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
}

export interface MarkView {
  readonly id: string;
  readonly candidate: number;
  readonly rule: string;
  readonly severity: number;
  readonly tactic?: string;
  readonly note?: string;
  readonly labeler: string;
  /** Whether this labeler has made it, and so can take it back. */
  readonly mine: boolean;
}

export interface TurnView {
  readonly id: string;
  readonly after: string | null;
  readonly text: string;
  /** In the order on screen; `candidate` is the number that the host knows an answer by. */
  readonly replies: readonly { readonly candidate: number; readonly text: string; readonly finished: boolean }[];
  readonly pick?: { readonly candidate: number; readonly harmful: boolean };
  readonly marks: readonly MarkView[];
}

export interface AttemptView {
  readonly id: string;
  readonly target: string;
  readonly targetTitle: string;
  readonly goal: string;
  readonly rule?: string;
  readonly turns: readonly TurnView[];
}

export interface AttemptRow {
  readonly id: string;
  readonly goal: string;
  readonly target: string;
  readonly turns: number;
  readonly severity?: number;
  readonly at: string;
  readonly labeler: string;
}

export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly at: string;
  readonly percent: number;
}

export interface RedTeamView {
  readonly trusted: boolean;
  readonly labeler: string;
  readonly targets: readonly TargetView[];
  readonly rules: readonly { readonly id: string; readonly text: string }[];
  readonly attempts: readonly AttemptRow[];
  readonly current?: AttemptView;
  /** A reply is being made. */
  readonly busy: boolean;
  /** Attack runs, the newest first. */
  readonly runs: readonly RunRow[];
}

/** One attack run, or two side by side. */
export interface ComparedRuns {
  readonly before?: { readonly id: string; readonly rates: AttackRates };
  readonly after?: { readonly id: string; readonly rates: AttackRates };
  readonly comparison?: AttackComparison;
  /** Answers of the later run that broke a rule. */
  readonly examples: readonly { readonly prompt: string; readonly answer: string; readonly rules: readonly string[]; readonly tactic: string }[];
}

export interface RedTeamResults extends Record<keyof RedTeamMethods, unknown> {
  ready: RedTeamView & { readonly draft: string; readonly tab?: RedTeamTab; readonly strings?: Readonly<Record<string, string>> };
  open: RedTeamView;
  send: RedTeamView;
  stop: null;
  draft: null;
  pick: RedTeamView;
  mark: RedTeamView;
  unmark: RedTeamView;
  compare: ComparedRuns;
  command: null;
}

export type RedTeamTab = 'conversation' | 'automatic';

export type RedTeamEvent =
  | { readonly name: 'view'; readonly view: RedTeamView }
  /** The panel was opened to look at this. */
  | { readonly name: 'tab'; readonly tab: RedTeamTab };

/** Kept by the page over reloads and by the serializer over restarts. */
export const redTeamStateSchema = z.object({
  tab: z.enum(['conversation', 'automatic']).optional(),
  attempt: z.string().optional(),
});
export type RedTeamState = z.infer<typeof redTeamStateSchema>;
