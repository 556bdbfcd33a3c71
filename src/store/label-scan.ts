import { hashOfBytes } from '../base/text-table';
import type { Label } from '../domain/records';
import type { ByteArena } from './byte-arena';
import type { ByteIntern } from './byte-intern';
import { asciiText, byteIntern } from './byte-intern';
import type { ByteWords } from './byte-words';
import { byteWords, sameWords } from './byte-words';
import { checkSeal, sealAt, sealLength } from './checksum';
import { brace, comma, ends, isDay, quote, timeOfDay, two, valueEnd } from './label-bytes';
import type { Field } from './label-fields';
import { checked, fields, names, needed, slotOf } from './label-fields';
import type { ItemBytes } from './label-item-bytes';
import { longest, plainEnd } from './label-item-bytes';

/** A field, and how it is read. */
export interface Slot {
  readonly slot: number;
  readonly name: Field;
  readonly how: (typeof fields)[Field];
  /** `"name":` */
  readonly words: ByteWords;
  readonly table: ByteIntern<unknown>;
}

/** Hears of values that were not met before: the field's number, the value's JSON as it stands in the line, what it means. */
export type Told = (slot: number, text: string, value: unknown) => void;

/** One for each field, by its number, with an empty table. */
export const newSlots = (told?: Told): Slot[] =>
  names.map((name, slot) => {
    const hear = told && ((text: string, value: unknown): void => { told(slot, text, value); });
    return { slot, name, how: fields[name], words: byteWords(`"${name}":`), table: byteIntern((text) => checked(name, text), `"${name}":`, hear) };
  });

/** Some fields in some order. */
export interface Shape {
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
  readonly generation: number;
  readonly hasRanks: boolean;
  readonly hasShown: boolean;
  readonly hasStrength: boolean;
}

/** What a row begins with: `day` orders days, `ms` is within the day. */
export const head = { shape: 0, id: 1, idHash: 2, day: 3, ms: 4, item: 5, task: 6, labeler: 7 };
export const headLength = 8;
const inHead: ReadonlySet<Field> = new Set(['v', 'op', 'id', 'at', 'promptHash', 'items', 'task', 'labeler']);

/** What `labelFault` looks at beyond ranks and order, which are checked apart. */
const faulty: ReadonlySet<Field> = new Set(['criteria', 'criteriaRanks', 'rules', 'flags', 'spans']);

/** A field in a line, after those before it: lines resemble each other, so that what came last is tried first. */
interface Step {
  /** Undefined for the beginning of a line. */
  readonly slot: Slot | undefined;
  /** The slot's. */
  readonly words: ByteWords;
  /** The slot's, where lines resemble each other in this field. */
  readonly table: ByteIntern<unknown> | undefined;
  readonly before: Step | undefined;
  next: Step | undefined;
  readonly others: Step[];
  /** Of the line that ends here; undefined when that is not known yet, or it can be no label. */
  shape: Shape | undefined;
}

/** Finds the fields of a line in its bytes. */
export interface LabelScanner {
  /**
   * The shape of the label that begins at `start`, and ends in a line break; undefined for what is unfamiliar.
   * @param seal where the line's sum begins, when it is known to fit; else −1
   */
  scan(bytes: Buffer, view: DataView, start: number, seal: number): Shape | undefined;
  /** Fetches what is known of the items of the line that begins at `start`, if it is like the one before. See `ItemBytes`. */
  fetch(view: DataView, start: number): void;
  /** After the line break. */
  readonly end: number;
  readonly item: number;
  /** By its field: the number of its value, the number that it is, the place of its text. */
  readonly found: Int32Array;
  /** Its `idHash`, `day` and `ms` are of the line. */
  readonly row: Int32Array;
  /** By their numbers. */
  readonly shapes: readonly Shape[];
  /** The shape of these fields, which has the next number when it is new. @throws RangeError for one that no label has */
  shape(order: readonly Field[]): Shape;
}

const nothing = byteWords('null');

function stepOf(slot: Slot | undefined, before: Step | undefined): Step {
  const isValue = slot !== undefined && (slot.how === 'value' || slot.how === 'v' || slot.how === 'op');
  return { slot, words: slot?.words ?? nothing, table: isValue ? slot.table : undefined, before, next: undefined, others: [], shape: undefined };
}

