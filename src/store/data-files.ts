import path from 'node:path';
import type { z } from 'zod';
import { UserError } from '../base/errors';
import type { Problem, Read } from '../base/problems';
import { hashPrompt, contentOf } from '../domain/content';
import type { Generation, PromptRecord, ScreeningItem } from '../domain/records';
import { generationSchema, promptSchema, screeningSchema } from '../protocol/records';
import { filesIn, makeFolder, readIfThere, writeFileAtomic } from './files';
import { parseStored } from './jsonl';
import type { Workspace } from './workspace';

/** The records of one file of `prompts/` or `generations/`; its name without ending is the name of the set. */
export interface DataSet<T> {
  readonly name: string;
  readonly file: string;
  readonly records: T[];
}

/** Every file of `prompts/`. */
export function readPrompts(workspace: Workspace): Promise<Read<DataSet<PromptRecord>>> {
  return readSets(path.join(workspace.folder, 'prompts'), promptSchema);
}

/** Every file of `generations/`. */
export function readGenerations(workspace: Workspace): Promise<Read<DataSet<Generation>>> {
  return readSets(path.join(workspace.folder, 'generations'), generationSchema, (g) =>
    hashPrompt(contentOf(g)) === g.promptHash ? undefined : 'the prompt was changed after its hash was taken ("promptHash" does not fit); labels of it would be about another prompt',
  );
}

/** Every file of `screening/`: items with the researchers' answers. */
export function readScreening(workspace: Workspace): Promise<Read<DataSet<ScreeningItem>>> {
  return readSets(path.join(workspace.folder, 'screening'), screeningSchema, (g) =>
    hashPrompt(contentOf(g)) === g.promptHash ? undefined : 'the prompt was changed after its hash was taken ("promptHash" does not fit)',
  );
}

/** One file of the workspace, each line checked by a schema. */
export async function readRecords<T extends { id: string }>(file: string, schema: z.ZodType<T>, fault?: (record: T) => string | undefined): Promise<Read<T>> {
  const { records: lines, problems } = parseStored((await readIfThere(file)) ?? new Uint8Array(), file);
  const records: T[] = [];
  const seen = new Map<string, string>();
  for (const { line, value } of lines) {
    const parsed = schema.safeParse(value);
    const wrong = parsed.success ? fault?.(parsed.data) : firstIssue(parsed.error);
    if (!parsed.success || wrong !== undefined) {
      problems.push({ file, line, severity: 'error', message: wrong ?? 'not a record' });
      continue;
    }
    const text = JSON.stringify(parsed.data);
    const known = seen.get(parsed.data.id);
    if (known === undefined) {
      seen.set(parsed.data.id, text);
      records.push(parsed.data);
    } else if (known !== text) problems.push({ file, line, severity: 'error', message: `the id ${parsed.data.id} was used before in this file; this line is not read` });
  }
  problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { records, problems };
}

/** The first thing that a schema found wrong, as `field.path: message`. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not a record';
  const where = issue.path.join('.');
  return where === '' ? issue.message : `"${where}": ${issue.message}`;
}

/** Writes a set of prompts or generations; an existing set of that name is replaced only when `replace` says so. */
export async function writeSet(
  workspace: Workspace,
  kind: 'prompts' | 'generations',
  name: string,
  records: readonly (PromptRecord | Generation)[],
  options: { replace?: boolean } = {},
): Promise<string> {
  const file = setFile(workspace, kind, name);
  if (options.replace !== true && (await readIfThere(file)) !== undefined) throw new UserError('store.exists', `${file} exists already. Choose another name.`);
  await makeFolder(path.dirname(file));
  await writeFileAtomic(file, records.map((r) => `${JSON.stringify(r)}\n`).join(''));
  return file;
}

/** Where a set is. @throws UserError `store.name` for a name that is no plain file name. */
export function setFile(workspace: Workspace, kind: 'prompts' | 'generations', name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw new UserError('store.name', `"${name}" cannot name a set of ${kind}. Use letters, digits, dots, hyphens and underscores.`);
  return path.join(workspace.folder, kind, `${name}.jsonl`);
}

/** A name for a new set that no file has yet: `name`, `name-2`, … */
export async function freeSetName(workspace: Workspace, kind: 'prompts' | 'generations', name: string): Promise<string> {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    if ((await readIfThere(setFile(workspace, kind, candidate))) === undefined) return candidate;
  }
}

async function readSets<T extends { id: string }>(folder: string, schema: z.ZodType<T>, fault?: (record: T) => string | undefined): Promise<Read<DataSet<T>>> {
  const records: DataSet<T>[] = [];
  const problems: Problem[] = [];
  for (const file of await filesIn(folder, '.jsonl')) {
    const read = await readRecords(file, schema, fault);
    records.push({ name: path.basename(file, '.jsonl'), file, records: read.records });
    problems.push(...read.problems);
  }
  return { records, problems };
}
