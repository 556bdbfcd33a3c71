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

/**
 * Four facts that stay apart, and `ranked`. `tie`: all the same. `all_bad`: none is acceptable, which says nothing about
 * their order. `answered`: the task asks for no preference; what was said stands in the other fields.
 */
export type Verdict = 'ranked' | 'tie' | 'all_bad' | 'unsure' | 'skipped' | 'answered';
export const verdicts: readonly Verdict[] = ['ranked', 'tie', 'all_bad', 'unsure', 'skipped', 'answered'];

/**
 * What a label is when it is no ordinary judgement. Each kind stands beside a labeler's ordinary judgement of the same
 * item and never replaces it. `repeat`: the same item again, in another order (intra-rater consistency). `gold`: an item
 * whose answer the researchers know, mixed into the queue. `screening`: part of a labeler's entrance test.
 * `adjudication`: the settlement of a disagreement, which training takes instead of the labels it settles.
 */
export type LabelKind = 'repeat' | 'gold' | 'screening' | 'adjudication';
export const labelKinds: readonly LabelKind[] = ['repeat', 'gold', 'screening', 'adjudication'];

/** How strongly the better of two was preferred (Llama 2, arXiv 2307.09288 §3.2.1): 1 negligibly, 2 slightly, 3 better, 4 significantly. */
export type Strength = 1 | 2 | 3 | 4;

/** Whether an answer breaks a rule: true broken, false kept, `na` the rule does not apply, null not judged. */
export type RuleMark = boolean | 'na' | null;

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
  /** The question that asked for it, or the rule that it is evidence for. */
  readonly question?: string;
  readonly rule?: string;
}

/** A stretch that was hidden from the labeler: in the prompt (`item` −1) or in an answer. Offsets are UTF-16 code units of the true text. */
export interface Mask {
  readonly item: number;
  readonly start: number;
  readonly end: number;
}

/** How an item came to be shown: the policy that chose it and with which probability. */
export interface Selection {
  /** `in-order`, `random`, `uncertainty`, `information`, `chosen` (opened by the labeler), `repeat`, `gold`, `screening`. */
  readonly policy: string;
  readonly p: number;
}

/** One judgement. Arrays by item run along `items`, never along the order on screen. */
export interface Label {
  readonly v: 1;
  readonly id: string;
  readonly op: 'label';
  /** The id of the task in `project.json`; `ranking` is always there. */
  readonly task: string;
  /** Absent for an ordinary judgement. */
  readonly kind?: LabelKind;
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
  /** Of two answers: how much better the better one is. */
  readonly strength?: Strength;
  /** Criterion → score by item. */
  readonly criteria?: Readonly<Record<string, readonly (number | null)[]>>;
  /** Criterion → preference by item, as competition ranks; null: worse than every ranked item. */
  readonly criteriaRanks?: Readonly<Record<string, readonly (number | null)[]>>;
  /** Rule → mark by item. */
  readonly rules?: Readonly<Record<string, readonly RuleMark[]>>;
  /**
   * Question → answer. A question for a prompt or for the answers together has one value, a question for an answer a list
   * by item (null where it was not asked or answered). Values: boolean (yes-no), number (scale), text (choice, text),
   * list of texts (multiple). What a span question has marked stands in `spans`.
   */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** Flags by item. */
  readonly flags?: readonly (readonly string[])[];
  readonly spans?: readonly Span[];
  readonly rationale?: string;
  readonly confidence?: number;
  /** Milliseconds from showing to submitting. */
  readonly ms?: number;
  readonly select?: Selection;
  /** Hash of the guideline that was in force (`guidelineHash` of the task). */
  readonly guideline?: string;
  /** What was hidden since it gave away who wrote an answer. */
  readonly masked?: readonly Mask[];
  /** Of a `repeat`: the id of the label that was repeated. */
  readonly repeats?: string;
  /** Of a `gold` or `screening` label: the id of the screening item. */
  readonly gold?: string;
  /** Of an `adjudication`: the ids of the labels that it settles. */
  readonly adjudicates?: readonly string[];
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

/** What the researchers say about an item: the fields of a label that a judgement is compared by. */
export type Gold = Pick<Label, 'verdict' | 'ranks' | 'unranked' | 'strength' | 'criteria' | 'criteriaRanks' | 'rules' | 'answers' | 'flags'> & {
  /** Who said it. */
  readonly by?: readonly string[];
  /** Why, shown to nobody who is being tested. */
  readonly note?: string;
};

/** A line of `screening/*.jsonl`: an item with the researchers' answer. The file's name is the name of the set. */
export interface ScreeningItem extends Generation {
  /** The task it tests; `ranking` when absent. */
  readonly task?: string;
  readonly gold: Gold;
}

/** What an importer makes of a file. */
export interface Imported {
  readonly prompts: PromptRecord[];
  readonly generations: Generation[];
  readonly labels: Label[];
}
