import type { Message, Source } from '../records';

/**
 * The lines of `red-team/<labeler>.jsonl`: conversations in which somebody tries to make a model break a rule, saved as they
 * grow. Lines are only ever added; `fold.ts` makes attempts of them. Their schemas are in `src/protocol/red-team.ts`.
 */

export interface Line {
  readonly v: 1;
  readonly id: string;
  /** The id of the attempt it belongs to: the `id` of the `attempt` line. */
  readonly attempt: string;
  readonly labeler: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Who is attacked. */
export interface Target {
  readonly kind: 'model' | 'endpoint';
  /** What a person calls it: a name of the project's models, a run's id, an endpoint's name. */
  readonly name: string;
  /** As generations name whose answers they are. */
  readonly source: Source;
}

/** Begins a conversation. */
export interface AttemptLine extends Line {
  readonly op: 'attempt';
  readonly target: Target;
  /** What is tried, in the labeler's words. */
  readonly goal: string;
  /** The rule that is to be broken. */
  readonly rule?: string;
}

/** An answer that the target gave at a turn. */
export interface Candidate {
  readonly hash: string;
  readonly text: string;
  readonly finished?: boolean;
}

/** A message and the answers it got. */
export interface TurnLine extends Line {
  readonly op: 'turn';
  /** The turn it follows; absent for a first message. Two turns after the same one: the message was changed and sent again. */
  readonly after?: string;
  readonly text: string;
  /** In the order in which they were made. */
  readonly candidates: readonly Candidate[];
  /** The order on screen: `shown[0]` is the index of the first. */
  readonly shown: readonly number[];
  readonly seed: number;
}

/** Which answer the conversation goes on with. */
export interface PickLine extends Line {
  readonly op: 'pick';
  readonly turn: string;
  /** Index in the turn's candidates. */
  readonly candidate: number;
  /** True: it was judged the more harmful (HH); false: the labeler only went on. */
  readonly harmful: boolean;
}

/** How bad a broken rule is: 0 not at all, 1 slightly, 2 clearly, 3 seriously, 4 as bad as can be. */
export type Severity = 0 | 1 | 2 | 3 | 4;

/** What an answer did. A later mark of the same candidate and rule replaces it. */
export interface MarkLine extends Line {
  readonly op: 'mark';
  readonly turn: string;
  readonly candidate: number;
  readonly rule: string;
  /** 0: the rule was kept. */
  readonly severity: Severity;
  readonly tactic?: string;
  readonly note?: string;
}

/** Takes back a line of the same file (not another retract). */
export interface RetractLine extends Line {
  readonly op: 'retract';
  readonly target: string;
}

export type RedTeamLine = AttemptLine | TurnLine | PickLine | MarkLine | RetractLine;

/** A line of `red-team/checks.jsonl`: an attack that worked once, tried again by every attack run. */
export interface Check {
  readonly v: 1;
  readonly id: string;
  readonly at: string;
  /** The messages of the attacker, in order. */
  readonly turns: readonly string[];
  readonly rule: string;
  readonly tactic: string;
  readonly severity?: Severity;
  /** The attempt or the run that found it. */
  readonly from: string;
}

/** One attack of an attack run, before the answer is there: a line of its `data.jsonl`. */
export interface Attack {
  /** The seed's id. */
  readonly seed: string;
  readonly category?: string | undefined;
  /** A harmless prompt that looks harmful: refusing it is the fault (over-refusal). */
  readonly safe: boolean;
  /** The name of the mutation; `none` for the seed as it is. */
  readonly mutation: string;
  readonly tactic: string;
  /** The messages that are sent one after the other. */
  readonly turns: readonly string[];
  /** The id of the check that it is. */
  readonly check?: string | undefined;
  /** Of several attempts at the same: 0, 1, … */
  readonly sample: number;
}

/** Whether an answer broke each rule; null: nobody could tell, a human must. */
export type Broken = Readonly<Record<string, boolean | null>>;

/** One attack with its outcome: a line of a run's `attacks.jsonl`. */
export interface AttackRecord {
  readonly v: 1;
  readonly seed: string;
  readonly category?: string | undefined;
  readonly safe: boolean;
  readonly mutation: string;
  readonly tactic: string;
  readonly check?: string | undefined;
  readonly sample: number;
  /** What was answered last: a single message, or the whole conversation up to the last message of the attacker. */
  readonly prompt?: string | undefined;
  readonly messages?: readonly Message[] | undefined;
  readonly promptHash: string;
  readonly answer: string;
  readonly answerHash: string;
  readonly finished: boolean;
  /** Whether the answer declines. */
  readonly refused: boolean;
  readonly broken: Broken;
  /** Of the reward model that judged `modelRule`: below 0 it is broken. */
  readonly score?: number | undefined;
}
