import { labelFault } from '../domain/label-fault';
import type { LabelRows } from '../domain/label-rows';
import type { Label, LabelKind } from '../domain/records';
import type { ByteArena } from './byte-arena';
import { byteArena } from './byte-arena';
import { timeText } from './label-bytes';
import type { Field, Mutable } from './label-fields';
import { put, slotOf } from './label-fields';
import type { ItemBytes, PackedItems } from './label-item-bytes';
import { itemBytes, mostAnswers } from './label-item-bytes';
import type { Shape, Slot, Told } from './label-scan';
import { head, headLength, labelScanner, newSlots } from './label-scan';
import type { PackedBlocks, RowBlocks } from './row-blocks';
import { rowBlocks } from './row-blocks';

/**
 * Reads the lines that our own writer makes, straight from the bytes, and keeps them as rows of numbers: what stands in line after
 * line is kept once, and its number in the row. Every field is checked when its line is read.
 */
export interface LabelLines extends LabelRows {
  /**
   * The row of the label that begins at `start` and ends in a line break; `end` is then where the next line begins. −1 for whatever
   * is unfamiliar: that line is for the general reader, which says the same of every line that this one reads.
   * @param view of the same bytes
   * @param seal where the line's sum begins, when it is known to fit; else −1
   */
  read(bytes: Buffer, view: DataView, start: number, seal: number): number;
  /** Makes ready what `read` will need for the line that begins at `start`; worth while for several at a time. */
  fetch(view: DataView, start: number): void;
  readonly end: number;
  /** All that it knows, to go on with it another time. */
  pack(): PackedLines;
  /** What rows are made of. */
  readonly tables: LabelTables;
}

/** Where the numbers of a row lead. */
export interface LabelTables {
  readonly rows: RowBlocks;
  readonly texts: ByteArena;
  readonly items: ItemBytes;
  readonly slots: readonly Slot[];
  readonly shapes: readonly Shape[];
  /** See `LabelScanner`. */
  shape(order: readonly Field[]): Shape;
}

/** A {@link LabelLines}: flat memory, what stands again and again as JSON, and the orders of fields that came. */
export interface PackedLines {
  readonly rows: PackedBlocks<Int32Array>;
  readonly texts: PackedBlocks<Buffer>;
  readonly items: PackedItems;
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly shapes: readonly (readonly Field[])[];
}

const msOfDay = 86_400_000;

/**
 * A reader with tables of its own; what it gives shares equal parts, so that nothing in it may be changed. `packed`: it goes on
 * from there, in that very memory. `told`: see `newSlots`. @throws RangeError for packed values or shapes that no line can have
 */
