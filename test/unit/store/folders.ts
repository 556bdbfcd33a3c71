import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createWorkspace } from '../../../src/store/workspace';
import type { Workspace } from '../../../src/store/workspace';

/** A folder under the system's temporary folder, for the time of one test. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-store-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A new workspace, for the time of one test. */
export function inWorkspace(use: (workspace: Workspace) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => use(await createWorkspace(folder)));
}
