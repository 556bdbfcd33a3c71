import { hashOfBytes } from '../base/text-table';
import { labelFault } from '../domain/label-fault';
import type { LabelRows } from '../domain/label-rows';
import type { Label, LabelKind } from '../domain/records';
import { byteArena } from './byte-arena';
import type { ByteIntern } from './byte-intern';
import { asciiText, byteIntern, spells } from './byte-intern';
import type { ByteWords } from './byte-words';
import { byteWords, sameWords } from './byte-words';
import { sealLength } from './checksum';
import { brace, comma, ends, isDay, isSealed, quote, sealStart, timeOfDay, timeText, two, valueEnd } from './label-bytes';
import type { Field, Mutable } from './label-fields';
import { checked, fields, names, needed, put, slotOf } from './label-fields';
import type { PackedItems } from './label-item-bytes';
import { itemBytes, longest, mostAnswers, plainEnd } from './label-item-bytes';
import type { PackedBlocks } from './row-blocks';
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
   */
  read(bytes: Buffer, view: DataView, start: number): number;
  readonly end: number;
  /** All that it knows, to go on with it another time. */
  pack(): PackedLines;
}

/** A {@link LabelLines}: flat memory, what stands again and again as JSON, and the orders of fields that came. */
export interface PackedLines {
  readonly rows: PackedBlocks<Int32Array>;
  readonly texts: PackedBlocks<Buffer>;
  readonly items: PackedItems;
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly shapes: readonly (readonly Field[])[];
}

interface Slot {
  readonly name: Field;
  readonly how: (typeof fields)[Field];
  /** `"name":` */
  readonly token: string;
  readonly words: ByteWords;
  readonly table: ByteIntern<unknown>;
}

/** Some fields in some order. */
interface Shape {
  readonly number: number;
  readonly order: readonly number[];
  /** Fields whose numbers stand in a row after its head, in this order. */
  readonly rest: readonly number[];
  /** To be copied: objects that grow field by field take more memory. */
  readonly blank: Label;
  /** Whether it needs the whole check. */
  readonly check: boolean;
  /** Place in a row, −1 when it has none. */
  readonly kind: number;
  readonly supersedes: number;
  readonly hasRanks: boolean;
  readonly hasShown: boolean;
  readonly hasStrength: boolean;
}

/** What a row begins with: `day` orders days, `ms` is within the day. */
const head = { shape: 0, id: 1, idHash: 2, day: 3, ms: 4, item: 5, task: 6, labeler: 7 };
const headLength = 8;
const inHead: ReadonlySet<Field> = new Set(['v', 'op', 'id', 'at', 'promptHash', 'items', 'task', 'labeler']);
const msOfDay = 86_400_000;

/** What `labelFault` looks at beyond ranks and order, which are known to fit each other from `fitting`. */
const faulty: ReadonlySet<Field> = new Set(['criteria', 'criteriaRanks', 'rules', 'flags', 'spans']);

/**
 * A reader with tables of its own; what it gives shares equal parts, so that nothing in it may be changed. `packed`: it goes on
 * from there, in that very memory. @throws RangeError for packed values or shapes that no line can have
 */
