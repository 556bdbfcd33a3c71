import * as z from 'zod';
import type { Problem } from '../base/problems';
import type { LabelLine } from '../domain/records';
import { labelLineSchema } from '../protocol/records';
import { arenaBlock } from './byte-arena';
import type { LabelLines, PackedLines } from './label-line';
import { labelLines } from './label-line';
import type { PackedBlocks } from './row-blocks';
import { blockSize } from './row-blocks';
import { readSnapshot, writeSnapshot } from './snapshot-file';

/** What is known of one file: its whole lines up to `length` bytes, which have this sum. */
export interface KnownFile {
  readonly length: number;
  readonly sum: number;
  /** Line breaks in these bytes. */
  readonly breaks: number;
  readonly problems: readonly Problem[];
  /** What stands after the last line break, a line that is being written, or torn: ids that were made out in it, and what is wrong with it. */
  readonly rest: { readonly ids: readonly string[]; readonly problems: readonly Problem[] };
  /** The file's stamp when it was read; undefined: look at it again. */
  readonly as?: string | undefined;
}

/** All that a reader has read, and what of it it has given: the next one goes on from there. */
export interface LabelSnapshot {
  readonly files: ReadonlyMap<string, KnownFile>;
  readonly lines: LabelLines;
  /** As in `LabelBatch`: rows, and below zero the others, in the order in which they were read. */
  readonly given: Int32Array;
  readonly others: readonly LabelLine[];
}

const problems = z.array(z.object({ file: z.string(), line: z.number().optional(), severity: z.enum(['error', 'warning']), message: z.string() }));
const count = z.int().nonnegative();
const knownSchema = z.object({
  length: count,
  sum: count,
  breaks: count,
  problems,
  rest: z.object({ ids: z.array(z.string()), problems }),
  as: z.string().optional(),
});
const factsSchema = z.object({
  files: z.array(z.tuple([z.string(), knownSchema])),
  others: z.array(labelLineSchema),
  values: z.record(z.string(), z.array(z.string())),
  shapes: z.array(z.array(z.string())),
  used: z.object({ rows: count, texts: count, arena: count }),
});

/** Writes it beside nothing else; the reader must not read on meanwhile. */
export async function writeLabelSnapshot(file: string, { files, lines, given, others }: LabelSnapshot): Promise<void> {
  const { rows, texts, items, values, shapes } = lines.pack();
  const facts = {
    files: [...files],
    others,
    values,
    shapes,
    used: { rows: rows.used, texts: texts.used, arena: items.arena.used },
  };
  await writeSnapshot(file, facts, new Map<string, readonly Uint8Array[]>([
    ['rows', rows.blocks.map(bytesOf)],
    ['texts', texts.blocks],
    ['arena', items.arena.blocks],
    ['items', [bytesOf(items.facts)]],
    ['heads', [bytesOf(items.heads)]],
    ['given', [bytesOf(given)]],
  ]));
}

/**
 * What was written; undefined when there is nothing, or it is damaged or of another version. Its own checks aside, it is as trusted
 * as the folder that it lies in.
 * @throws when the right sum stands over what cannot be right: a bug of ours
 */
export async function readLabelSnapshot(file: string): Promise<LabelSnapshot | undefined> {
  const snapshot = await readSnapshot(file);
  if (snapshot === undefined) return undefined;
  const { files, others, values, shapes, used } = factsSchema.parse(snapshot.facts);
  const part = (name: string): Uint8Array => snapshot.parts.get(name) ?? new Uint8Array();
  const lines = labelLines({
    rows: blocksOf(intsOf(part('rows')), blockSize, used.rows),
    texts: blocksOf(bufferOf(part('texts')), arenaBlock, used.texts),
    items: { arena: blocksOf(bufferOf(part('arena')), arenaBlock, used.arena), facts: intsOf(part('items')), heads: intsOf(part('heads')) },
    values,
    shapes: shapes as unknown as PackedLines['shapes'],
  });
  return { files: new Map(files as [string, KnownFile][]), lines, given: intsOf(part('given')), others: others };
}

const bytesOf = (ints: Int32Array): Uint8Array => new Uint8Array(ints.buffer, ints.byteOffset, ints.byteLength);
const intsOf = (bytes: Uint8Array): Int32Array => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

function blocksOf<Memory extends Int32Array | Buffer>(memory: Memory, size: number, used: number): PackedBlocks<Memory> {
  if (memory.length % size !== 0 || used > size) throw new RangeError('a block is not whole');
  return { blocks: Array.from({ length: memory.length / size }, (_, i) => memory.subarray(i * size, (i + 1) * size) as Memory), used };
}
