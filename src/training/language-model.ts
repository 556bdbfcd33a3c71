import { input, newGraph, output, type Graph, type Value } from '../engine/graph';
import { add, linearLogProb, mul, neg, reduceSum, rowDot } from '../engine/ops';
import type { ModelConfig } from '../models/config';
import type { Weights } from '../models/training-pieces';
import { headWeight } from '../models/model';
import type { PackedRows } from './rows';
import { wholeGraph, wholeTrunk, type Top, type Trunk } from './top';

/** What a graph over counted tokens works with; N is the number of slots. */
export interface TokenGraph {
  readonly weights: Weights;
  /** [N]: log-probability of each counted token. */
  readonly logProb: Value;
  /** [N]: entropy of the distribution it was drawn from, without gradient. */
  readonly entropy: () => Value;
  /** [N, V], without gradient, and the log of their normaliser. */
  readonly logits: Value;
  readonly logSumExp: Value;
  readonly isTop: Value;
}

/** Inputs `index`, `targets` for N slots of a trunk, and the log-probabilities of the targets at temperature T. */
export function tokensOn(g: Graph, config: ModelConfig, { weights, at }: Trunk, slots: number, temperature = 1): TokenGraph {
  const index = input(g, 'index', 'int64', [slots]);
  const targets = input(g, 'targets', 'int64', [slots]);
  // Only the places that predict a counted token meet the vocabulary: [N, D] instead of [B·T, D].
  const picked = at(index);
  const { logProb, difference, logits, isTop, logSumExp } = linearLogProb(g, picked, headWeight(config, weights), targets, 1 / temperature);
  // H = −Σ p l + lse with p = difference + onehot: reading the probabilities themselves would keep ONNX Runtime from overwriting them.
  return { weights, logProb, logits, isTop, logSumExp, entropy: () => neg(g, add(g, logProb, rowDot(g, difference, logits))) };
}

/** The same with the trunk in the graph: inputs `ids`, `index`, `targets` of a shape. */
export function tokenGraph(g: Graph, config: ModelConfig, shape: PackedRows['shape'], temperature = 1): TokenGraph {
  return tokensOn(g, config, wholeTrunk(g, config, 'lm', shape), shape[2], temperature);
}

/** −Σ slotWeight · log-probability; log-probability and likeliest token at each slot beside. `laidOut`: rows hold several texts. */
export function languageModelTop(config: ModelConfig, [rows, length, slots]: PackedRows['shape'], laidOut = false): Top {
  return {
    ...{ key: `lm${laidOut ? ' laid' : ''} ${rows}x${length}/${slots}`, head: 'lm', shape: [rows, length], slots, laidOut },
    build(g, trunk, n) {
      const { logProb, isTop } = tokensOn(g, config, trunk, n);
      output(g, 'logProb', logProb);
      output(g, 'isTop', isTop);
      return neg(g, reduceSum(g, mul(g, logProb, input(g, 'slotWeights', 'float32', [n]))));
    },
  };
}

/** Log-probability and likeliest token at each slot; with `train` also the gradients of {@link languageModelTop}. */
export function languageModelGraph(config: ModelConfig, shape: PackedRows['shape'], train: boolean): Graph {
  if (train) return wholeGraph(config, languageModelTop(config, shape));
  const g = newGraph();
  const { logProb, isTop } = tokenGraph(g, config, shape);
  output(g, 'logProb', logProb);
  output(g, 'isTop', isTop);
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
