import type { Label, LabelItem, LabelKind } from './records';

/**
 * Labels that a reader keeps as numbers, a row each, until somebody asks for one: a million objects would take longer to make than
 * everything else, and four times the memory. Every row is a label that was checked when it was read.
 */
export interface LabelRows {
  /** The label; each time another object. */
  label(row: number): Label;
  id(row: number): string;
  /** `hashOfText` of the id. */
  idHash(row: number): number;
  /** Milliseconds that order rows by time as `byTime` does: times are written in one way. */
  time(row: number): number;
  supersedes(row: number): boolean;
  kind(row: number): LabelKind | undefined;
  /** A number for the prompt and answers, the same for all rows that share them. */
  item(row: number): number;
  promptHash(item: number): string;
  items(item: number): readonly LabelItem[];
  /** The last `n` characters of the prompt's hash, and of the greatest answer's: without making the texts. */
  hashEnds(item: number, n: number): string;
  /** A number for the task's name, and for the labeler's. */
  task(row: number): number;
  taskName(task: number): string;
  labeler(row: number): number;
  labelerName(labeler: number): string;
}

/** Lines in the order in which they were read: `of[i]` is a row, or, where it is negative, the line `others[-1 - of[i]]`. */
export interface LabelBatch<Line> {
  readonly rows: LabelRows;
  readonly of: readonly number[];
  readonly others: readonly Line[];
}

/** A batch's lines, as objects. */
export function linesOf<Line>({ rows, of, others }: LabelBatch<Line>): (Label | Line)[] {
  return of.map((n) => (n < 0 ? others[-1 - n]! : rows.label(n)));
}