export function labelLines(packed?: PackedLines): LabelLines {
  const slots = names.map((name): Slot => ({ name, how: fields[name], token: `"${name}":`, words: byteWords(`"${name}":`), table: byteIntern((text) => checked(name, text), `"${name}":`) }));
  const items = itemBytes(packed?.items);
  /** The order of fields in the line before: lines resemble each other. */
  let order: number[] = [];
  let same = false;
  /** What a field of the line is: the number of its value, the number that it is, the place of its text. */
  const found = new Int32Array(slots.length);
  const row = new Int32Array(headLength + slots.length);
  const rows = rowBlocks(packed?.rows);
  const texts = byteArena(packed?.texts);
  const shapes = new Map<string, Shape>();
  const shapeList: Shape[] = [];
  let shape: Shape | undefined;
  let item = -1;
  let itemsEnd = 0;
  /** The day that was read last: `"2026-11-22T`. */
  let day: ByteWords | undefined;
  let end = 0;

  /** The field that begins at `start`; −1 for one that is not known. */
  function slotAt(bytes: Buffer, start: number): number {
    for (let slot = 0; slot < slots.length; slot++) if (spells(slots[slot]!.token, bytes, start)) return slot;
    return -1;
  }

  /** Reads one value; false when it is unfamiliar. `end` is set to after it. */
  function readValue(slot: number, bytes: Buffer, view: DataView, start: number): boolean {
    const { how, table } = slots[slot]!;
    switch (how) {
      case 'value':
        end = valueEnd(bytes, start);
        return end > start && (found[slot] = table.get(bytes, start, end)) >= 0;
      case 'number': {
        let value = 0;
        let i = start;
        for (; i < start + 9; i++) {
          const digit = bytes[i]! - 0x30;
          if (!(digit >= 0 && digit <= 9)) break;
          value = value * 10 + digit;
        }
        end = i;
        found[slot] = value;
        return i > start && (bytes[start] !== 0x30 || i === start + 1) && (slot !== slotOf.strength || (value >= 1 && value <= 4));
      }
      case 'text':
        if (bytes[start] !== quote) return false;
        end = plainEnd(bytes, start, bytes.length);
        if (end - start > longest || !(end > start + 2 || (end === start + 2 && slot === slotOf.rationale))) return false;
        if (slot === slotOf.id) row[head.idHash] = hashOfBytes(bytes, start + 1, end - 1);
        found[slot] = texts.keep(bytes, start, end);
        return true;
      case 'generation':
        if (bytes[start] !== quote) return false;
        end = plainEnd(bytes, start, bytes.length);
        if (end <= start + 2 || end - start > longest || item < 0) return false;
        found[slot] = items.isGeneration(item, bytes, view, start, end) ? -1 : texts.keep(bytes, start, end);
        return true;
      case 'at': {
        end = start + 26;
        if (day === undefined || !sameWords(day, view, start)) {
          if (!isDay(bytes, start)) return false;
          day = byteWords(asciiText(bytes, start, start + 12));
          row[head.day] = (100 * two(bytes, start + 1) + two(bytes, start + 3)) * 372 + two(bytes, start + 6) * 31 + two(bytes, start + 9);
        }
        const ms = timeOfDay(bytes, start + 12);
        row[head.ms] = ms;
        return ms >= 0;
      }
      case 'prompt':
        item = items.find(bytes, view, start);
        if (item < 0) return false;
        itemsEnd = items.end;
        // After the hash and its quotes: the items come as the next field, and are known.
        end = start + 73;
        return true;
      case 'items':
        end = itemsEnd;
        return item >= 0 && end > start;
      case 'v':
        end = start + 1;
        return bytes[start] === 0x31;
      case 'op':
        end = start + 7;
        return spells('"label"', bytes, start);
    }
  }

  function read(bytes: Buffer, view: DataView, start: number): number {
    try {
      return tryRead(bytes, view, start);
    } catch (error) {
      // The view ends before what was expected: the line is cut off.
      if (error instanceof RangeError) return missed();
      throw error;
    }
  }

  function tryRead(bytes: Buffer, view: DataView, start: number): number {
    item = -1;
    same = shape !== undefined;
    if (bytes[start] !== 0x7b) return missed();
    let at = start + 1;
    let n = 0;
    for (;;) {
      if (n === slots.length) return missed();
      let slot = n < order.length ? order[n]! : -1;
      const guess = slot < 0 ? undefined : slots[slot]!;
      const again = guess?.how === 'value' ? guess.table.again(view, at) : undefined;
      if (again !== undefined && ends(bytes[at + again.whole.length]!)) {
        found[slot] = again.number;
        at += again.whole.length;
      } else {
        if (guess === undefined || !sameWords(guess.words, view, at)) {
          slot = slotAt(bytes, at);
          same = false;
          if (slot < 0) return missed();
          order[n] = slot;
        }
        if (!readValue(slot, bytes, view, at + slots[slot]!.words.length)) return missed();
        at = end;
      }
      n++;
      const after = bytes[at];
      if (after === brace) break;
      if (after !== comma) return missed();
      if (bytes[at + 2] === 0x73 && spells(sealStart, bytes, at)) {
        if (!isSealed(bytes, start, at)) return missed();
        at += sealLength - 1;
        break;
      }
      at++;
    }
    if (bytes[at + 1] !== 10) return missed();
    if (order.length !== n) {
      order.length = n;
      same = false;
    }
    if (!same) shape = shapeOf();
    if (shape === undefined) return missed();
    end = at + 2;
    return keep(shape);
  }

  /** What comes next may look altogether different. */
  function missed(): number {
    order = [];
    shape = undefined;
    return -1;
  }

  function shapeOf(): Shape | undefined {
    const key = order.join();
    let known = shapes.get(key);
    if (known === undefined) {
      const has = order.map((slot) => slots[slot]!.name);
      // The answers must follow their prompt; no field may be missing, and none stand twice.
      if (new Set(has).size !== has.length || needed.some((name) => !has.includes(name)) || has.indexOf('items') !== has.indexOf('promptHash') + 1) return undefined;
      const rest = order.filter((slot) => !inHead.has(slots[slot]!.name));
      const place = (name: Field): number => (has.includes(name) ? headLength + rest.indexOf(slotOf[name]) : -1);
      known = { number: shapeList.length, order: [...order], rest, kind: place('kind'), supersedes: place('supersedes'), hasRanks: has.includes('ranks'), hasShown: has.includes('shown'), hasStrength: has.includes('strength'), blank: JSON.parse(`{${has.map((name) => `"${name}":0`).join()}}`) as Label, check: has.some((name) => faulty.has(name)) };
      shapes.set(key, known);
      shapeList.push(known);
    }
    return known;
  }

  /** Keeps what was read, if it is a valid label. */
  function keep(of: Shape): number {
    const { number, rest, check } = of;
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
    const { blank, order: slotsOf, rest } = shapeList[rows.at(at, head.shape)]!;
    const made = { ...blank } as Mutable<Label>;
    let place = headLength;
    for (const slot of slotsOf) put(made, slot, valueIn(at, slot, rest[place - headLength] === slot ? place++ : -1) as never);
    return made;
  }

  for (const { name, table } of packed ? slots : []) table.restore(packed!.values[name] ?? []);
  for (const has of packed?.shapes ?? []) {
    order = has.map((name) => slotOf[name]);
    if (shapeOf() === undefined) throw new RangeError(`no label has these fields: ${has.join()}`);
  }
  missed();

  return {
    read,
    pack: () => ({
      rows: rows.pack(),
      texts: texts.pack(),
      items: items.pack(),
      values: Object.fromEntries(slots.map(({ name, table }) => [name, table.values().map((value) => JSON.stringify(value))])),
      shapes: shapeList.map((known) => known.order.map((slot) => slots[slot]!.name)),
    }),
    get end() {
      return end;
    },
    label,
    id: (at) => texts.quoted(rows.at(at, head.id)),
    idHash: (at) => rows.at(at, head.idHash),
    time: (at) => rows.at(at, head.day) * msOfDay + rows.at(at, head.ms),
    supersedes: (at) => shapeList[rows.at(at, head.shape)]!.supersedes >= 0,
    kind(at) {
      const { kind } = shapeList[rows.at(at, head.shape)]!;
      return kind < 0 ? undefined : (valueOf(slotOf.kind, rows.at(at, kind)) as LabelKind);
    },
    item: (at) => rows.at(at, head.item),
    promptHash: (number) => items.promptHash(number),
    items: (number) => items.items(number),
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
