import type { ByteWords } from './byte-words';
import { byteWords, sameWords } from './byte-words';

/**
 * Values that stand in line after line (a labeler's name, an order on screen, a guideline's hash) are parsed once: a table from
 * the bytes of a JSON value to what they mean.
 */
export interface ByteIntern<T> {
  /** The value that `get` found last, with what stood before it (`prefix`): the same may stand in the next line. */
  readonly last: Again | undefined;
  /** The number of what the bytes from `start` to `end` mean; −1 when `make` gives undefined. The prefix must stand before them. */
  get(bytes: Buffer, view: DataView, start: number, end: number): number;
  /** What a number stands for. */
  value(number: number): T;
  /** All values, in the order of their numbers. */
  values(): readonly T[];
  /** Gives texts numbers from 0 on, as `get` does: for a new table. @throws RangeError for one that means nothing. */
  restore(texts: readonly string[]): void;
  /** The number of a value that another table has made of this text. */
  adopt(text: string, value: T): number;
}

export interface Again {
  readonly number: number;
  /** Of prefix and value. */
  readonly whole: ByteWords;
}

interface Entry extends Again {
  readonly hash: number;
  next: Entry | undefined;
}

/** Beyond so many different values, or this length, a value is kept each time: it is no repetition. */
const mostValues = 50_000;
const longest = 200;

/**
 * `make` gets the bytes as text; they are printable ASCII. `prefix`: what stands before every value, at least four characters.
 * `told` hears of every value that gets a number.
 */
export function byteIntern<T>(make: (text: string) => T | undefined, prefix: string, told?: (text: string, value: T) => void): ByteIntern<T> {
  let heads: (Entry | undefined)[] = [undefined];
  const values: T[] = [];
  let count = 0;

  function add(text: string, hash: number): number {
    const value = make(text);
    if (value === undefined) return -1;
    told?.(text, value);
    return keep(text, value, hash);
  }

  function keep(text: string, value: T, hash: number): number {
    const number = values.push(value) - 1;
    if (count >= mostValues || text.length > longest) return number;
    // Many tables are never used.
    if (count++ === 0) heads = new Array<Entry | undefined>(1024).fill(undefined);
    else if (count > heads.length) grow();
    const slot = hash & (heads.length - 1);
    table.last = heads[slot] = { hash, number, whole: byteWords(prefix + text), next: heads[slot] };
    return number;
  }

  function grow(): void {
    const old = heads;
    heads = new Array<Entry | undefined>(old.length * 4).fill(undefined);
    for (const first of old) {
      for (let entry = first; entry !== undefined; ) {
        const { next } = entry;
        const slot = entry.hash & (heads.length - 1);
        entry.next = heads[slot];
        heads[slot] = entry;
        entry = next;
      }
    }
  }

  function find(view: DataView, start: number, end: number, hash: number): Entry | undefined {
    const whole = start - prefix.length;
    let entry = heads[hash & (heads.length - 1)];
    while (entry !== undefined && (entry.hash !== hash || entry.whole.length !== end - whole || !sameWords(entry.whole, view, whole))) entry = entry.next;
    return entry;
  }

  const table = {
    last: undefined as Entry | undefined,
    get(bytes: Buffer, view: DataView, start: number, end: number): number {
      const hash = hashOf(view, start, end);
      const entry = find(view, start, end, hash);
      if (entry === undefined) return add(asciiText(bytes, start, end), hash);
      table.last = entry;
      return entry.number;
    },
    adopt(text: string, value: T): number {
      const bytes = Buffer.from(prefix + text, 'latin1');
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const hash = hashOf(view, prefix.length, bytes.length);
      return find(view, prefix.length, bytes.length, hash)?.number ?? keep(text, value, hash);
    },
    value: (number: number) => values[number]!,
    values: () => values,
    restore(texts: readonly string[]) {
      for (const text of texts) {
        const bytes = Buffer.from(text, 'latin1');
        if (add(text, hashOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length)) < 0) throw new RangeError(`no such value: ${text}`);
      }
    },
  };
  return table;
}

function hashOf(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let i = start;
  for (; i + 4 <= end; i += 4) hash = mixed(hash ^ view.getInt32(i, true));
  for (; i < end; i++) hash = mixed(hash ^ view.getUint8(i));
  return hash;
}

function mixed(hash: number): number {
  const h = Math.imul(hash, 0x9e3779b1);
  return h ^ (h >>> 15);
}

/** Whether this ASCII text stands at `start`. */
export function spells(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

/** A text of its own, never a view of a longer one, which would stay in memory with it. */
export function asciiText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}
