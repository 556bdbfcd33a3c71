import { sizeOf } from './files';
import type { LabelLines } from './label-line';
import type { ParsedLabels } from './label-parser';
import type { LabelPart } from './label-parts';
import { joinParts, partsOf } from './label-parts';
import type { KnownFile } from './label-snapshot';
import type { LabelThreads } from './label-threads';
import { readParts, threadsFor } from './label-threads';

/** Of a file that nobody has looked at. */
export const nothingKnown: KnownFile = { length: 0, sum: 0, breaks: 0, problems: [], rest: { ids: [], problems: [] }, as: undefined };

/** A file of which only the beginning is known. */
export interface FileToRead {
  readonly file: string;
  readonly known: KnownFile;
  /** Its stamp. */
  readonly as: string | undefined;
}

/** Reads on in files and gives their lines, in the files' order. `threads` help when there is much to read. */
export async function readFiles(wanted: readonly FileToRead[], lines: LabelLines, give: (read: ParsedLabels) => void, threads?: LabelThreads): Promise<Map<string, KnownFile>> {
  const bytes = wanted.reduce((sum, { known, as }) => sum + Math.max(0, sizeOf(as) - known.length), 0);
  const count = threads === undefined ? 0 : threadsFor(bytes, threads);
  const parts: LabelPart[] = [];
  for (const { file, known } of wanted) parts.push(...(await partsOf(file, known, count === 0 ? Infinity : threads?.partSize)));
  const reads = await readParts(parts, lines, give, threads, count);
  return new Map(wanted.map(({ file, known, as }) => {
    const own = [...parts.keys()].filter((n) => parts[n]!.file === file);
    return [file, joinParts(known, own.map((n) => parts[n]!), own.map((n) => reads[n]!), as)];
  }));
}