/** `slots`, `items` and `texts` keep what is found. */
export function labelScanner(slots: readonly Slot[], items: ItemBytes, texts: ByteArena): LabelScanner {
  const root = stepOf(undefined, undefined);
  const found = new Int32Array(slots.length);
  const row = new Int32Array(headLength + slots.length);
  const shapes: Shape[] = [];
  let item = -1;
  let itemsEnd = 0;
  let lineStart = 0;
  /** Where the prompt stood in the line before. */
  let promptAt = 0;
  /** The day that was read last: `"2026-11-22T`. */
  let day: ByteWords | undefined;
  let end = 0;

  /** The step from here to the field that begins at `start`; undefined for one that is not known, or stands in the line already. */
  function stepAt(from: Step, view: DataView, start: number): Step | undefined {
    for (const step of from.others) if (sameWords(step.words, view, start)) return step;
    const slot = slots.find(({ words }) => sameWords(words, view, start));
    return slot && stepTo(from, slot);
  }

  function stepTo(from: Step, slot: Slot): Step | undefined {
    for (let step: Step | undefined = from; step !== undefined; step = step.before) if (step.slot === slot) return undefined;
    const known = from.others.find((step) => step.slot === slot);
    if (known) return known;
    const step = stepOf(slot, from);
    from.others.push(step);
    return step;
  }

  function shapeOf(last: Step): Shape | undefined {
    const order: number[] = [];
    for (let step = last; step.slot !== undefined; step = step.before!) order.unshift(step.slot.slot);
    const has = order.map((slot) => slots[slot]!.name);
    // The answers must follow their prompt; no field may be missing.
    if (needed.some((name) => !has.includes(name)) || has.indexOf('items') !== has.indexOf('promptHash') + 1) return undefined;
    const rest = order.filter((slot) => !inHead.has(slots[slot]!.name));
    const place = (name: Field): number => (has.includes(name) ? headLength + rest.indexOf(slotOf[name]) : -1);
    const shape: Shape = {
      number: shapes.length,
      order,
      rest,
      kind: place('kind'),
      supersedes: place('supersedes'),
      generation: place('generation'),
      hasRanks: has.includes('ranks'),
      hasShown: has.includes('shown'),
      hasStrength: has.includes('strength'),
      blank: JSON.parse(`{${has.map((name) => `"${name}":0`).join()}}`) as Label,
      check: has.some((name) => faulty.has(name)),
    };
    shapes.push(shape);
    return (last.shape = shape);
  }

  /** Reads one value; false when it is unfamiliar. `end` is set to after it. */
  function readValue({ how, slot, table }: Slot, bytes: Buffer, view: DataView, start: number): boolean {
    switch (how) {
      case 'value':
      case 'v':
      case 'op':
        end = valueEnd(bytes, start);
        return end > start && (found[slot] = table.get(bytes, view, start, end)) >= 0;
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
        found[slot] = texts.keep(bytes, view, start, end);
        return true;
      case 'generation':
        if (bytes[start] !== quote) return false;
        end = plainEnd(bytes, start, bytes.length);
        if (end <= start + 2 || end - start > longest || item < 0) return false;
        found[slot] = items.isGeneration(item, bytes, view, start, end) ? -1 : texts.keep(bytes, view, start, end);
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
        promptAt = start - lineStart;
        item = items.find(bytes, view, start);
        if (item < 0) return false;
        itemsEnd = items.end;
        // After the hash and its quotes: the items come as the next field, and are known.
        end = start + 73;
        return true;
      case 'items':
        end = itemsEnd;
        return item >= 0 && end > start;
    }
  }

  function tryScan(bytes: Buffer, view: DataView, start: number, seal: number): Shape | undefined {
    item = -1;
    lineStart = start;
    if (bytes[start] !== 0x7b) return undefined;
    let at = start + 1;
    let step = root;
    for (;;) {
      let next = step.next;
      const table = next?.table;
      const again = table === undefined ? -1 : table.again(view, at);
      if (again >= 0 && ends(bytes[at + table!.length]!)) {
        found[next!.slot!.slot] = again;
        at += table!.length;
      } else {
        if (next === undefined || !sameWords(next.words, view, at)) {
          next = stepAt(step, view, at);
          if (next === undefined) return undefined;
          step.next = next;
        }
        if (!readValue(next.slot!, bytes, view, at + next.words.length)) return undefined;
        at = end;
      }
      step = next!;
      const after = bytes[at];
      if (after === brace) break;
      if (after !== comma) return undefined;
      if (at === seal || (bytes[at + 2] === 0x73 && sealAt(bytes, at) >= 0)) {
        if (at !== seal && checkSeal(bytes.subarray(start, at + sealLength)) !== 'right') return undefined;
        at += sealLength - 1;
        break;
      }
      at++;
    }
    if (bytes[at + 1] !== 10) return undefined;
    end = at + 2;
    return step.shape ?? shapeOf(step);
  }

  return {
    found,
    row,
    shapes,
    get end() {
      return end;
    },
    get item() {
      return item;
    },
    scan(bytes, view, start, seal) {
      try {
        return tryScan(bytes, view, start, seal);
      } catch (error) {
        // The view ends before what was expected: the line is cut off.
        if (error instanceof RangeError) return undefined;
        throw error;
      }
    },
    fetch(view, start) {
      items.fetch(view, start + promptAt);
    },
    shape(order) {
      let step: Step | undefined = root;
      for (const name of order) step = step && stepTo(step, slots[slotOf[name]]!);
      const shape = step && (step.shape ?? shapeOf(step));
      if (shape === undefined) throw new RangeError(`no label has these fields: ${order.join()}`);
      return shape;
    },
  };
}
