import path from 'node:path';
import { UserError } from '../base/errors';
import type { ScreeningItem } from '../domain/records';
import { makeFolder, readIfThere, writeFileAtomic } from './files';
import type { Workspace } from './workspace';

/** Where a set of screening items is. @throws UserError `store.name` for a name that is no plain file name. */
export function screeningFile(workspace: Workspace, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw new UserError('store.name', `"${name}" cannot name a set of screening items. Use letters, digits, dots, hyphens and underscores.`);
  return path.join(workspace.folder, 'screening', `${name}.jsonl`);
}

/** Writes a set of screening items whole; one of that name is replaced only when `replace` says so. @throws UserError `store.exists` */
export async function writeScreening(workspace: Workspace, name: string, items: readonly ScreeningItem[], options: { replace?: boolean } = {}): Promise<string> {
  const file = screeningFile(workspace, name);
  if (options.replace !== true && (await readIfThere(file)) !== undefined) throw new UserError('store.exists', `${file} exists already. Choose another name.`);
  await makeFolder(path.dirname(file));
  await writeFileAtomic(file, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
  return file;
}
