import { dirname, join, resolve } from 'node:path';
import { UserError } from '../base/errors';
import type { Problem } from '../base/problems';
import { generationSchema } from '../protocol/records';
import { addGenerations } from '../store/add-import';
import { readRecords } from '../store/data-files';
import type { Workspace } from '../store/workspace';
import type { RunView } from './view';

/** What a generation run brought into the workspace. */
export interface Collected {
  readonly generations: number;
  readonly file: string;
  readonly problems: readonly Problem[];
}

/**
 * The answers of a finished generation run. The trainer puts them into the workspace's `generations/` itself, under the
 * run's id; of a run folder that came from elsewhere they are added here, once. @throws UserError when there are none.
 */
export async function collectGenerations(workspace: Workspace, view: RunView): Promise<Collected> {
  const output = view.outputs?.['generations'];
  if (view.kind !== 'generate' || view.state !== 'finished' || output === undefined) {
    throw new UserError('jobs.no-answers', `The run "${view.id}" has no answers to take over: it is a ${view.kind} run and ${view.state}.`);
  }
  const file = resolve(view.folder, output);
  const { records, problems } = await readRecords(file, generationSchema);
  if (records.length === 0) throw new UserError('jobs.no-answers', `${file} holds no answers.`);
  if (dirname(file) !== join(workspace.folder, 'generations')) await addGenerations(workspace, view.id, records);
  return { generations: records.length, file, problems };
}
