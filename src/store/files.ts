import { open, readdir, readFile, rename, rm, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError, messageOf } from '../base/errors';

const cures: Record<string, readonly [code: string, what: string]> = {
  ENOSPC: ['store.disk-full', 'the disk is full. Free some space and do it again'],
  EDQUOT: ['store.disk-full', 'the disk quota is used up. Free some space and do it again'],
  EROFS: ['store.read-only', 'the file system is read-only. Copy the workspace to where it can be written'],
  EACCES: ['store.read-only', 'access is denied. Allow this user to read and write it'],
  EPERM: ['store.read-only', 'access is denied. Allow this user to read and write it'],
  ENOTDIR: ['store.path', 'a part of the path is a file where a folder is needed. Rename that file'],
  EISDIR: ['store.path', 'it is a folder where a file is needed. Rename that folder'],
  EMFILE: ['store.too-many-files', 'too many files are open. Close some programs and do it again'],
  EIO: ['store.disk', 'the disk reports an error. Check the disk'],
};

/** The error of a file operation: one the user can act on becomes a {@link UserError} that names the file, any other stays as it is. */
export function fileError(error: unknown, file: string, doing: 'read' | 'write'): unknown {
  const known = cures[errorCode(error) ?? ''];
  return known ? new UserError(known[0], `cannot ${doing} ${file}: ${known[1]} (${messageOf(error)}).`) : error;
}

/** `ENOENT` and the like. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A file's bytes, or undefined when there is none. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw fileError(error, file, 'read');
  }
}

/** Paths of the files in a folder whose names end so, sorted by what stands before the ending; none when there is no such folder. Hidden files are left out. */
export async function filesIn(folder: string, ending: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((e) => !e.isDirectory() && !e.name.startsWith('.') && e.name.endsWith(ending))
      .map((e) => e.name.slice(0, -ending.length))
      .sort()
      .map((name) => path.join(folder, `${name}${ending}`));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileError(error, folder, 'read');
  }
}

/** Size, time and number of a file: as long as they are the same, so is the file. */
export function stampOf({ size, mtimeMs, ino }: { readonly size: number; readonly mtimeMs: number; readonly ino: number }): string {
  return `${size} ${mtimeMs} ${ino}`;
}

/** The size in a {@link stampOf}; 0 for none. */
export const sizeOf = (stamp: string | undefined): number => (stamp === undefined ? 0 : Number(stamp.slice(0, stamp.indexOf(' '))));

/** {@link stampOf} the file at a path; undefined when there is none. */
export async function fileStamp(file: string): Promise<string | undefined> {
  try {
    return stampOf(await stat(file));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw fileError(error, file, 'read');
  }
}

/** Makes a folder and those above it. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError(error, folder, 'write');
  }
}

let temporaries = 0;

/** A name beside `target` that no other writer uses: hidden, with this process's id. */
export function temporaryName(target: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}-${temporaries++}.tmp`);
}

/**
 * Writes a file whole: to a temporary name, fsync, rename, fsync of the folder. Whoever reads it sees the old content or
 * the new, never a part, even after a power cut.
 */
export async function writeFileAtomic(file: string, data: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await writeSynced(temporary, data);
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one to tell
    throw fileError(error, file, 'write');
  }
}

/** Writes a new file and fsyncs it. */
export async function writeSynced(file: string, data: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a folder durable. Windows cannot open a folder, and needs no such thing. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
