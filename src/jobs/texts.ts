import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { parseJsonLines } from '../base/lines';
import type { Problem, Read } from '../base/problems';

/**
 * Plain texts of a file: `.jsonl` lines with `text`, else one text a line. @throws UserError when the file cannot be
 * read or holds none.
 */
export async function readTexts(root: string, file: string): Promise<Read<string>> {
  const path = resolve(root, file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UserError('jobs.texts', `${path} cannot be read: ${messageOf(error)}`);
  });
  const read = path.endsWith('.jsonl') ? fromJsonLines(text, path) : { records: text.replace(/^\ufeff/, '').split(/\r?\n/).map((l) => l.trim()).filter((l) => l !== ''), problems: [] };
  if (read.records.length === 0) throw new UserError('jobs.texts', `${path} holds no texts.`);
  return read;
}

function fromJsonLines(text: string, path: string): Read<string> {
  const { records: lines, problems } = parseJsonLines(text, path);
  const records: string[] = [];
  const wrong: Problem[] = [...problems];
  for (const { line, value } of lines) {
    const t = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['text'] : undefined;
    if (typeof t === 'string' && t.trim() !== '') records.push(t);
    else wrong.push({ file: path, line, severity: 'error', message: 'no "text" in this line' });
  }
  return { records, problems: wrong };
}
