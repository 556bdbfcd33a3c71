import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import * as z from 'zod';
import { UserError, messageOf } from '../base/errors';
import { parseJsonLines } from '../base/lines';
import type { Problem, Read } from '../base/problems';
import type { Example } from '../protocol/data';

export type Question = Extract<Example<'evaluate'>, { question: string }>;

const lineSchema = z.looseObject({
  question: z.string(),
  choices: z.array(z.string()).min(2),
  answer: z.union([z.int().min(0), z.string()]),
  task: z.string().exactOptional(),
});

/**
 * Multiple-choice questions of a JSONL file: `{"question", "choices", "answer"}`, where `answer` is the right choice itself, its place from
 * 0, or its letter (A is the first), and `task` may group them. @throws UserError when the file cannot be read or holds none.
 */
export async function readChoices(root: string, file: string): Promise<Read<Question>> {
  const path = resolve(root, file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UserError('jobs.choices', `${path} cannot be read: ${messageOf(error)}`);
  });
  const { records: lines, problems: unread } = parseJsonLines(text, path);
  const problems: Problem[] = [...unread];
  const records = lines.flatMap(({ line, value }): Question[] => {
    const parsed = lineSchema.safeParse(value);
    const wrong = (message: string): Question[] => {
      problems.push({ file: path, line, severity: 'error', message });
      return [];
    };
    if (!parsed.success) return wrong(`not {"question", "choices", "answer"}: ${parsed.error.issues[0]!.path.join('.') || 'the line'}: ${parsed.error.issues[0]!.message}`);
    const { question, choices, answer, task } = parsed.data;
    const place = placeOf(answer, choices);
    if (place === undefined) return wrong(`the answer ${JSON.stringify(answer)} is none of the ${choices.length} choices`);
    return [{ question, choices, answer: place, ...(task === undefined ? {} : { task }) }];
  });
  if (records.length === 0) throw new UserError('jobs.choices', `${basename(path)} holds no question. A line is {"question": …, "choices": [ … ], "answer": …}.${problems[0] === undefined ? '' : ` Line ${problems[0].line ?? 1}: ${problems[0].message}.`}`);
  return { records, problems };
}

function placeOf(answer: number | string, choices: readonly string[]): number | undefined {
  const place = typeof answer === 'number' ? answer : choices.indexOf(answer);
  if (place >= 0) return place < choices.length ? place : undefined;
  const letter = /^[A-Z]$/.exec(String(answer)) ? String(answer).charCodeAt(0) - 65 : -1;
  return letter >= 0 && letter < choices.length ? letter : undefined;
}
