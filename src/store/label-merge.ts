import type { IntList } from '../base/growing';
import { intList } from '../base/growing';
import type { LabelLine } from '../domain/records';
import { arenaBits, arenaBlock } from './byte-arena';
import type { Field } from './label-fields';
import { slotOf } from './label-fields';
import type { Stretch } from './label-item-bytes';
import type { LabelLines } from './label-line';
import { labelLines } from './label-line';
import type { ParsedLabels } from './label-parser';
import type { Shape } from './label-scan';
import { head, headLength } from './label-scan';
import { blockSize } from './row-blocks';

/**
 * Lines that one thread has read and another one takes over: rows with the numbers of the thread that has read them, and what these
 * numbers mean, as far as it was not said before.
 */
export interface PackedLabels {
  /** Of each line −1 − its number in `others`, or 0 for the next one in `rows`. */
  readonly of: Int32Array<ArrayBuffer>;
  readonly others: readonly LabelLine[];
  readonly rows: Int32Array<ArrayBuffer>;
  /** What numbers of texts are places in: the text in quotes. */
  readonly texts: Uint8Array<ArrayBuffer>;
  /** The next values of fields: the field's number, JSON, what it means. */
  readonly values: readonly (readonly [slot: number, text: string, value: unknown])[];
  readonly shapes: readonly (readonly Field[])[];
  /** The next items' bytes. */
  readonly items: PackedStretches;
  /** How many answers each has, as `ItemBytes` says it. */
  readonly answers: Int32Array<ArrayBuffer>;
  /** Generations of items that had none, and whose they are. */
  readonly generations: PackedStretches;
  readonly generationOf: Int32Array<ArrayBuffer>;
}

/** Bytes one after another, and where each ends. */
export interface PackedStretches {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Int32Array<ArrayBuffer>;
}

/** The side that reads. */
export interface LabelPacker {
  readonly lines: LabelLines;
  /** Takes note of what was read. */
  add(read: ParsedLabels): void;
  /** What was read since the last call; the rows are then forgotten. `space`: memory to be used again. */
  pack(space: ArrayBuffer[]): PackedLabels;
}

export function labelPacker(): LabelPacker {
  let values: [number, string, unknown][] = [];
  const lines = labelLines(undefined, (slot, text, value) => {
    values.push([slot, text, value]);
  });
  const { rows, texts, items, slots, shapes } = lines.tables;
  let of: number[] = [];
  let others: LabelLine[] = [];
  /** What was said. */
  let shapesSaid = 0;
  let itemsSaid = 0;
  const generationSaid = intList();

  return {
    lines,
    add(read) {
      for (const n of read.of) of.push(n < 0 ? -others.push(read.others[-1 - n]!) : n);
    },
    pack(space) {
      const { blocks, used } = rows.pack();
      const out = new Int32Array(memory(space, 4 * Math.max(0, (blocks.length - 1) * blockSize + used)));
      const named: number[] = [];
      let length = 0;
      for (const row of of) {
        if (row < 0) continue;
        const block = blocks[Math.floor(row / blockSize)]!;
        const start = row % blockSize;
        const { rest, generation } = shapes[block[start + head.shape]!]!;
        const size = headLength + rest.length;
        for (let i = 0; i < size; i++) out[length + i] = block[start + i]!;
        length += size;
        const item = block[start + head.item]!;
        while (generationSaid.length <= item) generationSaid.push(0);
        if (generation >= 0 && block[start + generation]! < 0 && generationSaid.at(item) === 0) {
          generationSaid.set(item, 1);
          named.push(item);
        }
      }
      const kept = texts.pack();
      const textLength = Math.max(0, (kept.blocks.length - 1) * arenaBlock + kept.used);
      const bytes = new Uint8Array(memory(space, textLength));
      for (const [n, block] of kept.blocks.entries()) bytes.set(n === kept.blocks.length - 1 ? block.subarray(0, kept.used) : block, n * arenaBlock);
      const newItems = Array.from({ length: items.count - itemsSaid }, (_, n) => itemsSaid + n);
      const packed: PackedLabels = {
        of: Int32Array.from(of, (n) => Math.min(n, 0)),
        others,
        rows: out.subarray(0, length),
        texts: bytes.subarray(0, textLength),
        values,
        shapes: shapes.slice(shapesSaid).map(({ order }) => order.map((slot) => slots[slot]!.name)),
        items: packStretches(newItems.map((item) => items.at(item))),
        answers: Int32Array.from(newItems, (item) => items.answers(item)),
        generations: packStretches(named.map((item) => items.generationAt(item))),
        generationOf: Int32Array.from(named),
      };
      [of, others, values] = [[], [], []];
      shapesSaid = shapes.length;
      itemsSaid = items.count;
      rows.clear();
      texts.clear();
      return packed;
    },
  };
}

/** All memory of a message that need not be copied. */
export const memoryOf = ({ of, rows, texts, items, answers, generations, generationOf }: PackedLabels): ArrayBuffer[] =>
  [of, rows, texts, items.bytes, items.ends, answers, generations.bytes, generations.ends, generationOf].map((part) => part.buffer);

