// Copies of the sample workspace: people and tests write into a copy, never into the project.
import { cp, mkdir, mkdtemp, readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { root, StepError } from './process.mjs';

const sample = path.join(root, 'media', 'sample');

/**
 * Makes a copy of the sample workspace.
 * @param {string} [folder] where; a new folder under the system's temporary one by default. One that holds a Plumbline workspace
 *   already is opened as it is, so that coming back to it goes on with the work in it.
 * @returns {Promise<{folder: string, copied: boolean}>}
 * @throws {StepError} when the folder holds something else: nothing of it is touched
 */
export async function sampleWorkspace(folder) {
  if (!folder) {
    const made = await mkdtemp(path.join(os.tmpdir(), 'plumbline-'));
    await cp(sample, made, { recursive: true });
    return { folder: made, copied: true };
  }
  const target = path.resolve(folder);
  await mkdir(target, { recursive: true });
  const entries = await readdir(target);
  if (entries.includes('.plumbline')) return { folder: target, copied: false };
  if (entries.length) throw new StepError(`${target} is neither empty nor a Plumbline workspace: name another folder, or none for a new one`);
  await cp(sample, target, { recursive: true });
  return { folder: target, copied: true };
}
