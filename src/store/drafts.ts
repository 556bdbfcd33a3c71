import { rm, readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { hashText } from '../base/hash';
import { errorCode, fileError, makeFolder, writeFileAtomic } from './files';

/** What labelers have entered and not saved: one small file a labeler and item, outside of the workspace's own files. */
export interface Drafts {
  read(labeler: string, key: string): Promise<unknown>;
  /** On disk, whole, when the promise resolves. */
  write(labeler: string, key: string, draft: object): Promise<void>;
  remove(labeler: string, key: string): Promise<void>;
  /** Removes drafts that nobody has touched for so long. */
  prune(olderThan: Date): Promise<void>;
}

export function openDrafts(folder: string): Drafts {
  const fileOf = (labeler: string, key: string): string => path.join(folder, `${hashText(`${labeler}\n${key}`).slice(7, 39)}.json`);
  return {
    async read(labeler, key) {
      try {
        const { labeler: by, key: of, draft } = JSON.parse(await readFile(fileOf(labeler, key), 'utf8')) as { labeler?: unknown; key?: unknown; draft?: unknown };
        return by === labeler && of === key ? draft : undefined;
      } catch {
        return undefined; // none, or one that cannot be read: there is nothing to go on with
      }
    },
    async write(labeler, key, draft) {
      await makeFolder(folder);
      await writeFileAtomic(fileOf(labeler, key), JSON.stringify({ v: 1, labeler, key, draft }));
    },
    async remove(labeler, key) {
      const file = fileOf(labeler, key);
      try {
        await rm(file, { force: true });
      } catch (error) {
        throw fileError(error, file, 'write');
      }
    },
    async prune(olderThan) {
      const names = await readdir(folder).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return [];
        throw fileError(error, folder, 'read');
      });
      for (const name of names) {
        const file = path.join(folder, name);
        const { mtime } = await stat(file).catch(() => ({ mtime: new Date() }));
        if (mtime < olderThan) await rm(file, { force: true });
      }
    },
  };
}
