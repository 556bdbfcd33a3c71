import { readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../base/errors';
import { errorCode, fileError } from './files';
import type { Workspace } from './workspace';

/** Whether a path, with every link in it followed, lies in a folder. A path that does not exist (yet) counts by the part that does. */
export async function isInside(folder: string, target: string): Promise<boolean> {
  const relative = path.relative(await realPath(folder), await realPath(target));
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}

/**
 * The absolute path of a model folder as the project names it: relative to the workspace's root, or absolute.
 * @throws UserError `store.outside` for a path outside the workspace while the workspace is not trusted.
 */
export async function modelFolder(workspace: Workspace, name: string, trusted: boolean): Promise<string> {
  const target = path.resolve(workspace.root, name);
  if (trusted || (await isInside(workspace.root, target))) return target;
  throw new UserError('store.outside', `${name} leads outside the workspace, and this workspace is not trusted. Trust it, or copy the model into it.`, {
    title: 'Manage trust',
    command: 'workbench.trust.manage',
  });
}

/** A path as it is stored: relative to the root with forward slashes where the target is inside, else absolute. */
export function storedPath(workspace: Workspace, target: string): string {
  const absolute = path.resolve(workspace.root, target);
  const relative = path.relative(workspace.root, absolute);
  const outside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  return outside ? absolute : relative === '' ? '.' : relative.split(path.sep).join('/');
}

/** As `realpath`, but the missing end of a path is kept as it is written. A link to what is missing is followed all the same. */
async function realPath(target: string): Promise<string> {
  try {
    return await realpath(target);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw fileError(error, target, 'read');
    const parent = path.dirname(target);
    const link = await readlink(target).catch(() => undefined); // no link: nothing is there at all
    if (link !== undefined) return realPath(path.resolve(parent, link));
    return parent === target ? target : path.join(await realPath(parent), path.basename(target));
  }
}
