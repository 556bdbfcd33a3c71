/** Numbers by number, both from 0: a table of integers alone, for a million of them. */
export interface IntTable {
  /** The number that a key was given, −1 when it has none. */
  get(key: number): number;
  /** Gives a key that has no number a number. */
  insert(key: number, number: number): void;
}

/** Takes the least memory of two ways: a hash table, or, where most keys up to the greatest one are there, a list by key. */
export function intTable(): IntTable {
  /** Key + 1 and number, beside each other; open addressing. Empty while there is a list. */
  let slots = new Int32Array(2 * 16);
  let shift = 32 - 4;
  let count = 0;
  let greatest = -1;
  /** By key, number + 1. */
  let list: Int32Array | undefined;

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

  function toList(old: Int32Array): void {
    list = new Int32Array(greatest + (greatest >> 2) + 16);
    for (let i = 0; i < old.length; i += 2) if (old[i] !== 0) list[old[i]! - 1] = old[i + 1]! + 1;
    slots = new Int32Array(0);
  }

  /** For `size` slots. */
  function toTable(size: number, each: (put: (key: number, number: number) => void) => void): void {
    slots = new Int32Array(2 * size);
    shift = Math.clz32(size) + 1;
    each(put);
  }

  return {
    get(key) {
      if (list !== undefined) return key < list.length ? list[key]! - 1 : -1;
      const at = place(key);
      return slots[at] === 0 ? -1 : slots[at + 1]!;
    },
    insert(key, number) {
      count++;
      if (key > greatest) greatest = key;
      if (list === undefined && count > slots.length * 0.35) {
        const old = slots;
        // A table of twice the size would be longer than the list.
        if (greatest < 2 * old.length) toList(old);
        else toTable(old.length, (take) => { for (let i = 0; i < old.length; i += 2) if (old[i] !== 0) take(old[i]! - 1, old[i + 1]!); });
      }
      if (list !== undefined && key >= list.length) {
        const old = list;
        if (key < 8 * count) {
          list = new Int32Array(key + (key >> 2) + 16);
          list.set(old);
        } else {
          list = undefined;
          toTable(2 ** Math.ceil(Math.log2(3 * count)), (take) => { for (const [k, n] of old.entries()) if (n > 0) take(k, n - 1); });
        }
      }
      if (list !== undefined) list[key] = number + 1;
      else put(key, number);
    },
  };
}
