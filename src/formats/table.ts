import type { Problem } from '../base/problems';
import type { ImportOptions, ImportRead, RowFormat } from './format';
import { generations } from './generations';
import { hhRlhf } from './hh-rlhf';
import { oasstTrees } from './oasst';
import { prompts } from './prompts';
import { readRows, containerOf } from './rows';
import { trlPreference } from './trl-preference';
import { votes } from './votes';

/** Every format that can be imported; detection asks in this order, the most particular first. */
export const formats: readonly RowFormat[] = [hhRlhf, trlPreference, oasstTrees, votes, generations, prompts];

export interface FileImport extends ImportRead {
  /** The format that was found or given; undefined when none fits, and then a problem says what the file holds. */
  readonly format: RowFormat | undefined;
  /** Records in the file that could be parsed. */
  readonly rows: number;
}

/**
 * Reads a file of prompts, generations or preferences: JSONL, a JSON array, or CSV, told by name and content.
 * `format` is the id of one of {@link formats}; without it, it is detected. Unpack `.gz` before.
 */
export function importText(fileName: string, text: string, options: ImportOptions, format?: string): FileImport {
  const { records: rows, problems } = readRows(containerOf(fileName, text), text, options.file);
  const chosen = format === undefined ? formats.find((f) => f.detect(rows)) : formats.find((f) => f.id === format);
  if (chosen === undefined) {
    return { format: undefined, rows: rows.length, prompts: [], generations: [], labels: [], problems: [...problems, noFormat(rows.length, Object.keys(rows[0]?.value ?? {}), options.file, format)] };
  }
  const read = chosen.read(rows, options);
  return { ...read, format: chosen, rows: rows.length, problems: [...problems, ...read.problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

function noFormat(rows: number, columns: readonly string[], file: string, asked: string | undefined): Problem {
  const message =
    asked !== undefined
      ? `there is no format "${asked}"; there are ${formats.map((f) => f.id).join(', ')}`
      : rows === 0
        ? 'the file holds no records'
        : `the file holds neither prompts, nor answers, nor preferences that are known here; its columns are ${columns.join(', ')}`;
  return { file, severity: 'error', message };
}
