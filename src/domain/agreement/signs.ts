import { verdicts } from '../records';
import type { Judgements } from './judgements';

/**
 * What a label says about two answers of its item: −1 the first (a) is better, 1 the second (b), 0 a tie; undefined when
 * it says nothing. The same rules as `rankedPairs`, on columns.
 */
export function signOf(j: Judgements, label: number, a: number, b: number): -1 | 0 | 1 | undefined {
  const verdict = verdicts[j.verdict[label]!];
  if (verdict === 'tie') return 0;
  if (verdict !== 'ranked') return undefined;
  return compare(j.perAnswer['rank'], j.start[label]!, a, b, j.perLabel['top_k']?.[label] === 1);
}

/** As {@link signOf}, by a criterion: an answer without a rank is worse than every ranked one. */
export function criterionSign(j: Judgements, criterion: string, label: number, a: number, b: number): -1 | 0 | 1 | undefined {
  if (j.perLabel[`criterion-rank:${criterion}`]?.[label] !== 1) return undefined;
  return compare(j.perAnswer[`criterion-rank:${criterion}`], j.start[label]!, a, b, true);
}

function compare(ranks: Float64Array | undefined, start: number, a: number, b: number, topK: boolean): -1 | 0 | 1 | undefined {
  const [x, y] = [ranks?.[start + a] ?? NaN, ranks?.[start + b] ?? NaN];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x < y ? -1 : x > y ? 1 : 0;
  if (!topK || (Number.isNaN(x) && Number.isNaN(y))) return undefined;
  return Number.isNaN(x) ? 1 : -1;
}
