// A workspace with answers and labels, written line by line: for scripts that look at data instead of making it.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const hash = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A line of generations/*.jsonl. @param {{ text: string, source: string }[]} answers */
export function generation(id, prompt, answers) {
  return { v: 1, id, promptHash: hash(prompt), prompt, responses: answers.map(({ text, source }) => ({ hash: hash(text), text, source })) };
}

/** An ordinary label of a generation: the first answer is the best, and so on, unless `fields` says otherwise. */
export function label(id, labeler, item, fields = {}) {
  return {
    ...{ v: 1, id, op: 'label', task: 'ranking', labeler, at: '2026-03-01T10:00:00.000Z', promptHash: item.promptHash },
    ...{ items: item.responses.map(({ hash: h, source }) => ({ hash: h, source })), verdict: 'ranked', ranks: item.responses.map((_, i) => i + 1) },
    ...fields,
  };
}

/**
 * Writes sets of generations, labels by labeler and prompts into a workspace folder.
 * @param {string} folder
 * @param {{ generations?: Record<string, object[]>, labels?: Record<string, object[]>, prompts?: Record<string, object[]> }} data
 */
export async function addData(folder, data) {
  for (const [kind, sets] of Object.entries(data)) {
    const at = path.join(folder, '.plumbline', kind);
    await mkdir(at, { recursive: true });
    for (const [name, lines] of Object.entries(sets)) await writeFile(path.join(at, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}
