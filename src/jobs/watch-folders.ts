import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import type { Disposable } from '../base/events';

/** Watches a set of folders that changes. Where watching fails, nothing is told: whoever uses it looks by itself now and then. */
export interface FolderWatch extends Disposable {
  /** From now on these and no others. */
  follow(folders: Iterable<string>): void;
}

/** @param changed called, perhaps several times, when something in a folder has changed */
export function watchFolders(changed: () => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  const end = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  return {
    follow(folders) {
      const wanted = new Set(folders);
      for (const folder of [...watchers.keys()]) if (!wanted.has(folder)) end(folder);
      for (const folder of wanted) {
        if (watchers.has(folder)) continue;
        try {
          const watcher = watch(folder, { persistent: false }, changed);
          watcher.on('error', () => {
            watcher.close();
            if (watchers.get(folder) === watcher) watchers.delete(folder);
          });
          watchers.set(folder, watcher);
        } catch {
          // No such folder yet, or no watches left on this system.
        }
      }
    },
    dispose() {
      for (const folder of [...watchers.keys()]) end(folder);
    },
  };
}
