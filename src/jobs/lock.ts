import { open, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { exists } from './liveness';

const patience = 5000;
/** Work under the lock takes well under a second; a lock this old belongs to a process that hangs or to a pid used again. */
const stale = 30_000;

/**
 * Runs `work` while holding an exclusive lock file, across processes. Resolves to undefined without running it when
 * another process holds the lock for longer than five seconds. A lock left behind by a dead process is removed.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T | undefined> {
  const deadline = Date.now() + patience;
  while (!(await acquire(file))) {
    if (await isStale(file)) await rm(file, { force: true });
    else if (Date.now() > deadline) return undefined;
    else await delay(20 + Math.floor(Math.random() * 30));
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function acquire(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(`${process.pid}\n`);
    await handle.close();
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // Windows says EPERM while a file of that name is being deleted.
    if (code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32')) return false;
    throw error;
  }
}

async function isStale(file: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const age = Date.now() - mtimeMs;
    const pid = Number.parseInt(text, 10);
    // An empty file is one that was just created and not yet written.
    return age > stale || (Number.isSafeInteger(pid) ? !exists(pid) : age > 2000);
  } catch {
    return false;
  }
}
