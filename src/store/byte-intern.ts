import { sameBytes } from './byte-words';

/**
 * Values that stand in line after line (a labeler's name, an order on screen, a guideline's hash) are parsed once: a table from
 * the bytes of a JSON value to what they mean.
 */
export interface ByteIntern<T> {
  /**
   * The number of the value that `get` found last, or before that, if it stands at `at` with its prefix; −1 when it does not. Lines
   * resemble each other. `length` is then its length, with the prefix.
   */
  again(view: DataView, at: number): number;
  readonly length: number;
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

/** Beyond so many different values, or this length, a value is kept each time: it is no repetition. */
const mostValues = 50_000;
const longest = 200;
/** Of an entry beside each other, since memory is slow: hash, place of the bytes, their length with the prefix, number + 1. */
const size = 4; // 1 << 2

/**
 * `make` gets the bytes as text; they are printable ASCII. `prefix`: what stands before every value, at least four characters.
 * `told` hears of every value that gets a number.
 */
export function byteIntern<T>(make: (text: string) => T | undefined, prefix: string, told?: (text: string, value: T) => void): ByteIntern<T> {
  /** Open addressing. */
  let slots = new Int32Array(0);
  /** The entries' bytes, one after another. */
  let kept = Buffer.alloc(0);
  let keptView = viewOf(kept);
  let used = 0;
  const values: T[] = [];
  let count = 0;
  /** Of the value that was found last, and before that: place, length, number. */
  let [lastPlace, lastLength, lastNumber] = [0, 0, -1];
  let [otherPlace, otherLength, otherNumber] = [0, 0, -1];

  function add(text: string, hash: number): number {
    const value = make(text);
    if (value === undefined) return -1;
    told?.(text, value);
    return keep(text, value, hash);
  }

  function keep(text: string, value: T, hash: number): number {
    const number = values.push(value) - 1;
    if (count >= mostValues || text.length > longest) return number;
    if (!/^[ -~]*$/.test(text)) throw new RangeError(`not printable ASCII: ${text}`);
    // Many tables are never used.
    if (++count * 2 * size > slots.length) grow();
    const length = prefix.length + text.length;
    if (used + length > kept.length) {
      const more = Buffer.alloc(2 * (used + length) + 64);
      kept.copy(more, 0, 0, used);
      kept = more;
      keptView = viewOf(kept);
    }
    kept.write(prefix + text, used, 'latin1');
    put(hash, used, length, number);
    found(used, length, number);
    used += length;
    return number;
  }

  function put(hash: number, place: number, length: number, number: number): void {
    const mask = slots.length - 1;
    let at = (hash << 2) & mask;
    while (slots[at + 3] !== 0) at = (at + size) & mask;
    slots[at] = hash;
    slots[at + 1] = place;
    slots[at + 2] = length;
    slots[at + 3] = number + 1;
  }

  function grow(): void {
    const old = slots;
    slots = new Int32Array(Math.max(256, 4 * old.length));
    for (let i = 0; i < old.length; i += size) if (old[i + 3] !== 0) put(old[i]!, old[i + 1]!, old[i + 2]!, old[i + 3]! - 1);
  }

  /** The number of what stands from `start` to `end`, −1 when it is not known. */
  function find(view: DataView, start: number, end: number, hash: number): number {
    if (count === 0) return -1;
    const mask = slots.length - 1;
    const whole = start - prefix.length;
    for (let at = (hash << 2) & mask; slots[at + 3] !== 0; at = (at + size) & mask) {
      const length = slots[at + 2]!;
      if (slots[at] === hash && length === end - whole && sameBytes(keptView, slots[at + 1]!, length, view, whole)) {
        found(slots[at + 1]!, length, slots[at + 3]! - 1);
        return slots[at + 3]! - 1;
      }
    }
    return -1;
  }

  function found(place: number, length: number, number: number): void {
    if (number === lastNumber) return;
    [otherPlace, otherLength, otherNumber] = [lastPlace, lastLength, lastNumber];
    [lastPlace, lastLength, lastNumber] = [place, length, number];
  }

  const table: ByteIntern<T> & { length: number } = {
    length: 0,
    again(view, at) {
      if (lastNumber >= 0 && sameBytes(keptView, lastPlace, lastLength, view, at)) {
        table.length = lastLength;
        return lastNumber;
      }
      if (otherNumber >= 0 && sameBytes(keptView, otherPlace, otherLength, view, at)) {
        table.length = otherLength;
        return otherNumber;
      }
      return -1;
    },
    get(bytes, view, start, end) {
      const hash = hashOf(view, start, end);
      const number = find(view, start, end, hash);
      return number < 0 ? add(asciiText(bytes, start, end), hash) : number;
    },
    adopt(text, value) {
      const bytes = Buffer.from(prefix + text, 'latin1');
      const hash = hashOf(viewOf(bytes), prefix.length, bytes.length);
      const number = find(viewOf(bytes), prefix.length, bytes.length, hash);
      return number < 0 ? keep(text, value, hash) : number;
    },
    value: (number) => values[number]!,
    values: () => values,
    restore(texts) {
      for (const text of texts) {
        const bytes = Buffer.from(text, 'latin1');
        if (add(text, hashOf(viewOf(bytes), 0, bytes.length)) < 0) throw new RangeError(`no such value: ${text}`);
      }
    },
  };
  return table;
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

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
