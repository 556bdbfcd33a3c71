import path from 'node:path';
import type { Problem, Read } from '../base/problems';
import type { Check, RedTeamLine } from '../domain/red-team/records';
import { checkSchema, redTeamLineSchema } from '../protocol/red-team';
import { sealLine } from './checksum';
import { firstIssue, readRecords } from './data-files';
import { filesIn, readIfThere } from './files';
import { parseStored } from './jsonl';
import { appendLines, labelerFileName } from './label-files';
import type { Workspace } from './workspace';

const folderOf = (workspace: Workspace): string => path.join(workspace.folder, 'red-team');
/** No labeler's file can have this name: theirs end in a hash when the id is `checks`. */
const checksName = 'checks';

export function checksFile(workspace: Workspace): string {
  return path.join(folderOf(workspace), `${checksName}.jsonl`);
}

/** The file of somebody's red-team conversations. */
export function redTeamFile(workspace: Workspace, labeler: string): string {
  const name = labelerFileName(labeler);
  return path.join(folderOf(workspace), `${name === checksName ? `${name}-of-labeler` : name}.jsonl`);
}

/** The lines of everybody that can be read, and what cannot. */
export async function readRedTeam(workspace: Workspace): Promise<Read<RedTeamLine>> {
  const records: RedTeamLine[] = [];
  const problems: Problem[] = [];
  for (const file of await filesIn(folderOf(workspace), '.jsonl')) {
    if (file === checksFile(workspace)) continue;
    const read = parseStored((await readIfThere(file)) ?? new Uint8Array(), file);
    problems.push(...read.problems);
    for (const { line, value } of read.records) {
      const parsed = redTeamLineSchema.safeParse(value);
      if (parsed.success) records.push(parsed.data);
      else problems.push({ file, line, severity: 'error', message: firstIssue(parsed.error) });
    }
  }
  return { records, problems };
}

/** Adds lines to their labelers' files. When the promise resolves they are on the disk (fsync). */
export async function appendRedTeam(workspace: Workspace, lines: readonly RedTeamLine[]): Promise<void> {
  for (const line of lines) {
    redTeamLineSchema.parse(line);
    await appendLines(redTeamFile(workspace, line.labeler), [sealLine(line)]);
  }
}

/** The attacks that every attack run tries again. */
export function readChecks(workspace: Workspace): Promise<Read<Check>> {
  return readRecords(checksFile(workspace), checkSchema);
}

/** Adds checks that are not there yet. @returns how many were added. */
export async function appendChecks(workspace: Workspace, checks: readonly Check[]): Promise<number> {
  const known = new Set((await readChecks(workspace)).records.map((c) => c.id));
  const fresh = checks.filter((c) => !known.has(c.id));
  if (fresh.length > 0) await appendLines(checksFile(workspace), fresh.map((c) => sealLine(checkSchema.parse(c))));
  return fresh.length;
}
