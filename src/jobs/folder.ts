import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { runSchema } from '../protocol/run';
import type { RunSpec } from '../protocol/run';
import { isAlive } from './liveness';
import type { RunMarks } from './view';

/**
 * The small files beside a run's data that say what is to happen with it: `queued` (it waits; renamed to `starting` by
 * whoever takes it, which only one can, who then writes the pid of the started process into it), `stop` (it shall end),
 * `pid` (the trainer's own, gone when it ends in order).
 */
const names = { queued: 'queued', starting: 'starting', pid: 'pid', stop: 'stop', log: 'log.txt' } as const;

/** What the marker files of a run folder say. */
export async function readMarks(folder: string): Promise<RunMarks> {
  const [queued, starting, stop, pid] = await Promise.all([
    readMark(join(folder, names.queued)),
    readMark(join(folder, names.starting)),
    readMark(join(folder, names.stop)),
    readMark(join(folder, names.pid)),
  ]);
  return {
    stop: stop !== undefined,
    ...(queued === undefined ? {} : { queued: queued.at }),
    ...(starting === undefined ? {} : { starting: { ...starting, alive: await lives(starting) } }),
    ...(pid?.pid === undefined ? {} : { pid: { pid: pid.pid, written: pid.at, alive: await lives(pid) } }),
  };
}

interface Mark {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly pid?: number;
}

/**
 * A marker: JSON with the time, as `at` or (the trainer's own) `startedAt`, and perhaps a pid. The time stands in the file,
 * since a copied workspace has new times of its files. What cannot be read counts from the file's time.
 */
async function readMark(file: string): Promise<Mark | undefined> {
  const changed = await mtime(file);
  if (changed === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    value = undefined;
  }
  const { at, startedAt, pid } = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const time = Date.parse(String(at ?? startedAt));
  return { at: Number.isNaN(time) ? changed : time, ...(typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? { pid } : {}) };
}

async function lives({ pid, at }: Mark): Promise<boolean> {
  return pid !== undefined && isAlive(pid, at);
}

function writeMark(file: string, pid?: number): Promise<void> {
  return writeFile(file, `${JSON.stringify({ ...(pid === undefined ? {} : { pid }), at: new Date().toISOString() })}\n`);
}

/** The process that is at work in the folder, if any. */
export async function livePid(folder: string): Promise<number | undefined> {
  const { pid, starting } = await readMarks(folder);
  return pid?.alive === true ? pid.pid : starting?.alive === true ? starting.pid : undefined;
}

/** Puts a run in the queue. */
export async function enqueue(folder: string): Promise<void> {
  await writeMark(join(folder, names.queued));
}

/** Takes a run out of the queue so that the caller starts it. False when somebody else was faster: a rename happens once. */
export async function claim(folder: string): Promise<boolean> {
  const starting = join(folder, names.starting);
  if (!(await renamed(join(folder, names.queued), starting))) return false;
  await writeMark(starting);
  return true;
}

/** Takes a run out of the queue for good. False when it was not, or no longer, queued. */
export async function unqueue(folder: string): Promise<boolean> {
  const gone = join(folder, `${names.queued}.cancelled`);
  if (!(await renamed(join(folder, names.queued), gone))) return false;
  await rm(gone, { force: true });
  return true;
}

/** The process of a claim exists. */
export async function writeStarted(folder: string, pid: number): Promise<void> {
  await writeMark(join(folder, names.starting), pid);
}

/** The claim came to nothing. */
export async function unclaim(folder: string): Promise<void> {
  await rm(join(folder, names.starting), { force: true });
}

/** Asks the trainer to end with a checkpoint. */
export async function askToStop(folder: string): Promise<void> {
  await writeMark(join(folder, names.stop));
}

/** Takes back a wish to stop. */
export async function forgetStop(folder: string): Promise<void> {
  await rm(join(folder, names.stop), { force: true });
}

/** The names of the run folders, oldest first (names begin with the time); none when there is no such folder. */
export async function runNames(runsFolder: string): Promise<string[]> {
  try {
    const entries = await readdir(runsFolder, { withFileTypes: true });
    return entries.filter((e) => e.isDirectory() && !e.name.startsWith('.')).map((e) => e.name).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether nobody has written into a folder for ten seconds: what it lacks by now it will not get. */
export async function isSettled(folder: string): Promise<boolean> {
  const changed = await mtime(folder);
  return changed !== undefined && Date.now() - changed > 10_000;
}

/** `run.json` of a folder. Throws a UserError that names the file and what is wrong with it. */
export async function readSpec(folder: string): Promise<RunSpec> {
  const file = join(folder, 'run.json');
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UserError('jobs.run-unreadable', `${file} cannot be read: ${messageOf(error)}`);
  }
  const parsed = runSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError('jobs.run-invalid', `${file} is not a run: ${issue === undefined ? 'unknown reason' : `${issue.path.join('.')}: ${issue.message}`}`);
}

/** The last `bytes` bytes of the human log; empty when there is none. */
export async function logTail(folder: string, bytes = 2000): Promise<string> {
  let file;
  try {
    file = await open(join(folder, names.log), 'r');
  } catch {
    return '';
  }
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(bytes, size));
    await file.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}

async function mtime(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
