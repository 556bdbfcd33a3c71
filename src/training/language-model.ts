import { input, newGraph, output, type Graph, type Value } from '../engine/graph';
import { linearLogProb, mul, neg, reduceSum, sub } from '../engine/ops';
import type { ModelConfig } from '../models/config';
import type { Weights } from '../models/training-pieces';
import { headWeight, hidden, paramInputs, rowsOf } from '../models/model';
import { outputGradients } from './trainable';
import type { PackedRows } from './rows';

/** What a graph over counted tokens works with; N is the number of slots. */
export interface TokenGraph {
  readonly weights: Weights;
  /** [N]: log-probability of each counted token. */
  readonly logProb: Value;
  /** [N]: entropy of the distribution it was drawn from, without gradient. */
  readonly entropy: () => Value;
  /** [N, V]: probabilities and log of their normaliser, without gradient. */
  readonly probs: Value;
  readonly logits: Value;
  readonly logSumExp: Value;
  readonly isTop: Value;
}

/** Inputs `ids`, `index`, `targets` of a shape, and the log-probabilities of the targets at temperature T. */
export function tokenGraph(g: Graph, config: ModelConfig, [rows, length, slots]: PackedRows['shape'], temperature = 1): TokenGraph {
  const weights = paramInputs(g, config, 'lm');
  const ids = input(g, 'ids', 'int64', [rows, length]);
  const index = input(g, 'index', 'int64', [slots]);
  const targets = input(g, 'targets', 'int64', [slots]);
  const h = hidden(g, config, weights, ids);
  // Only the places that predict a counted token meet the vocabulary: [N, D] instead of [B·T, D].
  const picked = rowsOf(g, h, index);
  const { logProb, probs, logits, isTop, logSumExp } = linearLogProb(g, picked, headWeight(config, weights), targets, 1 / temperature);
  return { weights, logProb, probs, logits, isTop, logSumExp, entropy: () => sub(g, logSumExp, reduceSum(g, mul(g, probs, logits), [-1])) };
}

/** Log-probability and likeliest token at each slot; with `train` also the gradients of −Σ slotWeight · log-probability. */
export function languageModelGraph(config: ModelConfig, shape: PackedRows['shape'], train: boolean): Graph {
  const g = newGraph();
  const { weights, logProb, isTop } = tokenGraph(g, config, shape);
  output(g, 'logProb', logProb);
  output(g, 'isTop', isTop);
  if (train) {
    const slotWeights = input(g, 'slotWeights', 'float32', [shape[2]]);
    outputGradients(g, neg(g, reduceSum(g, mul(g, logProb, slotWeights))), weights);
  }
  return g;
}

/** Sums over counted tokens. */
export interface TokenSums {
  tokens: number;
  /** Of −log p, in nats. */
  loss: number;
  /** Tokens that were the likeliest. */
  right: number;
}

/** Adds the counted tokens of one pass; filler slots are left out. */
export function addTokens(sums: TokenSums, packed: PackedRows, logProb: Float32Array, isTop: Uint8Array): void {
  sums.tokens += packed.tokens;
  for (let i = 0; i < packed.tokens; i++) {
    sums.loss -= logProb[i]!;
    if (isTop[i] === 1) sums.right++;
  }
}
