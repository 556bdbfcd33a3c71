/** Numbers by text, where the texts are kept elsewhere: a hash table of integers alone, for a million ids. */
export interface TextTable {
  /** The number of a text, −1 when it has none. */
  find(text: string): number;
  /** Gives a text that has no number a number. */
  insert(text: string, number: number): void;
  /** Numbers whose texts have this {@link hashOfText}, one after another: `after` is the place of the one before, −1 at the beginning. Gives a place, −1 when there are no more. */
  place(hash: number, after: number): number;
  /** Touches the place of a hash, and of others before one waits for it: memory is slow, but brings many things at once. */
  fetch(hash: number): void;
  /** What was touched, so that it was not touched for nothing. */
  readonly touched: number;
  /** The number at a place. */
  numberAt(place: number): number;
  insertHash(hash: number, number: number): void;
}

/** @param textOf the text that was given a number */
export function textTable(textOf: (number: number) => string): TextTable {
  /** Hash and number + 1, beside each other; open addressing. */
  let slots = new Int32Array(2 * 64);
  let count = 0;
  let touched = 0;

  function put(hash: number, number: number): void {
    const mask = slots.length / 2 - 1;
    let slot = hash & mask;
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = number + 1;
  }

  function insertHash(hash: number, number: number): void {
    if (++count > slots.length * 0.35) {
      const old = slots;
      slots = new Int32Array(old.length * 2);
      for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) put(old[i]!, old[i + 1]! - 1);
    }
    put(hash, number);
  }

  return {
    insertHash,
    get touched() {
      return touched;
    },
    fetch(hash) {
      touched ^= slots[2 * (hash & (slots.length / 2 - 1))]!;
    },
    insert(text, number) {
      insertHash(hashOfText(text), number);
    },
    place(hash, after) {
      const mask = slots.length / 2 - 1;
      for (let slot = after < 0 ? hash & mask : (after + 1) & mask; slots[2 * slot + 1] !== 0; slot = (slot + 1) & mask) if (slots[2 * slot] === hash) return slot;
      return -1;
    },
    numberAt: (place) => slots[2 * place + 1]! - 1,
    find(text) {
      const hash = hashOfText(text);
      const mask = slots.length / 2 - 1;
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const number = slots[2 * slot + 1]! - 1;
        if (number < 0) return -1;
        if (slots[2 * slot] === hash && textOf(number) === text) return number;
      }
    },
  };
}

/** Of an ASCII text the same as {@link hashOfBytes} of its bytes. */
export function hashOfText(text: string): number {
  let h = text.length;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mixed(h);
}

export function hashOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let h = end - start;
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return mixed(h);
}

function mixed(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  return h ^ (h >>> 15);
}
