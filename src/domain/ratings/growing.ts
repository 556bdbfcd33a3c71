type Column = Int8Array | Int32Array | Float32Array | Float64Array;

/** A typed array that grows as values are added. */
export interface Growing<T extends Column> {
  push(value: number): void;
  length(): number;
  /** The values, in an array of their own. */
  done(): T;
}

export function growing<T extends Column>(type: new (length: number) => T): Growing<T> {
  let held = new type(256);
  let count = 0;
  return {
    push(value) {
      if (count === held.length) {
        const more = new type(2 * count);
        more.set(held);
        held = more;
      }
      held[count++] = value;
    },
    length: () => count,
    done: () => held.slice(0, count) as T,
  };
}
