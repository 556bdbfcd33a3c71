import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import type { z } from 'zod';
import { messageOf, UserError } from '../base/errors';
import { hashBytes } from '../base/hash';
import { parseJsonLines } from '../base/lines';
import { formatProblem } from '../base/problems';
import { exampleSchemas, type Example } from '../protocol/data';
import { runSchema, type RunKind, type RunSpec } from '../protocol/run';

/**
 * Reads and checks `run.json`.
 * @throws UserError naming the file and every field that is wrong.
 */
export async function readRun(folder: string): Promise<RunSpec> {
  const path = join(folder, 'run.json');
  const text = await readText(path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError('run.json', `${path} is not JSON (${messageOf(error)}). Start the run anew.`);
  }
  const parsed = runSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 5).map((i) => `${i.path.join('.') || 'the file'}: ${i.message}`);
  throw new UserError('run.json', `${path} does not describe a run: ${issues.join('; ')}. Correct it or start the run anew.`);
}

/**
 * Reads and checks `data.jsonl`. When `run.json` has its hash, the file must still be the one that was frozen.
 * @throws UserError naming the file and the first lines that are wrong.
 */
export async function readData<K extends RunKind>(folder: string, kind: K, hash: string | undefined): Promise<Example<K>[]> {
  const path = join(folder, 'data.jsonl');
  const text = await readText(path);
  if (hash !== undefined && hashBytes(new TextEncoder().encode(text)) !== hash) {
    throw new UserError('run.data', `${path} is no longer the file that the run was made with (its hash differs). Start a new run.`);
  }
  const { records, problems } = parseJsonLines(text, path);
  if (problems.length > 0) throw new UserError('run.data', `${problems.slice(0, 5).map(formatProblem).join('; ')}. Start a new run.`);
  const schema = exampleSchemas[kind] as z.ZodType as z.ZodType<Example<K>>;
  const examples = records.map(({ line, value }) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new UserError('run.data', `${path}:${line}: not an example of a run of kind ${kind}: ${issue!.path.join('.') || 'the line'}: ${issue!.message}. Start a new run.`);
  });
  if (examples.length === 0) throw new UserError('run.data', `${path} holds no examples. Choose data for the run.`);
  return examples;
}

/** A model folder as `run.json` names it: absolute, or relative to the workspace that holds `.plumbline/runs/<run>`. */
export function modelPath(folder: string, path: string): string {
  return isAbsolute(path) ? path : resolve(folder, '..', '..', '..', path);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError('run.file', `cannot read ${path}: ${messageOf(error)}`);
  }
}
