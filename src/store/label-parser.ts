import type { Problem } from '../base/problems';
import { labelFault } from '../domain/label-fault';
import type { LabelBatch } from '../domain/label-rows';
import type { LabelLine } from '../domain/records';
import { labelLineSchema } from '../protocol/records';
import { areSealed, crc32, joinedCrc } from './checksum';
import { firstIssue } from './data-files';
import { parseLine, startOfText, utf16 } from './jsonl';
import type { LabelLines } from './label-line';
import { lineFinder } from './line-ends';

/** Lines in their order, and what is wrong with others. */
export interface ParsedLabels extends LabelBatch<LabelLine> {
  readonly of: number[];
  readonly others: LabelLine[];
  readonly problems: Problem[];
}

/** Lines whose memory is asked for at once. */
const ahead = 16;

/** Parses a label file part by part. */
export interface LabelParser {
  /** The records of the next bytes: whole lines, or the last one of the file. */
  push(bytes: Buffer): ParsedLabels;
  /** Line breaks so far. */
  readonly breaks: number;
  /** The CRC-32 of all that was pushed, after what went before it. */
  readonly sum: number;
}

/**
 * A parser of one file, from its beginning or from after so many line breaks and this sum. Lines as we write them go the short way
 * (`lines`, whose tables may serve several files), all others through JSON, the schema and `labelFault`; both say the same.
 */
export function labelParser(file: string, lines: LabelLines, breaks = 0, sum = 0): LabelParser {
  let first = breaks === 0;
  let ofOtherText = false;
  const findLines = lineFinder();

  function slowly(raw: Buffer, last: boolean, line: number, { of, others, problems }: ParsedLabels): void {
    const values = parseLine(raw, last, (message, severity = 'error') => void problems.push({ file, line, severity, message }));
    for (const value of values) {
      const parsed = labelLineSchema.safeParse(value);
      const fault = !parsed.success ? firstIssue(parsed.error) : parsed.data.op === 'label' ? labelFault(parsed.data) : undefined;
      if (parsed.success && fault === undefined) {
        of.push(-others.push(parsed.data));
      } else problems.push({ file, line, severity: 'error', message: fault ?? 'not a label' });
    }
  }

  return {
    get breaks() {
      return breaks;
    },
    get sum() {
      return sum;
    },
    push(bytes) {
      const own = crc32(bytes);
      sum = joinedCrc(sum, own, bytes.length);
      const read: ParsedLabels = { rows: lines, of: [], others: [], problems: [] };
      let at = 0;
      if (first && bytes.length > 0) {
        first = false;
        const start = startOfText(bytes);
        if (start === undefined) {
          ofOtherText = true;
          read.problems.push({ file, severity: 'error', message: utf16 });
        }
        at = start ?? 0;
      }
      if (ofOtherText) return read;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const { count, breaks: ends, seals } = findLines(bytes);
      const sealed = areSealed(bytes, count, ends, seals, own);
      for (let n = 0; n < count; n++) {
        if (n % ahead === 0) for (let next = Math.max(n, 1); next < Math.min(n + ahead, count); next++) lines.fetch(view, ends[next - 1]! + 1);
        const row = lines.read(bytes, view, at, sealed ? seals[n]! : -1);
        breaks++;
        if (row >= 0) read.of.push(row);
        else slowly(bytes.subarray(at, ends[n]), false, breaks, read);
        at = ends[n]! + 1;
      }
      if (at < bytes.length) slowly(bytes.subarray(at), true, breaks + 1, read);
      return read;
    },
  };
}
