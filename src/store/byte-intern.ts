import type { ByteWords } from './byte-words';
import { byteWords, sameWords } from './byte-words';

/**
 * Values that stand in line after line (a labeler's name, an order on screen, a guideline's hash) are parsed once: a table from
 * the bytes of a JSON value to what they mean.
 */
export interface ByteIntern<T> {
  /** The last value with what stood before it (`prefix`), when the same stands at `start`. */
  again(view: DataView, start: number): Again | undefined;
  /** The number of what the bytes from `start` to `end` mean; −1 when `make` gives undefined. */
  get(bytes: Buffer, start: number, end: number): number;
  /** What a number stands for. */
  value(number: number): T;
  /** All values, in the order of their numbers. */
  values(): readonly T[];
  /** Gives texts numbers from 0 on, as `get` does: for a new table. @throws RangeError for one that means nothing. */
  restore(texts: readonly string[]): void;
}

export interface Again {
  readonly number: number;
  /** Of prefix and value. */
  readonly whole: ByteWords;
}

interface Entry extends Again {
  readonly text: string;
  readonly next: Entry | undefined;
}

/** Beyond so many different values, or this length, a value is kept each time: it is no repetition. */
const mostValues = 50_000;
const longest = 200;

/** `make` gets the bytes as text; they are ASCII. */
export function byteIntern<T>(make: (text: string) => T | undefined, prefix = '    '): ByteIntern<T> {
  let heads: (Entry | undefined)[] = [undefined];
  const values: T[] = [];
  let count = 0;
  let last: Entry | undefined;
  const mixed = (hash: number): number => hash ^ (hash >>> 11) ^ (hash >>> 22);

  function add(text: string, hash: number): number {
    const value = make(text);
    if (value === undefined) return -1;
    const number = values.push(value) - 1;
    if (count >= mostValues || text.length > longest) return number;
    // Many tables are never used.
    if (count++ === 0) heads = new Array<Entry | undefined>(1024).fill(undefined);
    const slot = hash & (heads.length - 1);
    last = heads[slot] = { text, number, whole: byteWords(prefix + text), next: heads[slot] };
    return number;
  }

  return {
    again: (view, start) => (last !== undefined && sameWords(last.whole, view, start) ? last : undefined),
    get(bytes, start, stop) {
      let hash = stop - start;
      for (let i = start; i < stop; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
      hash = mixed(hash);
      for (let entry = heads[hash & (heads.length - 1)]; entry !== undefined; entry = entry.next) {
        if (entry.text.length === stop - start && spells(entry.text, bytes, start)) {
          last = entry;
          return entry.number;
        }
      }
      return add(asciiText(bytes, start, stop), hash);
    },
    value: (number) => values[number]!,
    values: () => values,
    restore(texts) {
      for (const text of texts) {
        let hash = text.length;
        for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
        if (add(text, mixed(hash)) < 0) throw new RangeError(`no such value: ${text}`);
      }
    },
  };
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
