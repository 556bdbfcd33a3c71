import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Problem } from '../base/problems';
import { linesOf } from '../domain/label-rows';
import { joinedCrc } from './checksum';
import type { ChunkSpace } from './chunks';
import type { chunksNow } from './chunks';
import { chunksOf } from './chunks';
import { errorCode, fileError } from './files';
import { startOfText } from './jsonl';
import type { LabelLines } from './label-line';
import type { ParsedLabels } from './label-parser';
import { labelParser } from './label-parser';
import type { KnownFile } from './label-snapshot';

/** Whole lines of a label file, or all from somewhere on: what one thread reads while others read other parts. */
export interface LabelPart {
  readonly file: string;
  readonly start: number;
  /** After a line break; Infinity: to the end of the file. */
  readonly end: number;
  /** Line breaks before it and their sum; undefined where that is not known until the parts before it are read. */
  readonly before: { readonly breaks: number; readonly sum: number } | undefined;
}

/** What was found in a part, besides its lines. Without `before` its sum is its own, and its first line is the second one. */
export interface PartRead {
  /** Of whole lines. */
  readonly length: number;
  readonly sum: number;
  readonly breaks: number;
  readonly problems: readonly Problem[];
  readonly rest: KnownFile['rest'];
}

/** About the size of a part: long enough to be worth a message, short enough for nobody to wait for the last one. */
export const partSize = 1 << 22;
const pieceSize = 1 << 17;
const unknown = { breaks: 1, sum: 0 };

/** What stands in a file after what is known of it, in parts of about `size` bytes. */
export async function partsOf(file: string, known: Pick<KnownFile, 'length' | 'breaks' | 'sum'>, size = partSize): Promise<LabelPart[]> {
  const parts: LabelPart[] = [];
  let start = known.length;
  let before: LabelPart['before'] = { breaks: known.breaks, sum: known.sum };
  for (const end of [...(await cutsOf(file, start, size)), Infinity]) {
    parts.push({ file, start, end, before });
    start = end;
    before = undefined;
  }
  return parts;
}

/** Places after line breaks. */
async function cutsOf(file: string, start: number, size: number): Promise<number[]> {
  const cuts: number[] = [];
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { size: total } = await handle.stat();
    const bytes = Buffer.allocUnsafe(1 << 12);
    // What is in another encoding has no line breaks, and nothing in it counts.
    if (start === 0 && startOfText(bytes.subarray(0, (await handle.read(bytes, 0, 3, 0)).bytesRead)) === undefined) return [];
    let at = start + size;
    while (total - at > size >> 1) {
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
      const end = bytes.subarray(0, bytesRead).indexOf(10) + 1;
      at += end > 0 ? end : bytesRead;
      if (end > 0) {
        cuts.push(at);
        at += size;
      } else if (bytesRead === 0) break;
    }
    return cuts;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileError(error, file, 'read');
  } finally {
    await handle?.close();
  }
}

/** Reads a part; `give` gets its lines bit by bit. @param chunks how the file is read: with turns for others, or by a thread of its own */
export async function readPart({ file, start, end, before }: LabelPart, lines: LabelLines, space: ChunkSpace, give: (read: ParsedLabels) => void, chunks: typeof chunksOf | typeof chunksNow = chunksOf): Promise<PartRead> {
  const { breaks, sum } = before ?? unknown;
  const parser = labelParser(file, lines, breaks, sum);
  const problems: Problem[] = [];
  const found = { length: 0, sum };
  let rest: KnownFile['rest'] = { ids: [], problems: [] };
  for await (const { bytes, whole } of chunks(file, start, end, space)) {
    for (const piece of whole ? piecesOf(bytes) : [bytes]) {
      const read = parser.push(piece);
      give(read);
      if (whole) {
        found.length += piece.length;
        found.sum = parser.sum;
        for (const problem of read.problems) problems.push(problem);
      } else rest = { ids: linesOf(read).map((r) => r.id), problems: read.problems };
    }
  }
  return { ...found, breaks: parser.breaks - breaks, problems, rest };
}

/** Whole lines in pieces that fit into a processor's own cache: each is looked at three times (sum, line breaks, fields). */
function* piecesOf(bytes: Buffer): Generator<Buffer, void, void> {
  for (let start = 0; start < bytes.length; ) {
    const near = Math.min(start + pieceSize, bytes.length) - 1;
    const end = bytes.indexOf(10, near) + 1;
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** What is known of a file after its parts were read. @param as its stamp before that */
export function joinParts(known: KnownFile, parts: readonly LabelPart[], reads: readonly PartRead[], as: string | undefined): KnownFile {
  let { length, sum, breaks } = known;
  const problems = [...known.problems];
  let rest: KnownFile['rest'] = { ids: [], problems: [] };
  let whole = true;
  for (const [n, read] of reads.entries()) {
    const part = parts[n]!;
    const shift = part.before === undefined ? breaks - unknown.breaks : 0;
    const shifted = (found: readonly Problem[]): Problem[] => found.map((p) => (p.line === undefined || shift === 0 ? p : { ...p, line: p.line + shift }));
    sum = part.before === undefined ? joinedCrc(sum, read.sum, read.length) : read.sum;
    length += read.length;
    breaks += read.breaks;
    problems.push(...shifted(read.problems));
    rest = { ids: read.rest.ids, problems: shifted(read.rest.problems) };
    // Somebody has cut the file meanwhile: it is looked at again.
    if (part.end !== Infinity && part.start + read.length !== part.end) whole = false;
  }
  return { length, sum, breaks, problems, rest, as: whole ? as : undefined };
}
