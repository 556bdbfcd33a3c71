import type { Problem } from '../base/problems';
import type { Imported } from '../domain/records';

/** One record of an imported file, whatever the file is. */
export interface Row {
  /** 1-based line where it begins; the record's number in a JSON array. */
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface ImportOptions {
  /** What the file is called in problems. */
  readonly file: string;
  /** The labeler that judgements in the file are given to. */
  readonly labeler: string;
  /** The time of those judgements, ISO 8601: a format has no clock. */
  readonly at: string;
  /** Who wrote the answers, where the file does not say. */
  readonly source: string;
}

export interface ImportRead extends Imported {
  readonly problems: Problem[];
}

/** A way to read rows. To add one, write a file like `hh-rlhf.ts` and put it into the table. */
export interface RowFormat {
  readonly id: string;
  readonly title: string;
  /** Whether rows with these columns and first values are of this format. The table is asked in order. */
  readonly detect: (rows: readonly Row[]) => boolean;
  readonly read: (rows: readonly Row[], options: ImportOptions) => ImportRead;
}
