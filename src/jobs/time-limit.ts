import { createContext, Script } from 'node:vm';

const script = new Script('result = work()');

/**
 * Runs a function and stops it when it takes too long: for regular expressions that come with a project, whose time can
 * grow exponentially with the text. (`node:vm` stops code from another thread, backtracking included.)
 * @returns what `work` gives, or undefined when it was stopped
 * @throws what `work` throws
 */
export function withinTime<T>(milliseconds: number, work: () => T): T | undefined {
  const context: { work: () => T; result?: T } = { work };
  try {
    script.runInContext(createContext(context), { timeout: milliseconds });
  } catch (error) {
    // The error is one of the context's realm, so that `instanceof Error` does not hold.
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
  return context.result;
}
