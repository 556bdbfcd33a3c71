/** A list of integers that takes no more memory than it must: for lists of a million. */
export interface IntList {
  readonly length: number;
  /** The value at an index below `length`. */
  at(index: number): number;
  set(index: number, value: number): void;
  push(value: number): void;
}

/** An empty list of 32-bit integers. */
export function intList(): IntList {
  let values = new Int32Array(64);
  let length = 0;
  return {
    get length() {
      return length;
    },
    at: (index) => values[index]!,
    set(index, value) {
      values[index] = value;
    },
    push(value) {
      if (length === values.length) {
        const more = new Int32Array(length + (length >> 2) + 16);
        more.set(values);
        values = more;
      }
      values[length++] = value;
    },
  };
}
