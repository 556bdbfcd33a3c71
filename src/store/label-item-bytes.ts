import { intList } from '../base/growing';
import type { LabelItem } from '../domain/records';
import type { ByteArena } from './byte-arena';
import { byteArena } from './byte-arena';
import { asciiText, byteIntern, spells } from './byte-intern';
import type { PackedBlocks } from './row-blocks';

/**
 * Prompts with their answers, as they stand in label lines. Most are judged more than once: of each, the bytes are kept with
 * what they mean, and the next label of it costs a comparison.
 */
export interface ItemBytes {
  /**
   * The number of what stands from `start`, a prompt's hash in quotes, then its `items`; `end` is after them. −1 when it is not
   * written as we do.
   */
  find(bytes: Buffer, view: DataView, start: number): number;
  readonly end: number;
  /** The number of an item of another table: its bytes end at `stop`. */
  adopt(bytes: Buffer, view: DataView, start: number, stop: number, answers: number): number;
  /**
   * Touches what is known of the prompt whose hash stands at `start`, if one does: memory is slow, but brings many things at once to who
   * asks for them one after another without waiting.
   */
  fetch(view: DataView, start: number): void;
  readonly touched: number;
  /** How many there are; from `mostAnswers` on nobody knows. */
  answers(item: number): number;
  promptHash(item: number): string;
  items(item: number): readonly LabelItem[];
  /** The last `n` digits of the prompt's hash, and of the greatest answer's. */
  hashEnds(item: number, n: number): string;
  /** Takes note of the text in quotes from `start` to `end` as the item's generation, if it has none yet. Whether it is the item's. */
  isGeneration(item: number, bytes: Buffer, view: DataView, start: number, end: number): boolean;
  /** The item's generation. */
  generation(item: number): string;
  /** Whether it has one. */
  hasGeneration(item: number): boolean;
  /** Where the bytes of an item are kept, or of its generation with quotes, if it has one. */
  at(item: number): Stretch;
  generationAt(item: number): Stretch;
  readonly count: number;
  pack(): PackedItems;
}

/** Bytes from `start` to `end`. */
export interface Stretch {
  readonly block: Buffer;
  readonly start: number;
  readonly end: number;
}

/** An {@link ItemBytes} as flat memory. */
export interface PackedItems {
  readonly arena: PackedBlocks<Buffer>;
  readonly facts: Int32Array;
  readonly heads: Int32Array;
}

const promptStart = '"sha256:';
const between = '","items":[';
const itemStart = '{"hash":"sha256:';
const sourceStart = '","source":"';
const digits = 64;
/** Longer than anything that a line of ours has here, shorter than an arena's block. */
export const longest = 16_384;
const answerBits = 8;
export const mostAnswers = 2 ** answerBits - 1;

