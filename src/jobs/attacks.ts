import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJsonLines } from '../base/lines';
import type { Problem, Read } from '../base/problems';
import type { AttackRecord } from '../domain/red-team/records';
import { attackRecordSchema } from '../protocol/red-team';
import type { RunView } from './view';

/** What an attack run has found so far, in the order of its attacks. Empty for a run that has not begun. */
export async function readAttacks(run: Pick<RunView, 'folder'>): Promise<Read<AttackRecord>> {
  const file = join(run.folder, 'attacks.jsonl');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const { records: lines, problems } = parseJsonLines(text, file);
  const records: AttackRecord[] = [];
  const wrong: Problem[] = [];
  for (const { line, value } of lines) {
    const parsed = attackRecordSchema.safeParse(value);
    if (parsed.success) records.push(parsed.data);
    else wrong.push({ file, line, severity: 'error', message: parsed.error.issues[0]?.message ?? 'not an attack' });
  }
  return { records, problems: [...problems, ...wrong] };
}
