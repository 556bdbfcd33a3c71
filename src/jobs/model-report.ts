import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../base/errors';
import type { ModelReport } from '../domain/model-report';
import { modelReportSchema } from '../protocol/model-report';
import type { RunView } from './view';

/** What a finished reward or rule run says of its model on held-out answers; nothing for runs that say nothing. @throws UserError for a file that is not there or not one. */
export async function readModelReport(run: Pick<RunView, 'folder' | 'outputs'>): Promise<ModelReport | undefined> {
  const path = run.outputs?.['report'];
  if (path === undefined) return undefined;
  const file = join(run.folder, path);
  try {
    return modelReportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new UserError('jobs.model-report', `${file} is no report on a model: ${messageOf(error)}. The run's other files are as they were.`);
  }
}
