import path from 'node:path';
import type { Problem, Read } from '../base/problems';
import type { LabelLine } from '../domain/records';
import { crc32 } from './checksum';
import { filesIn, readIfThere } from './files';
import type { Appended } from './label-files';
import { parseLabels } from './label-files';
import type { Workspace } from './workspace';

/** What is known of one file: its whole lines up to `length` bytes, which have this sum. */
interface Known {
  readonly length: number;
  readonly sum: number;
  /** Line breaks in these bytes. */
  readonly breaks: number;
  readonly records: LabelLine[];
  readonly problems: readonly Problem[];
  /** What stands after the last line break: a line that is being written, or torn. */
  readonly rest: Read<LabelLine>;
}

/** What a look at the files has found. */
export interface LabelNews {
  /** Lines that were not known; all of them when `anew`. */
  readonly lines: LabelLine[];
  /** What was said before no longer holds: a file was changed or taken away (a merge, another branch). */
  readonly anew: boolean;
  /** All there are now. */
  readonly problems: Problem[];
}

/** Reads labels again and again, but only what was appended since. */
export interface LabelReader {
  read(): Promise<LabelNews>;
  /** Takes note of lines that were written by ourselves, so that they are not read again. */
  wrote(appended: Appended): void;
}

const nothing = (): Known => ({ length: 0, sum: 0, breaks: 0, records: [], problems: [], rest: { records: [], problems: [] } });

/**
 * A file whose beginning has changed is read anew: the bytes are compared by their sum, not by any time stamp.
 */
export function labelReader(workspace: Workspace): LabelReader {
  let files = new Map<string, Known>();
  let reading = false;

  async function look(): Promise<LabelNews> {
    const now = new Map<string, Known>();
    const lines: LabelLine[] = [];
    let anew = false;
    for (const file of await filesIn(path.join(workspace.folder, 'labels'), '.jsonl')) {
      const bytes = (await readIfThere(file)) ?? new Uint8Array();
      const before = files.get(file);
      const next = readOn(before ?? nothing(), bytes, file);
      anew ||= !next.fits;
      for (const record of next.added) lines.push(record);
      now.set(file, next.known);
    }
    for (const [file, known] of files) if (!now.has(file)) anew ||= known.records.length + known.rest.records.length > 0;
    files = now;
    const all = anew ? [...now.values()].flatMap((k) => [...k.records, ...k.rest.records]) : lines;
    return { lines: all, anew, problems: [...now.values()].flatMap((k) => [...k.problems, ...k.rest.problems]) };
  }

  return {
    async read() {
      reading = true;
      try {
        return await look();
      } finally {
        reading = false;
      }
    },
    wrote({ file, data, end, lines }) {
      const known = files.get(file);
      // Somebody else wrote, too, or a read is under way: what was written is read like any other line, and counts once by its id.
      if (reading || known === undefined || known.rest.records.length + known.rest.problems.length > 0 || end - data.length !== known.length) return;
      for (const line of lines) known.records.push(line);
      files.set(file, { ...known, length: end, sum: crc32(data, known.sum), breaks: known.breaks + lines.length });
    },
  };
}

function readOn(before: Known, bytes: Uint8Array, file: string): { known: Known; added: LabelLine[]; fits: boolean } {
  const same = bytes.length >= before.length && crc32(bytes.subarray(0, before.length)) === before.sum;
  const start = same ? before : nothing();
  const end = bytes.lastIndexOf(10) + 1;
  const part = bytes.subarray(start.length, Math.max(start.length, end));
  const breaks = start.breaks + countLines(part);
  const read = at(parseLabels(part, file), start.breaks);
  const { records } = start;
  for (const record of read.records) records.push(record);
  const rest = at(parseLabels(bytes.subarray(end), file), breaks);
  const added = [...read.records, ...rest.records];
  // A last line without a break was taken for what it was; if it has become another, it must be forgotten.
  const kept = before.rest.records.every((r) => added.some((x) => x.id === r.id));
  return { known: { length: end, sum: crc32(part, start.sum), breaks, records, problems: [...start.problems, ...read.problems], rest }, added, fits: same && kept };
}

function at(read: Read<LabelLine>, breaks: number): Read<LabelLine> {
  return { records: read.records, problems: read.problems.map((p) => (p.line === undefined ? p : { ...p, line: p.line + breaks })) };
}

function countLines(bytes: Uint8Array): number {
  let n = 0;
  for (let i = bytes.indexOf(10); i >= 0; i = bytes.indexOf(10, i + 1)) n++;
  return n;
}