export function labelLines(packed?: PackedLines, told?: Told): LabelLines {
  const slots = newSlots(told);
  const items = itemBytes(packed?.items);
  const rows = rowBlocks(packed?.rows);
  const texts = byteArena(packed?.texts);
  const scanner = labelScanner(slots, items, texts);
  const { found, row, shapes } = scanner;

  /** Keeps what was read, if it is a valid label. */
  function keep(of: Shape): number {
    const { number, rest, check } = of;
    const { item } = scanner;
    if (!check && !fits(of, items.answers(item))) return -1;
    row[head.shape] = number;
    row[head.id] = found[slotOf.id]!;
    row[head.item] = item;
    row[head.task] = found[slotOf.task]!;
    row[head.labeler] = found[slotOf.labeler]!;
    for (let i = 0; i < rest.length; i++) row[headLength + i] = found[rest[i]!]!;
    const kept = rows.add(row, headLength + rest.length);
    return check && labelFault(label(kept)) !== undefined ? -1 : kept;
  }

  const valueOf = (slot: number, number: number): unknown => slots[slot]!.table.value(number);

  /** As `labelFault` for a label of k answers without criteria, rules, flags and spans. The answers themselves are not looked at: memory is slow. */
  function fits({ hasRanks, hasShown, hasStrength }: Shape, k: number): boolean {
    if (k === mostAnswers) return false;
    const verdict = valueOf(slotOf.verdict, found[slotOf.verdict]!) as Label['verdict'];
    const ranks = hasRanks ? (valueOf(slotOf.ranks, found[slotOf.ranks]!) as Label['ranks']) : undefined;
    const shown = hasShown ? (valueOf(slotOf.shown, found[slotOf.shown]!) as Label['shown']) : undefined;
    if (verdict === 'ranked' && (ranks === undefined || !someRank(ranks))) return false;
    if (ranks !== undefined && ranks.length !== k) return false;
    if (shown !== undefined && (shown.length !== k || !isPermutation(shown))) return false;
    return !hasStrength || (k === 2 && verdict === 'ranked');
  }

  /** A field's value in a row; `place` is where it stands in it, where it is not in the head. */
  function valueIn(at: number, slot: number, place: number): unknown {
    const { name, how } = slots[slot]!;
    switch (how) {
      case 'v':
        return 1;
      case 'op':
        return 'label';
      case 'at':
        return timeText(rows.at(at, head.day), rows.at(at, head.ms));
      case 'prompt':
        return items.promptHash(rows.at(at, head.item));
      case 'items':
        return items.items(rows.at(at, head.item));
      case 'number':
        return rows.at(at, place);
      case 'value':
        return valueOf(slot, rows.at(at, name === 'task' ? head.task : name === 'labeler' ? head.labeler : place));
      case 'text':
        return texts.quoted(rows.at(at, name === 'id' ? head.id : place));
      case 'generation': {
        const text = rows.at(at, place);
        return text < 0 ? items.generation(rows.at(at, head.item)) : texts.quoted(text);
      }
    }
  }

  function label(at: number): Label {
    const { blank, order: slotsOf, rest } = shapes[rows.at(at, head.shape)]!;
    const made = { ...blank } as Mutable<Label>;
    let place = headLength;
    for (const slot of slotsOf) put(made, slot, valueIn(at, slot, rest[place - headLength] === slot ? place++ : -1) as never);
    return made;
  }

  for (const { name, table } of packed ? slots : []) table.restore(packed!.values[name] ?? []);
  for (const order of packed?.shapes ?? []) scanner.shape(order);

  return {
    tables: { rows, texts, items, slots, shapes, shape: (order) => scanner.shape(order) },
    fetch: (view, start) => {
      scanner.fetch(view, start);
    },
    read(bytes, view, start, seal) {
      const shape = scanner.scan(bytes, view, start, seal);
      return shape === undefined ? -1 : keep(shape);
    },
    pack: () => ({
      rows: rows.pack(),
      texts: texts.pack(),
      items: items.pack(),
      values: Object.fromEntries(slots.map(({ name, table }) => [name, table.values().map((value) => JSON.stringify(value))])),
      shapes: shapes.map((known) => known.order.map((slot) => slots[slot]!.name)),
    }),
    get end() {
      return scanner.end;
    },
    label,
    id: (at) => texts.quoted(rows.at(at, head.id)),
    idHash: (at) => rows.at(at, head.idHash),
    time: (at) => rows.at(at, head.day) * msOfDay + rows.at(at, head.ms),
    supersedes: (at) => shapes[rows.at(at, head.shape)]!.supersedes >= 0,
    kind(at) {
      const { kind } = shapes[rows.at(at, head.shape)]!;
      return kind < 0 ? undefined : (valueOf(slotOf.kind, rows.at(at, kind)) as LabelKind);
    },
    item: (at) => rows.at(at, head.item),
    promptHash: (number) => items.promptHash(number),
    items: (number) => items.items(number),
    hashEnds: (number, n) => items.hashEnds(number, n),
    task: (at) => rows.at(at, head.task),
    taskName: (number) => valueOf(slotOf.task, number) as string,
    labeler: (at) => rows.at(at, head.labeler),
    labelerName: (number) => valueOf(slotOf.labeler, number) as string,
  };
}

function someRank(ranks: readonly (number | null)[]): boolean {
  for (const rank of ranks) if (rank !== null) return true;
  return false;
}

/** Of whole numbers from 0. */
function isPermutation(order: readonly number[]): boolean {
  if (order.length > 30) return false;
  let seen = 0;
  for (const i of order) seen |= i < order.length ? 1 << i : 0;
  return seen === 2 ** order.length - 1;
}
