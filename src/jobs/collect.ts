import { join } from 'node:path';
import { UserError } from '../base/errors';
import type { Problem } from '../base/problems';
import { generationSchema } from '../protocol/records';
import { addGenerations } from '../store/add-import';
import { readRecords } from '../store/data-files';
import type { Workspace } from '../store/workspace';
import type { RunView } from './view';

/** What a generation run brought into the workspace. */
export interface Collected {
  /** Generations that were not there before. */
  readonly added: number;
  readonly known: number;
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Adds the answers of a finished generation run to the workspace, as a set that has the run's id for a name. Doing it
 * again adds nothing. @throws UserError when the run has none.
 */
export async function collectGenerations(workspace: Workspace, view: RunView): Promise<Collected> {
  const output = view.outputs?.['generations'];
  if (view.kind !== 'generate' || view.state !== 'finished' || output === undefined) {
    throw new UserError('jobs.no-answers', `The run "${view.id}" has no answers to take over: it is a ${view.kind} run and ${view.state}.`);
  }
  const { records, problems } = await readRecords(join(view.folder, output), generationSchema);
  const { generations, known, files } = await addGenerations(workspace, view.id, records);
  return { added: generations, known, files, problems };
}
