/** Milliseconds that work may take before the extension host does something else: half a frame. */
const slice = 8;

/**
 * Runs a generator to its end without blocking: after every slice of time whatever else waits has its turn.
 * @param given whether nobody wants the result any more; asked after each slice
 * @returns what the generator returns, or undefined when it was given up
 */
export async function inSlices<T>(work: Generator<undefined, T>, given: () => boolean = () => false): Promise<T | undefined> {
  let until = performance.now() + slice;
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
    if (performance.now() < until) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (given()) return undefined;
    until = performance.now() + slice;
  }
}