/** Memory of at least so many bytes: the least of the old that is enough, else new. */
function memory(space: ArrayBuffer[], size: number): ArrayBuffer {
  let n = -1;
  for (const [i, { byteLength }] of space.entries()) if (byteLength >= size && (n < 0 || byteLength < space[n]!.byteLength)) n = i;
  return n < 0 ? new ArrayBuffer(4 * Math.ceil((1.25 * size) / 4)) : space.splice(n, 1)[0]!;
}

function packStretches(list: readonly Stretch[]): PackedStretches {
  const bytes = new Uint8Array(list.reduce((sum, { start, end }) => sum + end - start, 0));
  const ends = new Int32Array(list.length);
  let at = 0;
  for (const [n, { block, start, end }] of list.entries()) {
    bytes.set(block.subarray(start, end), at);
    at = ends[n] = at + end - start;
  }
  return { bytes, ends };
}

/** The side that takes over, one for each that reads. */
export interface LabelMerger {
  /** Lines as `lines` has them, at most so many at a time. Packs must come in the order in which they were made. */
  take(packed: PackedLabels, most: number): Iterable<ParsedLabels>;
}

const same = 0;
const asValue = 1;
const asText = 2;
const asGeneration = 3;
const howOf: Partial<Record<string, number>> = { value: asValue, text: asText, generation: asGeneration };

export function labelMerger(lines: LabelLines): LabelMerger {
  const { tables } = lines;
  const { rows, texts, items, slots } = tables;
  /** By the other's numbers. */
  const valueOf: IntList[] = slots.map(() => intList());
  const shapeOf: (Shape & { readonly how: readonly number[] })[] = [];
  const itemOf = intList();
  /** −1: the item's, with us as well; else the place of the text. */
  const generationOf = intList();

  function learn({ values, shapes, items: more, answers, generations, generationOf: of }: PackedLabels): void {
    for (const [slot, text, value] of values) valueOf[slot]!.push(slots[slot]!.table.adopt(text, value));
    for (const order of shapes) {
      const known = tables.shape(order);
      shapeOf.push({ ...known, how: known.rest.map((slot) => howOf[slots[slot]!.how] ?? same) });
    }
    forEachOf(more, (bytes, view, start, end, n) => {
      itemOf.push(items.adopt(bytes, view, start, end, answers[n]!));
      generationOf.push(-1);
    });
    forEachOf(generations, (bytes, view, start, end, n) => {
      const item = of[n]!;
      generationOf.set(item, items.isGeneration(itemOf.at(item), bytes, view, start, end) ? -1 : texts.keep(bytes, view, start, end));
    });
  }

  return {
    *take(packed, most) {
      learn(packed);
      const { of, others, rows: given } = packed;
      const bases: number[] = [];
      for (let from = 0; from < packed.texts.length; from += arenaBlock) bases.push(texts.adopt(packed.texts.subarray(from, from + arenaBlock)));
      const text = (place: number): number => bases[place >>> arenaBits]! + (place & (arenaBlock - 1));
      const items = itemOf.values();
      const [tasks, labelers] = [valueOf[slotOf.task]!.values(), valueOf[slotOf.labeler]!.values()];
      const values = valueOf.map((list) => list.values());
      let at = 0;
      /** Keeps the row that stands there. */
      const keep = (): number => {
        const { number, rest, how } = shapeOf[given[at + head.shape]!]!;
        const item = given[at + head.item]!;
        const kept = rows.reserve(headLength + rest.length);
        const { block } = rows;
        let to = kept & (blockSize - 1);
        block[to + head.shape] = number;
        block[to + head.id] = text(given[at + head.id]!);
        block[to + head.idHash] = given[at + head.idHash]!;
        block[to + head.day] = given[at + head.day]!;
        block[to + head.ms] = given[at + head.ms]!;
        block[to + head.item] = items[item]!;
        block[to + head.task] = tasks[given[at + head.task]!]!;
        block[to + head.labeler] = labelers[given[at + head.labeler]!]!;
        at += headLength;
        to += headLength;
        for (let i = 0; i < rest.length; i++) {
          const value = given[at + i]!;
          const kind = how[i]!;
          block[to + i] = kind === same ? value : kind === asValue ? values[rest[i]!]![value]! : kind === asText || value >= 0 ? text(value) : generationOf.at(item);
        }
        at += rest.length;
        return kept;
      };
      for (let from = 0; from < of.length; from += most) {
        const read: ParsedLabels = { rows: lines, of: [], others: others as LabelLine[], problems: [] };
        for (let n = from; n < Math.min(of.length, from + most); n++) read.of.push(of[n]! < 0 ? of[n]! : keep());
        yield read;
      }
    },
  };
}

function forEachOf({ bytes: packed, ends }: PackedStretches, then: (bytes: Buffer, view: DataView, start: number, end: number, n: number) => void): void {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let start = 0;
  for (const [n, end] of ends.entries()) {
    then(bytes, view, start, end, n);
    start = end;
  }
}
