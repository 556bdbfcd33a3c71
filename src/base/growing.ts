/** A list of integers that takes no more memory than it must: for lists of a million. */
export interface IntList {
  readonly length: number;
  /** The value at an index below `length`. */
  at(index: number): number;
  set(index: number, value: number): void;
  push(value: number): void;
  /** What is in it now, as memory that a later `push` may leave behind. */
  values(): Int32Array;
}

/** An empty list of 32-bit integers, or one of these. */
export function intList(from: Int32Array = new Int32Array(64), length = 0): IntList {
  let values = from;
  return {
    get length() {
      return length;
    },
    values: () => values.subarray(0, length),
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
