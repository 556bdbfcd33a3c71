import type { Problem, Read } from '../base/problems';
import { slug } from '../base/ids';
import type { Seed } from '../domain/red-team/seeds';
import { column, promptOf, textOf } from './columns';
import { containerOf, readRows } from './rows';

const labelNames = ['label', 'safe', 'issafe', 'harmful', 'unsafe'];
const categoryNames = ['category', 'type', 'focus', 'topic', 'tag', 'tags'];

/**
 * Seeds from a list of prompts: CSV, JSON or JSONL with a column for the prompt, and perhaps `label` (safe, unsafe), `category`
 * or `type`, and `id`, as in XSTest (Röttger et al., NAACL 2024). Without a label every prompt is an attack.
 */
export function readSeeds(name: string, text: string, file: string): Read<Seed> {
  const { records: rows, problems } = readRows(containerOf(name, text), text, file);
  const stem = slug(name.replace(/\.[a-z0-9]+$/i, ''));
  const seeds: Seed[] = [];
  const known = new Map<string, number>();
  for (const { line, value } of rows) {
    const problem = (message: string, severity: Problem['severity'] = 'error'): void => void problems.push({ file, line, severity, message });
    const asked = promptOf(value);
    if ('fault' in asked) {
      problem(asked.fault);
      continue;
    }
    if (typeof asked.content !== 'string') {
      problem('a seed is a text, not a conversation');
      continue;
    }
    const before = known.get(asked.content);
    if (before !== undefined) {
      problem(`this prompt stood in line ${before} before; it is taken once`, 'warning');
      continue;
    }
    known.set(asked.content, line);
    const labelColumn = column(value, labelNames);
    const safe = labelColumn === undefined ? false : safetyOf(labelColumn, value[labelColumn]);
    if (safe === undefined) problem(`"${labelColumn!}" is ${JSON.stringify(value[labelColumn!])}: neither safe nor unsafe. The prompt is taken as an attack`, 'warning');
    const categoryColumn = column(value, categoryNames);
    const id = column(value, ['id', 'promptid']);
    seeds.push({
      id: `${stem}-${id === undefined ? line : (textOf(value[id]) ?? line)}`,
      text: asked.content,
      category: (categoryColumn === undefined ? undefined : textOf(value[categoryColumn])) ?? stem,
      safe: safe ?? false,
    });
  }
  return { records: withOwnIds(seeds), problems };
}

/** `label: safe`, `safe: true`, `harmful: 0` and the like; undefined when it says something else. */
function safetyOf(name: string, value: unknown): boolean | undefined {
  const text = (textOf(value) ?? '').trim().toLowerCase();
  if (/^(safe|harmless|benign)$/.test(text)) return true;
  if (/^(unsafe|harmful|malicious|attack)$/.test(text)) return false;
  const yes = /^(1|true|yes)$/.test(text) ? true : /^(0|false|no)$/.test(text) ? false : undefined;
  if (yes === undefined || /^label$/i.test(name)) return undefined;
  return /^(is[ _-]?)?safe$/i.test(name) ? yes : !yes;
}

/** Ids that stand twice get a number. */
function withOwnIds(seeds: readonly Seed[]): Seed[] {
  const used = new Set<string>();
  return seeds.map((seed) => {
    let id = seed.id;
    for (let n = 2; used.has(id); n++) id = `${seed.id}-${n}`;
    used.add(id);
    return { ...seed, id };
  });
}
