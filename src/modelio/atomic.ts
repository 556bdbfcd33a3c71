import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

let count = 0;

/**
 * Writes a file so that at every instant either the old or the whole new content is there: a temporary name in the same
 * folder, fsync, rename, fsync of the folder. On failure the temporary file is removed and the error thrown.
 */
export async function writeAtomically(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}-${count++}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes renames inside `folder` durable. Windows cannot open a folder and does this by itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
