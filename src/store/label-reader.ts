import path from 'node:path';
import type { Read } from '../base/problems';
import type { LabelLine } from '../domain/records';
import { crc32 } from './checksum';
import { filesIn, readIfThere } from './files';
import { parseLabels } from './label-files';
import type { Workspace } from './workspace';

/** What is known of one file: its whole lines up to `length` bytes, which have this sum. */
interface Known extends Read<LabelLine> {
  readonly length: number;
  readonly sum: number;
  /** Line breaks in these bytes. */
  readonly lines: number;
}

const nothing: Known = { length: 0, sum: 0, lines: 0, records: [], problems: [] };

/**
 * Reads labels again and again, as `readLabels` does, but parses only what was appended since. A file whose beginning has
 * changed (a merge, another branch) is read anew: the bytes are compared by their sum, not by any time stamp.
 */
export function labelReader(workspace: Workspace): () => Promise<Read<LabelLine>> {
  let files = new Map<string, Known>();
  return async () => {
    const now = new Map<string, Known>();
    const all: Read<LabelLine> = { records: [], problems: [] };
    for (const file of await filesIn(path.join(workspace.folder, 'labels'), '.jsonl')) {
      const bytes = (await readIfThere(file)) ?? new Uint8Array();
      const { known, rest } = readOn(files.get(file) ?? nothing, bytes, file);
      now.set(file, known);
      for (const part of [known, rest]) {
        for (const record of part.records) all.records.push(record);
        all.problems.push(...part.problems);
      }
    }
    files = now;
    return all;
  };
}

/** `rest` is what stands after the last line break: a line that is being written, or torn. */
function readOn(before: Known, bytes: Uint8Array, file: string): { known: Known; rest: Read<LabelLine> } {
  const fits = bytes.length >= before.length && crc32(bytes.subarray(0, before.length)) === before.sum;
  const start = fits ? before : nothing;
  const end = bytes.lastIndexOf(10) + 1;
  const added = bytes.subarray(start.length, end);
  const lines = start.lines + countLines(added);
  const read = at(parseLabels(added, file), start.lines);
  return {
    known: { length: end, sum: crc32(added, start.sum), lines, records: [...start.records, ...read.records], problems: [...start.problems, ...read.problems] },
    rest: at(parseLabels(bytes.subarray(end), file), lines),
  };
}

function at(read: Read<LabelLine>, lines: number): Read<LabelLine> {
  return { records: read.records, problems: read.problems.map((p) => (p.line === undefined ? p : { ...p, line: p.line + lines })) };
}

function countLines(bytes: Uint8Array): number {
  let n = 0;
  for (let i = bytes.indexOf(10); i >= 0; i = bytes.indexOf(10, i + 1)) n++;
  return n;
}
