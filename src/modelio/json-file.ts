import { readFile, stat } from 'node:fs/promises';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { parseStrictJson } from './strict-json';

/**
 * A JSON object from a file; a byte-order mark is tolerated.
 * @throws UserError when the file cannot be read or holds anything else.
 */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const text = await readText(path);
  if (text === undefined) throw new UserError('file.open', `cannot open ${path}: there is no such file.`);
  return asObject(text, path);
}

/** The same, or `undefined` when there is no such file. */
export async function readOptionalJsonObject(path: string): Promise<JsonObject | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : asObject(text, path);
}

/** Four times the largest `tokenizer.json` that is known (33 MB, of 262,144 tokens). */
const maxBytes = 128 * 1024 * 1024;

/**
 * The text of a file, or `undefined` when there is none.
 * @throws UserError when it cannot be read, is larger than any such file, or is no file at all: a pipe or a device would be read for ever.
 */
export async function readText(path: string): Promise<string | undefined> {
  try {
    const kind = await stat(path);
    if (!kind.isFile()) throw new Error('it is not a file');
    if (kind.size > maxBytes) throw new Error(`it has ${kind.size} bytes; ${maxBytes} is the most`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError('file.open', `cannot open ${path}: ${(error as Error).message}`);
  }
}

function asObject(text: string, path: string): JsonObject {
  const value = parseStrictJson(text.replace(/^\uFEFF/, ''), path, 200);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new UserError('file.json', `${path}: expected a JSON object.`);
  return value as JsonObject;
}
