import path from 'node:path';
import type { Read } from '../base/problems';
import { experimentLineSchema, type ExperimentLine } from '../protocol/experiments';
import { sealLine } from './checksum';
import { readRecords } from './data-files';
import { readIfThere } from './files';
import { appendLines } from './label-files';
import type { Workspace } from './workspace';

export function experimentsFile(workspace: Workspace): string {
  return path.join(workspace.folder, 'experiments.jsonl');
}

/** Every line of `experiments.jsonl` that can be read, and what cannot. */
export function readExperimentLines(workspace: Workspace): Promise<Read<ExperimentLine>> {
  return readRecords(experimentsFile(workspace), experimentLineSchema);
}

const attribute = 'experiments.jsonl merge=union text eol=lf';

/** Adds a line. On the disk (fsync) when the promise resolves. The first also tells git how to merge the file, in a workspace made before there was one. */
export async function appendExperimentLine(workspace: Workspace, line: ExperimentLine): Promise<void> {
  const first = (await readIfThere(experimentsFile(workspace))) === undefined;
  await appendLines(experimentsFile(workspace), [sealLine(experimentLineSchema.parse(line))]);
  if (!first) return;
  const attributes = path.join(workspace.folder, '.gitattributes');
  const text = (await readIfThere(attributes))?.toString('utf8') ?? '';
  if (!/^experiments\.jsonl\s/m.test(text)) await appendLines(attributes, [attribute]);
}
