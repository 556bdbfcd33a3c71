/** Numbers by text, where the texts are kept elsewhere: a hash table of integers alone, for a million ids. */
export interface TextTable {
  /** The number of a text, −1 when it has none. */
  find(text: string): number;
  /** Gives a text that has no number a number. */
  insert(text: string, number: number): void;
}

/** @param textOf the text that was given a number */
export function textTable(textOf: (number: number) => string): TextTable {
  /** Hash and number + 1, beside each other; open addressing. */
  let slots = new Int32Array(2 * 64);
  let count = 0;

  function put(hash: number, number: number): void {
    const mask = slots.length / 2 - 1;
    let slot = hash & mask;
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = number + 1;
  }

  return {
    find(text) {
      const hash = hashOf(text);
      const mask = slots.length / 2 - 1;
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const number = slots[2 * slot + 1]! - 1;
        if (number < 0) return -1;
        if (slots[2 * slot] === hash && textOf(number) === text) return number;
      }
    },
    insert(text, number) {
      if (++count > slots.length * 0.35) {
        const old = slots;
        slots = new Int32Array(old.length * 2);
        for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) put(old[i]!, old[i + 1]! - 1);
      }
      put(hashOf(text), number);
    },
  };
}

function hashOf(text: string): number {
  let h = text.length;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x21f0aaad);
  return h ^ (h >>> 15);
}
