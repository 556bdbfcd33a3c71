/** Numbers by number, both from 0: a hash table of integers alone. */
export interface IntTable {
  /** The number that a key was given, −1 when it has none. */
  get(key: number): number;
  /** Gives a key that has no number a number. */
  insert(key: number, number: number): void;
}

export function intTable(): IntTable {
  /** Key + 1 and number, beside each other; open addressing. */
  let slots = new Int32Array(2 * 16);
  let shift = 32 - 4;
  let count = 0;

  /** Where a key stands, or would. Keys that follow each other in any steps are spread by the golden ratio. */
  function place(key: number): number {
    const mask = slots.length / 2 - 1;
    let slot = Math.imul(key, 0x9e3779b1) >>> shift;
    while (slots[2 * slot] !== 0 && slots[2 * slot] !== key + 1) slot = (slot + 1) & mask;
    return 2 * slot;
  }

  function put(key: number, number: number): void {
    const at = place(key);
    slots[at] = key + 1;
    slots[at + 1] = number;
  }

  return {
    get(key) {
      const at = place(key);
      return slots[at] === 0 ? -1 : slots[at + 1]!;
    },
    insert(key, number) {
      if (++count > slots.length * 0.35) {
        const old = slots;
        slots = new Int32Array(old.length * 2);
        shift--;
        for (let i = 0; i < old.length; i += 2) if (old[i] !== 0) put(old[i]! - 1, old[i + 1]!);
      }
      put(key, number);
    },
  };
}
