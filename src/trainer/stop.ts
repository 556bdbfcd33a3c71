import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Asked between steps: has someone written a `stop` file, or sent SIGTERM, SIGINT or SIGHUP? */
export interface StopRequest {
  requested(): boolean;
  /** Removes the file and the signal handlers: the request was obeyed, or the run is over. */
  clear(): void;
}

/**
 * Watches for requests to stop. A `stop` file that is older than this process was meant for another one, which did not live to
 * obey it; starting the run anew cancels it.
 */
export function watchForStop(folder: string): StopRequest {
  const path = join(folder, 'stop');
  const started = Date.now() - process.uptime() * 1000;
  const written = mtime(path);
  // File systems round times, some to two seconds.
  if (written !== undefined && written < started - 2000) rmSync(path, { force: true });
  let signalled = false;
  const onSignal = (): void => {
    signalled = true;
  };
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    requested: () => signalled || mtime(path) !== undefined,
    clear: () => {
      rmSync(path, { force: true });
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

function mtime(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