/** An empty table, or what was packed: its texts are made out when somebody asks for them. */
export function itemBytes(packed?: PackedItems): ItemBytes {
  const arena: ByteArena = byteArena(packed?.arena);
  const sources = byteIntern((text) => text, sourceStart);
  /** Of each item beside each other, since memory is slow: place, size and how many answers, next with the same code, place of the generation. */
  const facts = packed ? intList(packed.facts, packed.facts.length) : intList();
  /** Of each item, when somebody has asked for it: the prompt's hash, the items, the generation. */
  const texts: (string | readonly LabelItem[])[] = [];
  let count = facts.length / 4;
  for (let i = 0; i < 3 * count; i++) texts.push('');
  let heads = packed?.heads ?? new Int32Array(1 << 12).fill(-1);
  let end = 0;
  /** Of no use, but that what was touched was not touched for nothing. */
  let touched = 0;

  /** From sixteen of the hash's digits: they are as good as random. */
  function code(view: DataView, start: number): number {
    const h = Math.imul(view.getInt32(start + 8), 0x9e3779b1) ^ Math.imul(view.getInt32(start + 12), 0x85ebca6b) ^ Math.imul(view.getInt32(start + 16), 0xc2b2ae35);
    return h ^ (h >>> 15);
  }

  function grow(): void {
    const old = heads;
    heads = new Int32Array(old.length * 4).fill(-1);
    for (let item = 0; item < count; item++) {
      const { block, start } = arena.at(facts.at(4 * item));
      const slot = code(new DataView(block.buffer, block.byteOffset, block.length), start) & (heads.length - 1);
      facts.set(4 * item + 2, heads[slot]!);
      heads[slot] = item;
    }
  }

  /** How many answers stand from `start`, with a call for each; −1 when they are not written as we do. `end` is set to after them. */
  function walk(bytes: Buffer, start: number): number {
    let answers = 0;
    let at = start + promptStart.length + digits;
    if (!spells(promptStart, bytes, start) || !isHex(bytes, start + promptStart.length) || !spells(between, bytes, at)) return -1;
    at += between.length;
    for (;;) {
      const hash = at + itemStart.length;
      const source = hash + digits + sourceStart.length;
      if (!spells(itemStart, bytes, at) || !isHex(bytes, hash) || !spells(sourceStart, bytes, hash + digits)) return -1;
      const close = plainEnd(bytes, source - 1, bytes.length);
      if (close < source + 2 || bytes[close] !== 0x7d) return -1;
      answers++;
      at = close + 2;
      if (bytes[close + 1] === 0x5d) break;
      if (bytes[close + 1] !== 0x2c) return -1;
    }
    end = at;
    return at - start > longest ? -1 : answers;
  }

  function promptHash(item: number): string {
    const { block, start } = arena.at(facts.at(4 * item));
    return (texts[3 * item] ||= asciiText(block, start + 1, start + promptStart.length + digits)) as string;
  }

  /** Calls for each answer of a known item. */
  function forEachOf(item: number, each: (block: Buffer, hash: number, source: number, end: number) => void): void {
    const { block, start } = arena.at(facts.at(4 * item));
    const stop = start + (facts.at(4 * item + 1) >> answerBits);
    for (let at = start + promptStart.length + digits + between.length; at < stop; ) {
      const hash = at + itemStart.length;
      const source = hash + digits + sourceStart.length;
      const close = block.indexOf(0x22, source);
      each(block, hash, source, close);
      at = close + 3;
    }
  }

  function itemsOf(item: number): readonly LabelItem[] {
    const known = texts[3 * item + 1] as readonly LabelItem[] | '';
    if (known !== '') return known;
    const list: LabelItem[] = [];
    forEachOf(item, (block, hash, source, stop) => {
      const view = new DataView(block.buffer, block.byteOffset, block.length);
      list.push({ hash: asciiText(block, hash - 7, hash + digits), source: sources.value(sources.get(block, view, source, stop)) });
    });
    return (texts[3 * item + 1] = list);
  }

  /** The known item whose bytes stand there, −1 when there is none. No item's bytes are the beginning of another's. */
  function look(h: number, view: DataView, start: number): number {
    let item = heads[h & (heads.length - 1)]!;
    while (item >= 0 && !arena.same(facts.at(4 * item), facts.at(4 * item + 1) >> answerBits, view, start)) item = facts.at(4 * item + 2);
    return item;
  }

  /** Keeps the bytes from `start` to `end` as a new item. */
  function add(h: number, bytes: Buffer, view: DataView, start: number, answers: number): number {
    const item = count;
    if (item === heads.length) grow();
    const slot = h & (heads.length - 1);
    facts.push(arena.keep(bytes, view, start, end));
    facts.push(((end - start) << answerBits) | Math.min(answers, mostAnswers));
    facts.push(heads[slot]!);
    facts.push(-1);
    heads[slot] = item;
    texts.push('', '', '');
    count++;
    return item;
  }

  return {
    pack: () => ({ arena: arena.pack(), facts: facts.values(), heads }),
    get touched() {
      return touched;
    },
    get end() {
      return end;
    },
    find(bytes, view, start) {
      if (start + 80 > bytes.length) return -1;
      const h = code(view, start);
      const known = look(h, view, start);
      if (known >= 0) {
        end = start + (facts.at(4 * known + 1) >> answerBits);
        return known;
      }
      const answers = walk(bytes, start);
      return answers < 0 ? -1 : add(h, bytes, view, start, answers);
    },
    adopt(bytes, view, start, stop, answers) {
      const h = code(view, start);
      const known = look(h, view, start);
      if (known >= 0) return known;
      end = stop;
      return add(h, bytes, view, start, answers);
    },
    fetch(view, start) {
      if (start + 80 > view.byteLength) return;
      const item = heads[code(view, start) & (heads.length - 1)]!;
      if (item >= 0) touched ^= arena.touch(facts.at(4 * item), facts.at(4 * item + 1) >> answerBits);
    },
    answers: (item) => facts.at(4 * item + 1) & mostAnswers,
    promptHash,
    items: itemsOf,
    hashEnds(item, n) {
      const { block, start } = arena.at(facts.at(4 * item));
      let greatest = -1;
      forEachOf(item, (_, hash) => {
        let i = 0;
        while (greatest >= 0 && i < digits && block[hash + i] === block[greatest + i]) i++;
        if (greatest < 0 || (i < digits && block[hash + i]! > block[greatest + i]!)) greatest = hash;
      });
      const hash = start + promptStart.length;
      return asciiText(block, hash + digits - n, hash + digits) + asciiText(block, greatest + digits - n, greatest + digits);
    },
    isGeneration(item, bytes, view, start, stop) {
      const known = facts.at(4 * item + 3);
      // The bytes are kept with their closing quote, so that one text does not pass for a longer one.
      if (known >= 0) return arena.same(known, stop - start, view, start);
      facts.set(4 * item + 3, arena.keep(bytes, view, start, stop));
      return true;
    },
    hasGeneration: (item) => facts.at(4 * item + 3) >= 0,
    get count() {
      return count;
    },
    at(item) {
      const { block, start } = arena.at(facts.at(4 * item));
      return { block, start, end: start + (facts.at(4 * item + 1) >> answerBits) };
    },
    generationAt(item) {
      const { block, start } = arena.at(facts.at(4 * item + 3));
      return { block, start, end: block.indexOf(0x22, start + 1) + 1 };
    },
    generation: (item) => (texts[3 * item + 2] ||= arena.quoted(facts.at(4 * item + 3))) as string,
  };
}

/** After the quote that closes a plain text, whose opening quote is at `start`; −1 when it holds anything but printable ASCII without escapes. */
export function plainEnd(bytes: Uint8Array, start: number, limit: number): number {
  for (let i = start + 1; i < limit; i++) {
    const byte = bytes[i]!;
    if (byte === 0x22) return i + 1;
    if (byte < 0x20 || byte > 0x7e || byte === 0x5c) return -1;
  }
  return -1;
}

/** Sixty-four lower-case hexadecimal digits. */
function isHex(bytes: Uint8Array, start: number): boolean {
  for (let i = start; i < start + digits; i++) {
    const byte = bytes[i]!;
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return false;
  }
  return true;
}
