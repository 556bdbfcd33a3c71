import type { Problem } from '../base/problems';
import { contentOf, hashResponse, keyOfLabel } from './content';
import { rankedPairs } from './ranks';
import type { Generation, Label, PromptContent, Split, Strength, Verdict } from './records';
import { verdicts } from './records';

/** Response `i` of the example was preferred to `j` (p = 1), or a labeler found them equal (p = 0.5). */
export interface ComparisonPair {
  readonly i: number;
  readonly j: number;
  readonly p: 1 | 0.5;
  /** Sums to the labeler's weight over one label's pairs. */
  readonly weight: number;
  readonly labeler: string;
  /** The id of the label. */
  readonly label: string;
  /** How much better, when the labeler said so (1 negligibly to 4 significantly): margins are made of it. */
  readonly strength?: Strength;
}

/** One prompt with every answer of it that was compared: one element of a reward model's batch. The shape of `data.jsonl`. */
export interface ComparisonExample {
  readonly promptHash: string;
  readonly prompt: PromptContent;
  readonly responses: readonly string[];
  readonly pairs: readonly ComparisonPair[];
  readonly split: Split;
}

export interface Comparisons {
  /** Sorted by prompt hash. */
  readonly examples: ComparisonExample[];
  /** Standing labels of admitted labelers by verdict. */
  readonly verdicts: Record<Verdict, number>;
  /** Labels left out since their labeler is not admitted. */
  readonly notAdmitted: number;
  /** Labels that give way to an adjudication of the same item. */
  readonly settled: number;
  readonly problems: Problem[];
}

export interface ComparisonOptions {
  /** Labeler → weight; who is not in it is left out. */
  readonly admitted: ReadonlyMap<string, number>;
  /** Prompt hash → side; `train` where it says nothing. */
  readonly splits?: ReadonlyMap<string, Split>;
  /** Labels of one task only; of all when left out. */
  readonly task?: string;
}

/**
 * Standing labels (see `foldLabels`) and the generations that they judge become K-wise examples by prompt. The result
 * depends on the sets alone, not on their order. A label about a text that is not there any more is a problem.
 * Repeats, gold and screening labels are tests of a labeler and do not count. Where an admitted labeler has settled a
 * disagreement, the adjudication counts instead of the labels of that item.
 */
export function foldComparisons(labels: readonly Label[], generations: Iterable<Generation>, options: ComparisonOptions): Comparisons {
  const { admitted, splits, task } = options;
  const known = textsByPrompt(generations);
  const counts = Object.fromEntries(verdicts.map((v) => [v, 0])) as Record<Verdict, number>;
  const problems: Problem[] = [];
  const judged = new Map<string, Label[]>();
  const judgements = labels.filter((l) => (l.kind === undefined || l.kind === 'adjudication') && (task === undefined || l.task === task));
  const adjudicated = new Set(judgements.filter((l) => l.kind === 'adjudication' && admitted.has(l.labeler)).map(keyOfLabel));
  let notAdmitted = 0;
  let settled = 0;
  for (const label of judgements) {
    if (label.kind === undefined && adjudicated.size > 0 && adjudicated.has(keyOfLabel(label))) {
      settled++;
      continue;
    }
    if (!admitted.has(label.labeler)) {
      notAdmitted++;
      continue;
    }
    counts[label.verdict]++;
    const fault = missingText(label, known);
    if (fault !== undefined) problems.push({ file: `labels of ${label.labeler}`, severity: 'warning', message: `label ${label.id} is not used: ${fault}` });
    else if (label.verdict === 'ranked' || label.verdict === 'tie') {
      const list = judged.get(label.promptHash);
      if (list) list.push(label);
      else judged.set(label.promptHash, [label]);
    }
  }
  const examples: ComparisonExample[] = [];
  for (const [promptHash, own] of [...judged].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { prompt, texts } = known.get(promptHash)!;
    const example = exampleOf(promptHash, prompt, texts, own, admitted, splits?.get(promptHash) ?? 'train');
    if (example.pairs.length > 0) examples.push(example);
  }
  return { examples, verdicts: counts, notAdmitted, settled, problems };
}

/** The texts that a prompt's labels can be about. */
export interface Known {
  readonly prompt: PromptContent;
  /** Stored hash → text. */
  readonly texts: Map<string, string>;
  /** Stored hashes that were found to be their text's. */
  readonly right: Set<string>;
}

/** Prompts with their answers, by hash of the prompt. */
export function textsByPrompt(generations: Iterable<Generation>): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const g of generations) {
    const entry = known.get(g.promptHash) ?? { prompt: contentOf(g), texts: new Map<string, string>(), right: new Set<string>() };
    known.set(g.promptHash, entry);
    for (const r of g.responses) if (!entry.texts.has(r.hash)) entry.texts.set(r.hash, r.text);
  }
  return known;
}

/** What is missing of what a label is about, in words. */
export function missingText(label: Label, known: ReadonlyMap<string, Known>): string | undefined {
  const of = known.get(label.promptHash);
  if (of === undefined) return `no generation has its prompt (${label.promptHash})`;
  for (const { hash } of label.items) {
    const text = of.texts.get(hash);
    if (text === undefined) return `no generation has the answer ${hash}`;
    if (!of.right.has(hash) && hashResponse(text) !== hash) return `the answer ${hash} was changed after it was generated`;
    of.right.add(hash);
  }
  return undefined;
}

function exampleOf(
  promptHash: string,
  prompt: PromptContent,
  texts: ReadonlyMap<string, string>,
  labels: readonly Label[],
  admitted: ReadonlyMap<string, number>,
  split: Split,
): ComparisonExample {
  // By hash, which tells nothing about who wrote an answer or how it was ranked.
  const hashes = [...new Set(labels.flatMap((l) => l.items.map((item) => item.hash)))].sort();
  const index = new Map(hashes.map((hash, i) => [hash, i]));
  const pairs = [...labels].sort((a, b) => (a.id < b.id ? -1 : 1)).flatMap((label) => pairsOf(label, index, admitted.get(label.labeler) ?? 1));
  const used = hashes.map((_, i) => i).filter((i) => pairs.some((p) => p.i === i || p.j === i));
  const renumbered = new Map(used.map((i, n) => [i, n]));
  return {
    promptHash,
    prompt,
    responses: used.map((i) => texts.get(hashes[i]!)!),
    pairs: pairs.map((p) => ({ ...p, i: renumbered.get(p.i)!, j: renumbered.get(p.j)! })),
    split,
  };
}

/** A label's pairs as pairs of different texts; two samples that came out the same cannot be told apart. */
function pairsOf(label: Label, index: ReadonlyMap<string, number>, labelerWeight: number): ComparisonPair[] {
  const at = (item: number): number => index.get(label.items[item]!.hash)!;
  const pairs = rankedPairs(label.verdict, label.items.length, label.ranks, label.unranked).filter(({ i, j }) => at(i) !== at(j));
  return pairs.map(({ i, j, p }) => ({ i: at(i), j: at(j), p, weight: labelerWeight / pairs.length, labeler: label.labeler, label: label.id, ...(label.strength === undefined ? {} : { strength: label.strength }) }));
}
