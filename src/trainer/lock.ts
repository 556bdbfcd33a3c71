import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../base/errors';

/** Who runs a run folder, as written in its `pid` file. */
export interface Holder {
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** Milliseconds. */
const patience = 1000;

/**
 * Takes the run folder for this process by creating its `pid` file; the returned function gives it back. A file left by a
 * process that is gone is replaced.
 * @throws UserError when another process that lives holds the folder, and still does after {@link patience}: one that is killed takes a moment to go.
 */
export function takeFolder(folder: string): () => void {
  const path = join(folder, 'pid');
  const began = Date.now();
  const mine: Holder = { pid: process.pid, startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString() };
  for (;;) {
    try {
      const fd = openSync(path, 'wx');
      writeSync(fd, `${JSON.stringify(mine)}\n`);
      fsyncSync(fd);
      closeSync(fd);
      return () => {
        if (read(path)?.pid === mine.pid) rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = read(path);
    if (holder !== undefined && isAlive(holder)) {
      if (Date.now() - began < patience) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        continue;
      }
      throw new UserError('run.busy', `${folder} is being run by process ${holder.pid} since ${holder.startedAt}. Wait for it, or stop it first.`);
    }
    steal(path, holder);
  }
}

/** Moves a dead process's file aside; if another starter was faster and it is that one's by now, puts it back. */
function steal(path: string, dead: Holder | undefined): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = read(aside);
  if (moved?.pid !== dead?.pid || moved?.startedAt !== dead?.startedAt) renameSync(aside, path);
  else rmSync(aside, { force: true });
}

/** `undefined` when the file is gone or torn: whoever wrote it did not live to finish eighty bytes. */
function read(path: string): Holder | undefined {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return Number.isInteger(pid) && pid! > 0 && typeof startedAt === 'string' ? { pid: pid!, startedAt } : undefined;
  } catch {
    return undefined;
  }
}

/** Does the process live, and is it not another one that got the number after the machine was started anew? */
function isAlive({ pid, startedAt }: Holder): boolean {
  if (pid === process.pid) return false;
  // Clocks are adjusted; a minute of doubt counts as alive.
  if (Date.parse(startedAt) < Date.now() - uptime() * 1000 - 60_000) return false;
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether it has ended and nobody has asked how. Where the system does not say, it is not known to have ended. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
