import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from './checkpoints';
import type { Prepared } from './prepare';

/**
 * Puts an algorithm into the state of a checkpoint.
 * @throws Error when it is not one of this algorithm and model, or when the lines that were written up to it are no longer there. The algorithm may
 * then be in a state between the two.
 */
export function accept(folder: string, { algorithm, records }: Prepared, { step, snapshot }: Checkpoint): void {
  const lines = snapshot.state['records'];
  if (typeof lines !== 'number' || !Number.isSafeInteger(lines) || lines < 0) throw new Error('it does not say how many lines were written');
  if (records !== undefined && countLines(join(folder, records.file), lines) < lines) throw new Error(`${records.file} has fewer than the ${lines} lines that were written up to it`);
  algorithm.restore(snapshot);
  if (algorithm.done() !== step) throw new Error(`its state is of step ${algorithm.done()}`);
  if (step > algorithm.total) throw new Error(`it is of step ${step}, and the run has ${algorithm.total}`);
}

/** Whole lines of a file, counted up to `most`. */
function countLines(path: string, most: number): number {
  if (most === 0 || !existsSync(path)) return 0;
  const fd = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(1 << 16);
    for (let count = 0; ; ) {
      const read = readSync(fd, chunk);
      if (read === 0) return count;
      for (let at = chunk.indexOf(10); at !== -1 && at < read; at = chunk.indexOf(10, at + 1)) if (++count >= most) return count;
    }
  } finally {
    closeSync(fd);
  }
}
