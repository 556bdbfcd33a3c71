import type { Label } from './records';

/** Of a label that was made since a reward model contradicted an earlier one: kind `repeat`, chosen by this policy. */
export const contradictedPolicy = 'contradicted';

/** Whether a label is an answer to a contradiction. Such items are chosen since they look wrong: they say nothing about how constant a labeler is in general. */
export const isReAsked = (label: Pick<Label, 'kind' | 'select'>): boolean => label.kind === 'repeat' && label.select?.policy === contradictedPolicy;

/** Raw scores of an answer, one by reward model; undefined where it is not scored. */
export type ScoresOf = (promptHash: string, hash: string) => readonly number[] | undefined;

/** How a label orders two of its items: 1 when the first is better, −1 when the second is, 0 for a tie; undefined where it says nothing. */
function orderIn({ verdict, ranks, unranked }: Label, i: number, j: number): 1 | 0 | -1 | undefined {
  if (verdict === 'tie') return 0;
  if (verdict !== 'ranked' || ranks === undefined) return undefined;
  const [a, b] = [ranks[i] ?? null, ranks[j] ?? null];
  if (a === null || b === null) return unranked === 'top_k' && a !== b ? (b === null ? 1 : -1) : undefined;
  return a < b ? 1 : a > b ? -1 : 0;
}

interface Pair {
  readonly better: string;
  readonly worse: string;
}

/** The strict comparisons that a label makes, each once; the same text twice is no comparison. */
function pairsOf(label: Label): Pair[] {
  const pairs: Pair[] = [];
  for (let i = 0; i < label.items.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [label.items[i]!.hash, label.items[j]!.hash];
      const order = orderIn(label, i, j);
      if (a !== b && order !== undefined && order !== 0) pairs.push(order > 0 ? { better: a, worse: b } : { better: b, worse: a });
    }
  }
  return pairs;
}

/** The models' mean probability (Bradley–Terry) that the answer which a label takes for worse is the better one. */
function against({ better, worse }: Pair, promptHash: string, scoresOf: ScoresOf): number | undefined {
  const [a, b] = [scoresOf(promptHash, better), scoresOf(promptHash, worse)];
  if (a === undefined || b === undefined || a.length === 0 || a.length !== b.length) return undefined;
  return a.reduce((sum, x, m) => sum + 1 / (1 + Math.exp(x - b[m]!)), 0) / a.length;
}

/**
 * How strongly reward models contradict a label: the mean over its comparisons of their probability that it is the other way round, in (0, 1);
 * above ½ they would rather have it reversed. Undefined where the label makes no comparison or an answer is not scored.
 */
export function contradiction(label: Label, scoresOf: ScoresOf): number | undefined {
  const each = pairsOf(label).map((p) => against(p, label.promptHash, scoresOf));
  return each.length === 0 || each.some((p) => p === undefined) ? undefined : each.reduce((sum: number, p) => sum + p!, 0) / each.length;
}

export interface Contradicted {
  readonly label: Label;
  /** As {@link contradiction}. */
  readonly against: number;
}

/**
 * The ordinary labels that reward models contradict most strongly, strongest first. @param most at most so many
 */
export function contradictedLabels(labels: readonly Label[], scoresOf: ScoresOf, most = 50): Contradicted[] {
  return labels
    .filter((l) => l.kind === undefined)
    .flatMap((label): Contradicted[] => {
      const p = contradiction(label, scoresOf);
      return p === undefined || p <= 0.5 ? [] : [{ label, against: p }];
    })
    .sort((a, b) => b.against - a.against || (a.label.id < b.label.id ? -1 : 1))
    .slice(0, most);
}

/** What became of comparisons that reward models contradicted and people were asked again. */
export interface ReAskedReport {
  /** Labels asked again, and of how many people. */
  readonly labels: number;
  readonly labelers: number;
  /** Comparisons of the first labels: the same again, the other way round, a tie now, or nothing said any more (unsure, all bad, skipped). */
  readonly kept: number;
  readonly reversed: number;
  readonly tied: number;
  readonly open: number;
  /** Share of these comparisons in which model and person agree, ties half: by the first label, and by the second. Undefined without scores. */
  readonly before?: number;
  readonly after?: number;
}

/**
 * Compares labels with those that they repeat. The items were chosen since model and person disagreed, so that some agreement comes back by
 * chance alone: how much people reverse tells more than how much agreement grows.
 *
 * @param first the label with an id, whether it still stands or not
 */
export function reAskedReport(labels: readonly Label[], first: (id: string) => Label | undefined, scoresOf: ScoresOf): ReAskedReport {
  let [count, kept, reversed, tied, open] = [0, 0, 0, 0, 0];
  let [scored, before, after] = [0, 0, 0];
  const labelers = new Set<string>();
  for (const second of labels.filter(isReAsked)) {
    const earlier = second.repeats === undefined ? undefined : first(second.repeats);
    if (earlier === undefined) continue;
    count++;
    labelers.add(second.labeler);
    for (const pair of pairsOf(earlier)) {
      const [i, j] = [second.items.findIndex((x) => x.hash === pair.better), second.items.findIndex((x) => x.hash === pair.worse)];
      const now = i < 0 || j < 0 ? undefined : orderIn(second, i, j);
      if (now === undefined) open++;
      else if (now === 0) tied++;
      else if (now > 0) kept++;
      else reversed++;
      const p = against(pair, earlier.promptHash, scoresOf);
      if (p === undefined || now === undefined) continue;
      scored++;
      before += p < 0.5 ? 1 : p > 0.5 ? 0 : 0.5;
      after += now === 0 || p === 0.5 ? 0.5 : now > 0 === p < 0.5 ? 1 : 0;
    }
  }
  return { labels: count, labelers: labelers.size, kept, reversed, tied, open, ...(scored === 0 ? {} : { before: before / scored, after: after / scored }) };
}
