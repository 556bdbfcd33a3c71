import type { Problem } from '../base/problems';
import { contentOf, hashPrompt, promptRecord } from '../domain/content';
import type { PromptRecord, Split } from '../domain/records';
import { column, promptOf, singleNames, textOf } from './columns';
import type { ImportOptions, ImportRead, Row, RowFormat } from './format';

const splits: Readonly<Record<string, Split>> = { train: 'train', training: 'train', test: 'test', eval: 'test', validation: 'test', valid: 'test', dev: 'test' };

/**
 * Prompts, one a row: `prompt` (or `instruction`, `question`, …) or `messages`; if there, also `id`, `tags`, `split` and a
 * good answer (`reference`, `response`, …). Other columns are kept under `meta`.
 */
export const prompts: RowFormat = {
  id: 'prompts',
  title: 'Prompts',
  detect: (rows) => rows.some((r) => 'content' in promptOf(r.value)),
  read(rows, options) {
    const byHash = new Map<string, PromptRecord>();
    const ids = new Set<string>();
    const problems: Problem[] = [];
    for (const row of rows) {
      const read = readPrompt(row, options, problems);
      if (read === undefined) continue;
      const hash = hashPrompt(contentOf(read));
      if (byHash.has(hash)) problems.push({ file: options.file, line: row.line, severity: 'warning', message: 'this prompt stood in the file before; it is taken once' });
      else if (ids.has(read.id)) {
        problems.push({ file: options.file, line: row.line, severity: 'warning', message: `the id ${read.id} was used before in the file; this prompt gets another` });
        byHash.set(hash, { ...read, id: promptRecord(contentOf(read)).id });
      } else byHash.set(hash, read);
      ids.add(read.id);
    }
    return { prompts: [...byHash.values()], generations: [], labels: [], problems } satisfies ImportRead;
  },
};

function readPrompt({ line, value }: Row, { file }: ImportOptions, problems: Problem[]): PromptRecord | undefined {
  const asked = promptOf(value);
  if ('fault' in asked) {
    problems.push({ file, line, severity: 'error', message: asked.fault });
    return undefined;
  }
  const used = new Set(asked.used);
  const take = (names: readonly string[]): unknown => {
    const name = column(value, names);
    if (name === undefined || used.has(name)) return undefined;
    used.add(name);
    return value[name];
  };
  take(['v']);
  const id = textOf(take(['id', 'promptid']));
  const tags = [...tagsOf(take(['tags', 'tag'])), ...xstestTags(value)];
  const splitText = textOf(take(['split']));
  const split = splitText === undefined ? undefined : splits[splitText.toLowerCase()];
  if (splitText !== undefined && split === undefined) problems.push({ file, line, severity: 'warning', message: `"split" is ${JSON.stringify(splitText)}; it is one of ${Object.keys(splits).join(', ')}. It is left out` });
  const reference = textOf(take(['reference', ...singleNames, 'target']));
  const known = take(['meta']);
  const rest = Object.fromEntries(Object.entries(value).filter(([name, v]) => !used.has(name) && name !== '' && v !== '' && v !== null));
  const meta = { ...(typeof known === 'object' && known !== null ? known : {}), ...rest };
  return {
    ...promptRecord(asked.content, {
      ...(id === undefined ? {} : { id }),
      ...(tags.length === 0 ? {} : { tags }),
      ...(reference === undefined ? {} : { reference }),
      ...(split === undefined ? {} : { split }),
    }),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  };
}

/** Of a row of XSTest (Röttger et al., NAACL 2024): whether the prompt is safe, and its type. They are kept under `meta`, too. */
function xstestTags(value: Row['value']): string[] {
  const { type, label, focus } = value;
  return focus !== undefined && (label === 'safe' || label === 'unsafe') ? [label, ...tagsOf(type)] : [];
}

/** A list of texts, or one text with commas, semicolons or bars. */
function tagsOf(value: unknown): string[] {
  const parts = Array.isArray(value) ? (value as unknown[]).map(textOf) : (textOf(value)?.split(/[,;|]/) ?? []);
  return parts.map((t) => t?.trim() ?? '').filter((t) => t !== '');
}
