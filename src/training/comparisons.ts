import { plural } from '../base/text';
import type { Prompt } from '../modelio/prompt';
import type { Tokenizer } from '../modelio/tokenizer';
import { calibrationError, correlation } from './statistics';
import { wilson } from '../domain/agreement';
import type { Metrics } from './algorithm';
import { answerRow } from './tokenize';
import { counted } from './rows';

/** Response `i` was preferred to `j` with probability `p`: 1, or .5 for a tie. */
export interface Pair {
  readonly i: number;
  readonly j: number;
  readonly p: number;
  /** Over the pairs of one label they sum to the weight of its labeler. */
  readonly weight: number;
  readonly labeler: string;
  /** The label's id: pairs of one label are one ranking. */
  readonly label?: string;
  /** How much better, 1 to 4, when the labeler said so. */
  readonly strength?: 1 | 2 | 3 | 4;
  readonly criterion?: string;
  readonly task?: string;
  /** The output of the head that it is about; the first when left out. */
  readonly output?: number;
}

export interface ComparisonExample {
  readonly prompt: Prompt;
  readonly responses: readonly string[];
  readonly pairs: readonly Pair[];
}

/** One prompt with its distinct responses, which are one element of a batch. */
export interface Comparison {
  /** Ids of prompt, response and end. */
  readonly texts: readonly (readonly number[])[];
  /** Tokens of each response, its end included. */
  readonly lengths: readonly number[];
  readonly pairs: readonly Pair[];
}

/**
 * Tokenizes comparisons, once. Equal responses of a prompt become one, and a pair of equals, which says nothing, goes; so do
 * responses that are longer than `maxLength` with their prompt (cutting a response off would judge another text). `warnings` counts them.
 */
export function tokenizeComparisons(tokenizer: Tokenizer, examples: readonly ComparisonExample[], maxLength: number): { comparisons: Comparison[]; warnings: string[] } {
  const comparisons: Comparison[] = [];
  let long = 0;
  let equal = 0;
  for (const example of examples) {
    const texts: number[][] = [];
    const lengths: number[] = [];
    const keys = new Map<string, number>();
    const place = example.responses.map((response) => {
      const known = keys.get(response);
      if (known !== undefined) return known;
      const row = answerRow(tokenizer, example.prompt, response);
      const at = row.ids.length > maxLength ? -1 : texts.push([...row.ids]) - 1;
      if (at >= 0) lengths.push(counted(row));
      keys.set(response, at);
      return at;
    });
    const pairs: Pair[] = [];
    for (const pair of example.pairs) {
      const [i, j] = [place[pair.i], place[pair.j]];
      if (i === undefined || j === undefined || i < 0 || j < 0) long++;
      else if (i === j) equal++;
      else pairs.push({ ...pair, i, j });
    }
    if (pairs.length > 0) comparisons.push({ texts, lengths, pairs });
  }
  const warnings: string[] = [];
  if (long > 0) warnings.push(`${plural(long, 'pair')} left out: a response is longer than ${maxLength} tokens with its prompt.`);
  if (equal > 0) warnings.push(`${plural(equal, 'pair')} of equal responses left out.`);
  return { comparisons, warnings };
}

/** What a reward model makes of one pair that is not a tie. */
export interface Judged {
  readonly pair: Pair;
  /** Place of its comparison in the list. */
  readonly comparison: number;
  /** 1 when the preferred answer has the higher score, ½ when both have the same. */
  readonly right: number;
  /** σ of the difference of scores, from ½. */
  readonly confidence: number;
  readonly labeler: string;
  /** 1 when the preferred response is the longer one, ½ when both are as long. */
  readonly longer: number;
  /** How much longer the preferred response is, as a share of the longer one, −1 to 1. */
  readonly lengthDifference: number;
}

/** All pairs that are no ties. */
export function judgedPairs(comparisons: readonly Comparison[], scores: readonly Float64Array[]): Judged[] {
  return comparisons.flatMap(({ pairs, lengths }, comparison) =>
    pairs.flatMap((pair): Judged[] => {
      const { i, j, p, labeler } = pair;
      if (p === 0.5) return [];
      const sign = p > 0.5 ? 1 : -1;
      const margin = sign * (scores[comparison]![i]! - scores[comparison]![j]!);
      const longer = sign * (lengths[i]! - lengths[j]!);
      return [{ pair, comparison, right: half(margin), confidence: 1 / (1 + Math.exp(-Math.abs(margin))), labeler, longer: half(longer), lengthDifference: longer / Math.max(1, lengths[i]!, lengths[j]!) }];
    }),
  );
}

/**
 * The report on scores of held-out comparisons: accuracy over the pairs that are no ties with Wilson's 95 % interval (equal
 * scores count half), calibration error, correlation of score and length, what preferring the longer answer would give, and accuracy a
 * labeler where there are no more than twelve: `report.json` has them all.
 */
export function judge(comparisons: readonly Comparison[], scores: readonly Float64Array[]): Metrics {
  const judged = judgedPairs(comparisons, scores);
  const n = judged.length;
  if (n === 0) return { pairs: 0 };
  const hits = judged.reduce((s, x) => s + x.right, 0);
  const { low, high } = wilson(hits, n)!;
  const report: Metrics = {
    pairs: n,
    accuracy: hits / n,
    accuracy_low: low,
    accuracy_high: high,
    ece: calibrationError(judged),
    length_correlation: correlation(comparisons.flatMap((c) => [...c.lengths]), scores.flatMap((s) => [...s])),
    length_baseline: judged.reduce((s, x) => s + x.longer, 0) / n,
  };
  const labelers = [...new Set(judged.map((x) => x.labeler))].sort();
  for (const labeler of labelers.length > 12 ? [] : labelers) {
    const own = judged.filter((x) => x.labeler === labeler);
    report[`accuracy/${labeler}`] = own.reduce((s, x) => s + x.right, 0) / own.length;
  }
  return report;
}

const half = (x: number): number => (x > 0 ? 1 : x === 0 ? 0.5 : 0);
