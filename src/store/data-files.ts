import path from 'node:path';
import type { z } from 'zod';
import { UserError } from '../base/errors';
import type { Problem, Read } from '../base/problems';
import { contentOf, hashedText } from '../domain/content';
import type { Generation, PromptRecord, ScreeningItem } from '../domain/records';
import { generationSchema, promptSchema, screeningSchema } from '../protocol/records';
import { crc32 } from './checksum';
import { chunksOf } from './chunks';
import { fileStamp, filesIn, makeFolder, readIfThere, writeFileAtomic } from './files';
import { storedParser } from './jsonl';
import { isGeneration } from './known-shapes';
import { nativeHash } from './native-hash';
import type { Workspace } from './workspace';

/** The records of one file of `prompts/` or `generations/`; its name without ending is the name of the set. */
export interface DataSet<T> {
  readonly name: string;
  readonly file: string;
  readonly records: T[];
}

/** Reads the sets of a folder again and again, but only the files that have changed. */
export interface SetReader<T> {
  /** The same object as long as nothing has changed. Not to be called again before it has resolved. */
  read(): Promise<Read<DataSet<T>>>;
}

interface KnownSet<T> {
  readonly stamp: string | undefined;
  readonly mark: string;
  readonly set: DataSet<T>;
  readonly problems: readonly Problem[];
}

const changedPrompt = 'the prompt was changed after its hash was taken ("promptHash" does not fit)';
const isPromptOf = (g: Generation): boolean => nativeHash(hashedText(contentOf(g))) === g.promptHash;

const kinds = {
  prompts: { schema: promptSchema, known: undefined, fault: undefined },
  generations: { schema: generationSchema, known: isGeneration, fault: (g: Generation) => (isPromptOf(g) ? undefined : `${changedPrompt}; labels of it would be about another prompt`) },
  screening: { schema: screeningSchema, known: undefined, fault: (g: Generation) => (isPromptOf(g) ? undefined : changedPrompt) },
} as const;

/** Every file of `prompts/`. */
export const readPrompts = (workspace: Workspace): Promise<Read<DataSet<PromptRecord>>> => promptReader(workspace).read();
/** Every file of `generations/`. Each line is checked by the schema, and each prompt by its hash. */
export const readGenerations = (workspace: Workspace): Promise<Read<DataSet<Generation>>> => generationReader(workspace).read();
/** Every file of `screening/`: items with the researchers' answers. */
export const readScreening = (workspace: Workspace): Promise<Read<DataSet<ScreeningItem>>> => screeningReader(workspace).read();

export const promptReader = (workspace: Workspace): SetReader<PromptRecord> => setReader(workspace, 'prompts', kinds.prompts);
export const generationReader = (workspace: Workspace): SetReader<Generation> => setReader<Generation>(workspace, 'generations', kinds.generations);
export const screeningReader = (workspace: Workspace): SetReader<ScreeningItem> => setReader<ScreeningItem>(workspace, 'screening', kinds.screening);

/** How a kind of record is checked: by its schema, unless `known` says that it would pass unchanged, then by `fault`. */
interface Check<T> {
  readonly schema: z.ZodType<T>;
  readonly known?: ((value: unknown) => boolean) | undefined;
  readonly fault?: ((record: T) => string | undefined) | undefined;
}

/** A file whose size and time are the same is taken to be the same; if they differ, its bytes decide. */
function setReader<T extends { id: string }>(workspace: Workspace, folder: string, check: Check<T>): SetReader<T> {
  let files = new Map<string, KnownSet<T>>();
  let last: Read<DataSet<T>> | undefined;
  return {
    async read() {
      const now = new Map<string, KnownSet<T>>();
      for (const file of await filesIn(path.join(workspace.folder, folder), '.jsonl')) {
        const before = files.get(file);
        const stamp = await fileStamp(file);
        if (before !== undefined && before.stamp !== undefined && before.stamp === stamp) now.set(file, before);
        else if (before !== undefined && before.mark === (await markOf(file))) now.set(file, { ...before, stamp });
        else {
          const { records, problems, mark } = await readChecked(file, check);
          now.set(file, { stamp, mark, set: { name: path.basename(file, '.jsonl'), file, records }, problems });
        }
      }
      const same = last !== undefined && now.size === files.size && [...now].every(([file, known]) => files.get(file)?.set === known.set);
      files = now;
      if (last === undefined || !same) last = { records: [...now.values()].map((k) => k.set), problems: [...now.values()].flatMap((k) => k.problems) };
      return last;
    },
  };
}

async function markOf(file: string): Promise<string> {
  let [length, sum] = [0, 0];
  for await (const { bytes } of chunksOf(file)) {
    sum = crc32(bytes, sum);
    length += bytes.length;
  }
  return `${length} ${sum}`;
}

/** One file of the workspace, each line checked by a schema. */
export async function readRecords<T extends { id: string }>(file: string, schema: z.ZodType<T>, fault?: (record: T) => string | undefined): Promise<Read<T>> {
  const { records, problems } = await readChecked(file, { schema, fault });
  return { records, problems };
}

async function readChecked<T extends { id: string }>(file: string, { schema, known: passes, fault }: Check<T>): Promise<Read<T> & { mark: string }> {
  const records: T[] = [];
  const problems: Problem[] = [];
  const seen = new Map<string, T>();
  const parser = storedParser(file);
  let [length, sum] = [0, 0];
  for await (const { bytes } of chunksOf(file)) {
    sum = crc32(bytes, sum);
    length += bytes.length;
    const read = parser.push(bytes);
    problems.push(...read.problems);
    for (const { line, value } of read.records) {
      const parsed = passes?.(value) === true ? { success: true as const, data: value as T } : schema.safeParse(value);
      const wrong = parsed.success ? fault?.(parsed.data) : firstIssue(parsed.error);
      if (!parsed.success || wrong !== undefined) {
        problems.push({ file, line, severity: 'error', message: wrong ?? 'not a record' });
        continue;
      }
      const known = seen.get(parsed.data.id);
      if (known === undefined) {
        seen.set(parsed.data.id, parsed.data);
        records.push(parsed.data);
      } else if (JSON.stringify(known) !== JSON.stringify(parsed.data)) problems.push({ file, line, severity: 'error', message: `the id ${parsed.data.id} was used before in this file; this line is not read` });
    }
    // Others may go on between two parts, also when the disk gives them faster than they are read.
    await new Promise((resolve) => setImmediate(resolve));
  }
  problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { records, problems, mark: `${length} ${sum}` };
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
