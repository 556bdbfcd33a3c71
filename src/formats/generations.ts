import { response } from '../domain/content';
import type { PromptContent, Response } from '../domain/records';
import { collector } from './collect';
import { column, listNames, numberedColumns, promptOf, singleNames, sourceNames, textOf } from './columns';
import type { Collector } from './collect';
import type { ImportOptions, Row, RowFormat } from './format';

/**
 * Prompts with answers: a list per row (`responses`, `completions`, … of texts or of `{text, source}`), numbered columns
 * (`response_1`, `response_2`, …), or one answer a row, where rows of the same prompt belong together. A list of `ranks`
 * (1 is best) becomes a judgement.
 */
export const generations: RowFormat = {
  id: 'generations',
  title: 'Prompts with answers',
  detect(rows) {
    const first = rows[0]?.value;
    if (first === undefined) return false;
    if (listColumn(first) !== undefined || numberedColumns(first).length > 0) return true;
    if (column(first, singleNames) === undefined) return false;
    // One answer a row: generations when prompts come again, else prompts with a good answer each.
    const asked = rows.map((r) => promptOf(r.value)).flatMap((p) => ('content' in p ? [JSON.stringify(p.content)] : []));
    return new Set(asked).size < asked.length;
  },
  read(rows, options) {
    const found = collector(options);
    const single = new Map<string, { line: number; content: PromptContent; responses: Response[] }>();
    for (const row of rows) {
      const asked = promptOf(row.value);
      if ('fault' in asked) {
        found.problem(row.line, 'error', asked.fault);
        continue;
      }
      const numbered = numberedColumns(row.value);
      const list = listColumn(row.value);
      if (list !== undefined || numbered.length > 0) {
        addRow(found, row, asked.content, list === undefined ? numbered.map((n) => row.value[n]).filter((v) => v !== '') : (row.value[list] as unknown[]), options);
        continue;
      }
      const answer = column(row.value, singleNames);
      const text = answer === undefined ? undefined : row.value[answer];
      if (typeof text !== 'string') {
        found.problem(row.line, 'error', `no column for the answers: none of ${[...listNames, ...singleNames].join(', ')} with texts among ${Object.keys(row.value).join(', ')}`);
        continue;
      }
      const key = JSON.stringify(asked.content);
      const group = single.get(key) ?? { line: row.line, content: asked.content, responses: [] };
      single.set(key, group);
      group.responses.push(response(text, sourceOf(row.value) ?? options.source));
    }
    for (const { line, content, responses } of single.values()) found.add(line, content, responses);
    return found.result();
  },
};

function addRow(found: Collector, { line, value }: Row, content: PromptContent, answers: readonly unknown[], options: ImportOptions): void {
  const responses: Response[] = [];
  for (const answer of answers) {
    const read = responseOf(answer, sourceOf(value) ?? options.source);
    if (read === undefined) {
      found.problem(line, 'error', 'an answer is neither a text nor an object with a "text"');
      return;
    }
    responses.push(read);
  }
  if (responses.length === 0) {
    found.problem(line, 'error', 'there are no answers');
    return;
  }
  const ranks = ranksOf(value['ranks'], responses.length);
  if (ranks === 'wrong') found.problem(line, 'warning', `"ranks" must be a list of ${responses.length} whole numbers from 1 (or null); it is left out`);
  const id = value['v'] === 1 ? textOf(value['id']) : undefined; // a line of Plumbline's own keeps its id
  found.add(line, content, responses, ranks === 'wrong' ? undefined : ranks, id);
}

const listColumn = (value: Row['value']): string | undefined => {
  const name = column(value, listNames);
  return name !== undefined && Array.isArray(value[name]) ? name : undefined;
};

const sourceOf = (value: Row['value']): string | undefined => {
  const name = column(value, sourceNames);
  return name === undefined ? undefined : textOf(value[name])?.replace(/\s+/g, '-');
};

/** An answer as a text, as `{text}` (or `content`, `response`, …) with a source of its own, or as a list of one message. */
function responseOf(answer: unknown, source: string): Response | undefined {
  if (typeof answer === 'string') return response(answer, source);
  if (Array.isArray(answer) && answer.length === 1) return responseOf(answer[0], source);
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return undefined;
  const value = answer as Record<string, unknown>;
  const name = column(value, ['text', 'content', ...singleNames]);
  const text = name === undefined ? undefined : value[name];
  if (typeof text !== 'string') return undefined;
  const finished = value['finished'];
  return response(text, sourceOf(value) ?? source, typeof finished === 'boolean' ? finished : undefined);
}

function ranksOf(value: unknown, k: number): (number | null)[] | undefined | 'wrong' {
  if (value === undefined || value === null) return undefined;
  const ok = Array.isArray(value) && value.length === k && value.every((r) => r === null || (Number.isInteger(r) && (r as number) >= 1)) && value.some((r) => r !== null);
  return ok && k >= 2 ? (value as (number | null)[]) : 'wrong';
}

