import { hashText } from '../base/hash';
import type { Problem } from '../base/problems';
import { generation, labelItems, promptRecord, response, shortHash } from '../domain/content';
import { competitionRanks } from '../domain/ranks';
import type { Generation, Label, PromptContent, PromptRecord, Response } from '../domain/records';
import type { ImportOptions, ImportRead } from './format';

/** Gathers what an importer finds, each prompt, generation and label once. Ids come from the content, so that importing a file again gives the same records. */
export interface Collector {
  /** A prompt with answers, and a judgement of them when `ranks` (1 is best, equal numbers are ties, null is not judged) are given. `by`: whose, where the file says it. */
  add(line: number, content: PromptContent, responses: readonly Response[], ranks?: readonly (number | null)[], id?: string, by?: string): void;
  problem(line: number, severity: Problem['severity'], message: string): void;
  result(): ImportRead;
}

export function collector(options: ImportOptions): Collector {
  const { file, labeler, at } = options;
  const prompts = new Map<string, PromptRecord>();
  const generations = new Map<string, Generation>();
  const labels = new Map<string, Label>();
  const problems: Problem[] = [];
  return {
    add(line, content, responses, ranks, id, by = labeler) {
      const prompt = promptRecord(content);
      const g = generation(content, responses, id);
      const known = generations.get(g.id);
      if (known !== undefined && ranks === undefined) {
        problems.push({ file, line, severity: 'warning', message: 'the same prompt and answers stood in the file before; they are taken once' });
        return;
      }
      prompts.set(prompt.id, prompt);
      generations.set(g.id, known ?? g);
      if (ranks === undefined) return;
      const label = labelOf(g, competitionRanks(ranks), by, at);
      if (labels.has(label.id)) problems.push({ file, line, severity: 'warning', message: 'the same judgement stood in the file before; it is taken once' });
      labels.set(label.id, label);
    },
    problem: (line, severity, message) => void problems.push({ file, line, severity, message }),
    result: () => ({ prompts: [...prompts.values()], generations: [...generations.values()], labels: [...labels.values()], problems }),
  };
}

/** A chosen and a rejected answer. They are kept in the order of their hashes, so that the place tells nothing. */
export function addPair(to: Collector, line: number, content: PromptContent, chosen: string, rejected: string, source: string): void {
  if (chosen === rejected) {
    to.problem(line, 'warning', 'the chosen and the rejected answer are the same text; the row is left out');
    return;
  }
  const [c, r] = [response(chosen, source), response(rejected, source)];
  if (c.hash < r.hash) to.add(line, content, [c, r], [1, 2]);
  else to.add(line, content, [r, c], [2, 1]);
}

function labelOf(g: Generation, ranks: readonly (number | null)[], labeler: string, at: string): Label {
  const judged = ranks.filter((r) => r !== null);
  const verdict = judged.length === ranks.length && judged.every((r) => r === 1) && judged.length > 1 ? 'tie' : 'ranked';
  return {
    v: 1,
    id: `l-${shortHash(hashText(`${labeler}\n${g.id}\n${ranks.join(' ')}`))}`,
    op: 'label',
    task: 'ranking',
    labeler,
    at,
    promptHash: g.promptHash,
    items: labelItems(g),
    verdict,
    ranks,
    ...(judged.length < ranks.length ? { unranked: 'subset' as const } : {}),
    generation: g.id,
  };
}
