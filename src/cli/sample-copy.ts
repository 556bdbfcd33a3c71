import { cp, mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../base/errors';
import { requireWorkspace } from '../store/workspace';
import type { Workspace } from '../store/workspace';
import { distFolder } from './context';

/**
 * A copy of the sample workspace: in a new temporary folder, or in `folder`, which must be empty or missing, or hold a
 * workspace already, which is then used as it is.
 */
export async function sampleWorkspace(folder: string | undefined): Promise<{ workspace: Workspace; copied: boolean }> {
  const root = folder === undefined ? await mkdtemp(join(tmpdir(), 'plumbline-')) : resolve(folder);
  if (existsSync(join(root, '.plumbline'))) return { workspace: await requireWorkspace(root), copied: false };
  await mkdir(root, { recursive: true });
  if ((await readdir(root)).length > 0) throw new UserError('cli.not-empty', `${root} is neither empty nor a Plumbline workspace. Name another folder, or none for a new one.`);
  const sample = join(distFolder, '..', 'media', 'sample');
  if (!existsSync(join(sample, '.plumbline'))) throw new UserError('cli.no-sample', `${sample} is missing: the program was not installed whole.`);
  await cp(sample, root, { recursive: true });
  return { workspace: await requireWorkspace(root), copied: true };
}
