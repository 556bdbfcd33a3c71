import type { ModelConfig } from '../models/config';
import { roundUp } from './batching';
import { paddedLength } from './rows';

/**
 * Answers to one prompt side by side in a row that has their common beginning once: what a prompt costs is paid once a row, not once an answer.
 * A row is [beginning, rest of answer 1, rest of answer 2 …]; its layout lets each answer see the beginning and itself.
 */
export interface SharedRows {
  readonly shape: readonly [rows: number, length: number];
  /**
   * `ids` [rows, length]; with several texts a row `positions` and `segments` (see `Layout`); and `ends` [rows · each], the place b·T + t of each
   * answer's last token. Fillers are the first token of their row and must not be read.
   */
  readonly feeds: Record<string, BigInt64Array>;
}

/** How many tokens all texts begin with alike; each keeps at least one of its own. */
export function commonPrefix(texts: readonly (readonly number[])[]): number {
  const [first] = texts;
  let n = Math.min(...texts.map((t) => t.length)) - 1;
  for (const text of texts) for (let t = 0; t < n; t++) if (text[t] !== first![t]) n = t;
  return Math.max(0, n);
}

/** Rows that the answers to a prompt take, `each` a row. */
export const rowsFor = (texts: readonly unknown[], each: number): number => Math.ceil(texts.length / each);

/** Tokens of the longest of these rows. */
export function sharedLength(texts: readonly (readonly number[])[], each: number): number {
  if (each === 1) return Math.max(...texts.map((t) => t.length));
  const prefix = commonPrefix(texts);
  let longest = 0;
  for (let at = 0; at < texts.length; at += each) longest = Math.max(longest, texts.slice(at, at + each).reduce((n, t) => n + t.length - prefix, prefix));
  return longest;
}

/** Answers by prompt, `each` a row. Answer k of a prompt whose first row is b has its score at b·each + k. */
export function packShared(prompts: readonly (readonly (readonly number[])[])[], each: number): SharedRows {
  const rows = roundUp(prompts.reduce((n, texts) => n + rowsFor(texts, each), 0), 1);
  const length = paddedLength(Math.max(...prompts.map((texts) => sharedLength(texts, each))));
  const [ids, positions, segments] = [new BigInt64Array(rows * length), new BigInt64Array(rows * length), new BigInt64Array(rows * length)];
  const ends = BigInt64Array.from({ length: rows * each }, (_, i) => BigInt(Math.floor(i / each) * length));
  let row = 0;
  for (const texts of prompts) {
    const prefix = each === 1 ? 0 : commonPrefix(texts);
    for (let from = 0; from < texts.length; from += each, row++) {
      let at = row * length;
      const put = (text: readonly number[], start: number, end: number, segment: number): void => {
        for (let t = start; t < end; t++, at++) {
          ids[at] = BigInt(text[t]!);
          positions[at] = BigInt(t);
          segments[at] = BigInt(segment);
        }
      };
      put(texts[from]!, 0, prefix, 0);
      texts.slice(from, from + each).forEach((text, k) => {
        put(text, prefix, text.length, k + 1);
        ends[row * each + k] = BigInt(at - 1);
      });
      // Padding is a segment of its own: nothing sees it, and where it looks does not matter.
      segments.fill(BigInt(each + 1), at, (row + 1) * length);
    }
  }
  return { shape: [rows, length], feeds: each === 1 ? { ids, ends } : { ids, positions, segments, ends } };
}

/** What a row of so many tokens costs: multiplications of a layer for its tokens, and for tokens that look at others, where masks and softmax count as much as the products. */
export function rowCost({ hiddenSize: d, heads, kvHeads, headDim, intermediateSize }: ModelConfig): (length: number) => number {
  const token = 2 * d * headDim * (heads + kvHeads) + 3 * d * intermediateSize;
  const look = 4 * heads * headDim;
  return (length) => length * (token + look * length);
}

/**
 * How many answers a row should have so that a pass costs least: sharing saves the prompt's tokens, but a row with many answers has them look
 * past each other, which costs its length squared. A function of the data and the model's shape alone.
 */
export function answersARow(config: ModelConfig, prompts: readonly (readonly (readonly number[])[])[]): number {
  const most = Math.max(...prompts.map((texts) => texts.length));
  const ofRow = rowCost(config);
  const cost = (each: number): number =>
    prompts.reduce((sum, texts) => {
      const length = sharedLength(texts, each);
      return sum + rowsFor(texts, each) * ofRow(length);
    }, 0);
  const costs = Array.from({ length: most }, (_, i) => cost(i + 1));
  return costs.indexOf(Math.min(...costs)) + 1;
}
