/**
 * The records of the workspace, as they stand on disk: one JSON object a line. Their schemas are in
 * `src/protocol/records.ts`. Fields that are not named here are kept by everything that copies a record.
 */

export interface Message {
  readonly role: string;
  readonly content: string;
}

/** Plain text, or a conversation that the answer continues. */
export type PromptContent = string | readonly Message[];

export type Split = 'train' | 'test';

/** What a prompt or a generation asks: exactly one of the two is there. */
export interface Asks {
  readonly prompt?: string;
  readonly messages?: readonly Message[];
}

/** A line of `prompts/*.jsonl`. */
export interface PromptRecord extends Asks {
  readonly v: 1;
  readonly id: string;
  readonly tags?: readonly string[];
  /** A good answer, for SFT and for labelers to look at. */
  readonly reference?: string;
  /** Fixes the side of the train/test split; else it is drawn from the prompt's hash. */
  readonly split?: Split;
}

/**
 * Who wrote an answer, as a short name without spaces: `policy@<run id>` for a model that a run made, `base` or the
 * like for any other model, `import` for a file.
 */
export type Source = string;

export interface Response {
  readonly hash: string;
  readonly text: string;
  readonly source: Source;
  /** False when the answer was cut off at its maximum length. */
  readonly finished?: boolean;
}

/** A line of `generations/*.jsonl`: one prompt and its K answers, which are judged together. */
export interface Generation extends Asks {
  readonly v: 1;
  readonly id: string;
  readonly promptHash: string;
  readonly responses: readonly Response[];
}

/** Four facts that stay apart, and `ranked`. `tie`: all the same. `all_bad`: none is acceptable, which says nothing about their order. */
export type Verdict = 'ranked' | 'tie' | 'all_bad' | 'unsure' | 'skipped';
export const verdicts: readonly Verdict[] = ['ranked', 'tie', 'all_bad', 'unsure', 'skipped'];

/** What an item without a rank means. `top_k`: worse than every ranked one. `subset`: not judged, nothing is known. */
export type Unranked = 'top_k' | 'subset';

export interface LabelItem {
  readonly hash: string;
  readonly source: Source;
}

/** A span of an answer. Offsets are UTF-16 code units. */
export interface Span {
  readonly item: number;
  readonly start: number;
  readonly end: number;
  readonly tag: string;
}

/** How an item came to be shown: the policy that chose it and with which probability. */
export interface Selection {
  readonly policy: string;
  readonly p: number;
}

/** One judgement. Arrays by item run along `items`, never along the order on screen. */
export interface Label {
  readonly v: 1;
  readonly id: string;
  readonly op: 'label';
  readonly task: string;
  readonly labeler: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly promptHash: string;
  readonly items: readonly LabelItem[];
  /** The order on screen: `shown[0]` is the index in `items` of the leftmost answer. Absent when nobody knows it (imports). */
  readonly shown?: readonly number[];
  /** False for a label that was never touched by a person. */
  readonly touched?: boolean;
  readonly verdict: Verdict;
  /** Standard competition ranks, 1 is best, equal numbers are ties, null is unranked. */
  readonly ranks?: readonly (number | null)[];
  /** Needed when a rank is null; `subset` when absent. */
  readonly unranked?: Unranked;
  readonly criteria?: Readonly<Record<string, readonly (number | null)[]>>;
  readonly rules?: Readonly<Record<string, readonly (boolean | null)[]>>;
  readonly answers?: Readonly<Record<string, unknown>>;
  readonly spans?: readonly Span[];
  readonly rationale?: string;
  readonly confidence?: number;
  /** Milliseconds from showing to submitting. */
  readonly ms?: number;
  readonly select?: Selection;
  /** Hash of the guideline that was in force. */
  readonly guideline?: string;
  /** The id of the label that this one changes. */
  readonly supersedes?: string;
  /** The id of the generation that was shown. */
  readonly generation?: string;
}

/** Takes back a label, or another retract (which is how redo works). */
export interface Retract {
  readonly v: 1;
  readonly id: string;
  readonly op: 'retract';
  readonly target: string;
  readonly labeler: string;
  readonly at: string;
}

/** A line of `labels/<labeler>.jsonl`. */
export type LabelLine = Label | Retract;

/** What an importer makes of a file. */
export interface Imported {
  readonly prompts: PromptRecord[];
  readonly generations: Generation[];
  readonly labels: Label[];
}
