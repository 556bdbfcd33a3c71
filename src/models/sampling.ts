import { drawTruncated } from './truncation';

/** How the next token is chosen. */
export interface SamplingParams {
  /** Logits are divided by it; 0 always takes the likeliest token. */
  readonly temperature: number;
  /** Only the k likeliest tokens may be drawn; 0 switches it off. */
  readonly topK: number;
  /** Only the likeliest tokens that together reach this probability may be drawn; 1 switches it off. */
  readonly topP: number;
  readonly maxNewTokens: number;
  /** Ids that end an answer. */
  readonly stopIds: readonly number[];
}

/** Probabilities of rows [rows, vocabulary] and their sums over blocks [rows, vocabulary / blockSize]. */
export interface Probabilities {
  readonly values: Float32Array;
  readonly blocks: Float32Array;
  readonly vocabulary: number;
  readonly blockSize: number;
}

/** @throws Error when a parameter is out of range; these come from forms and files that check them before. */
export function checkSampling({ temperature, topK, topP, maxNewTokens }: SamplingParams): void {
  if (!(temperature >= 0 && temperature < Infinity)) throw new Error(`temperature ${temperature}: expected a number from 0`);
  if (!Number.isInteger(topK) || topK < 0) throw new Error(`topK ${topK}: expected a whole number from 0`);
  if (!(topP > 0 && topP <= 1)) throw new Error(`topP ${topP}: expected a number above 0, at most 1`);
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1) throw new Error(`maxNewTokens ${maxNewTokens}: expected a whole number from 1`);
}

/** The id of the next token of a row; `u` is uniform in [0, 1) and not used when the temperature is 0. */
export function sampleToken(p: Probabilities, row: number, u: number, { temperature, topK, topP }: SamplingParams): number {
  if (temperature === 0) return likeliest(p, row);
  if ((topK === 0 || topK >= p.vocabulary) && topP === 1) return drawFromAll(p, row, u);
  return drawTruncated(p.values, row * p.vocabulary, p.vocabulary, u, topK, topP);
}

function likeliest({ values, vocabulary }: Probabilities, row: number): number {
  const start = row * vocabulary;
  let best = start;
  for (let i = start + 1; i < start + vocabulary; i++) if (values[i]! > values[best]!) best = i;
  return best - start;
}

/** Inverse of the cumulative distribution: first over blocks, then inside of one. */
function drawFromAll({ values, blocks, vocabulary, blockSize }: Probabilities, row: number, u: number): number {
  const count = vocabulary / blockSize;
  const block = invert(blocks, row * count, count, u * sum(blocks, row * count, count));
  const start = row * vocabulary + block.index * blockSize;
  return block.index * blockSize + invert(values, start, blockSize, block.rest).index;
}

/**
 * The first i for which the sum up to and with it exceeds `mass`, and what is left of `mass` before it. Where rounding leaves
 * some mass over, the last one that is not impossible.
 */
function invert(values: Float32Array, start: number, count: number, mass: number): { index: number; rest: number } {
  let last = 0;
  for (let i = 0; i < count; i++) {
    const p = values[start + i]!;
    if (p === 0) continue;
    if (mass < p) return { index: i, rest: mass };
    last = i;
    mass -= p;
  }
  return { index: last, rest: Infinity };
}

function sum(values: Float32Array, start: number, count: number): number {
  let total = 0;
  for (let i = start; i < start + count; i++) total += values[i]!;
  return total;
}
