import { Script } from 'node:vm';

/** Where {@link limited} leaves its work for the script, which can only see globals. */
const slot = Symbol.for('plumbline.limited');
const holder = globalThis as unknown as Record<symbol, (() => unknown) | undefined>;
let script: Script | undefined;

/** Work that took longer than it may. */
export class TimeLimitError extends Error {}

/**
 * Does synchronous work, and ends it when it takes longer than `milliseconds`: also in the midst of a regular expression, which nothing else can do.
 * Costs a tenth of a millisecond, for a thread that watches.
 * @throws TimeLimitError, or what the work throws.
 */
export function limited<T>(milliseconds: number, work: () => T): T {
  script ??= new Script(`globalThis[Symbol.for('plumbline.limited')]()`);
  const before = holder[slot];
  holder[slot] = work;
  try {
    return script.runInThisContext({ timeout: milliseconds }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new TimeLimitError(`not done after ${milliseconds / 1000} s`);
    throw error;
  } finally {
    holder[slot] = before;
  }
}
