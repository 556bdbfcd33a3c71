import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../base/errors';
import { fileError, errorCode, makeFolder, readIfThere, writeFileAtomic } from './files';

/** Where a workspace is on disk. Holds no state: everything is read from the files. */
export interface Workspace {
  /** The folder that a person opens; paths of models are relative to it. */
  readonly root: string;
  /** `<root>/.plumbline`. */
  readonly folder: string;
}

export const workspaceFolderName = '.plumbline';

const gitIgnore = `# Runs hold weights and can be made again.
runs/
*.tmp
`;
const gitAttributes = `# Judgements are lines that are only ever added: a merge keeps the lines of both sides.
labels/*.jsonl merge=union text eol=lf
red-team/*.jsonl merge=union text eol=lf
experiments.jsonl merge=union text eol=lf
prompts/*.jsonl text eol=lf
generations/*.jsonl text eol=lf
screening/*.jsonl text eol=lf
`;

/** The workspace of a folder, whether it is there or not. */
export function workspaceAt(root: string): Workspace {
  const absolute = path.resolve(root);
  return { root: absolute, folder: path.join(absolute, workspaceFolderName) };
}

/** The workspace of this folder, or of the nearest folder above it that has one. */
export async function findWorkspace(start: string): Promise<Workspace | undefined> {
  for (let at = path.resolve(start); ; at = path.dirname(at)) {
    const workspace = workspaceAt(at);
    if (await isFolder(workspace.folder)) return workspace;
    if (path.dirname(at) === at) return undefined;
  }
}

/** @throws UserError `store.no-workspace` when there is none at or above the folder. */
export async function requireWorkspace(start: string): Promise<Workspace> {
  const found = await findWorkspace(start);
  if (found) return found;
  throw new UserError('store.no-workspace', `${path.resolve(start)} has no ${workspaceFolderName} folder, nor has any folder above it. Set up a workspace there first.`, {
    title: 'Set up this workspace',
    command: 'plumbline.setup',
  });
}

/** Makes what is missing of a workspace; files that are there stay as they are. `project` is the first `project.json`. */
export async function createWorkspace(root: string, project: object = { v: 1 }): Promise<Workspace> {
  const workspace = workspaceAt(root);
  for (const name of ['prompts', 'generations', 'labels', 'screening', 'runs']) await makeFolder(path.join(workspace.folder, name));
  const files = { 'project.json': `${JSON.stringify(project, null, 2)}\n`, '.gitignore': gitIgnore, '.gitattributes': gitAttributes };
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(workspace.folder, name);
    if ((await readIfThere(file)) === undefined) await writeFileAtomic(file, text);
  }
  return workspace;
}

async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw fileError(error, folder, 'read');
  }
}
