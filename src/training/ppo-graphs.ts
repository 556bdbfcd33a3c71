import { input, newGraph, output, type Graph, type Value } from '../engine/graph';
import { add, clip, exp, max, mul, neg, reduceSum, reshape, sub } from '../engine/ops';
import type { ModelConfig } from '../models/config';
import type { Weights } from '../models/training-pieces';
import { hidden, paramInputs, rowsOf, scores } from '../models/model';
import { tokenGraph } from './language-model';
import type { PackedRows } from './rows';
import { outputGradients } from './trainable';

/** The affine map from a head's output to the scale of normalised rewards. */
export interface ScoreScale {
  readonly mean: number;
  readonly std: number;
}

/** Log-probabilities of the counted tokens at temperature T. */
export function logProbGraph(config: ModelConfig, shape: PackedRows['shape'], temperature: number): Graph {
  const g = newGraph();
  output(g, 'logProb', tokenGraph(g, config, shape, temperature).logProb);
  return g;
}

/**
 * Σ w·max(−A·ρ, −A·clip(ρ, 1−ε, 1+ε)) with ρ = exp(log π − log π_old), arXiv 1707.06347 eq. 7, and its gradients; log π and the
 * entropy of each token beside.
 */
export function policyGraph(config: ModelConfig, shape: PackedRows['shape'], temperature: number, clipRange: number): Graph {
  const g = newGraph();
  const slots = [shape[2]];
  const { weights, logProb, entropy } = tokenGraph(g, config, shape, temperature);
  const negative = neg(g, input(g, 'advantages', 'float32', slots));
  const ratio = exp(g, sub(g, logProb, input(g, 'oldLogProb', 'float32', slots)));
  const losses = max(g, mul(g, negative, ratio), mul(g, negative, clip(g, ratio, 1 - clipRange, 1 + clipRange)));
  output(g, 'logProb', logProb);
  output(g, 'entropy', entropy());
  outputGradients(g, reduceSum(g, mul(g, losses, input(g, 'slotWeights', 'float32', slots))), weights);
  return g;
}

/** [N]: the critic's value before each counted token, on the scale of normalised rewards. */
function valuesOf(g: Graph, config: ModelConfig, [rows, length, slots]: PackedRows['shape'], scale: ScoreScale): { weights: Weights; values: Value } {
  const weights = paramInputs(g, config, 'score');
  const ids = input(g, 'ids', 'int64', [rows, length]);
  const index = input(g, 'index', 'int64', [slots]);
  const h = hidden(g, config, weights, ids);
  const raw = scores(g, config, weights, rowsOf(g, h, index));
  // The critic starts as a copy of the reward model: with its scale, its values start as expected normalised rewards.
  return { weights, values: mul(g, sub(g, raw, scale.mean), 1 / scale.std) };
}

export function valueGraph(config: ModelConfig, shape: PackedRows['shape'], scale: ScoreScale): Graph {
  const g = newGraph();
  output(g, 'values', valuesOf(g, config, shape, scale).values);
  return g;
}

/**
 * c·½·Σ w·max((V − R)², (clip(V, V_old ± ε_v) − R)²), and its gradients, with V beside.
 * https://github.com/openai/lm-human-preferences/blob/cbfd210/lm_human_preferences/train_policy.py `loss`
 */
export function criticGraph(config: ModelConfig, shape: PackedRows['shape'], scale: ScoreScale, clipRange: number, coef: number): Graph {
  const g = newGraph();
  const slots = [shape[2]];
  const { weights, values } = valuesOf(g, config, shape, scale);
  const returns = input(g, 'returns', 'float32', slots);
  const old = input(g, 'oldValues', 'float32', slots);
  const square = (x: Value): Value => mul(g, x, x);
  const clipped = add(g, old, clip(g, sub(g, values, old), -clipRange, clipRange));
  const losses = max(g, square(sub(g, values, returns)), square(sub(g, clipped, returns)));
  output(g, 'values', values);
  outputGradients(g, mul(g, reduceSum(g, mul(g, losses, input(g, 'slotWeights', 'float32', slots))), coef / 2), weights);
  return g;
}

/** Logarithms of the probabilities of all tokens at each slot, [N, V]. */
export function distributionGraph(config: ModelConfig, shape: PackedRows['shape'], temperature: number): Graph {
  const g = newGraph();
  const { logits, logSumExp, logProb } = tokenGraph(g, config, shape, temperature);
  output(g, 'logProb', logProb);
  output(g, 'logProbs', sub(g, logits, reshape(g, logSumExp, [shape[2], 1])));
  return g;
}

/** Exact KL divergence at each slot from the distributions `logProbs` [N, V] that are fed to this model's own. */
export function exactKlGraph(config: ModelConfig, shape: PackedRows['shape'], temperature: number): Graph {
  const g = newGraph();
  const { logits, logSumExp, logProb } = tokenGraph(g, config, shape, temperature);
  const from = input(g, 'logProbs', 'float32', [shape[2], config.vocabSize]);
  const own = sub(g, logits, reshape(g, logSumExp, [shape[2], 1]));
  output(g, 'logProb', logProb);
  output(g, 'kl', reduceSum(g, mul(g, exp(g, from), sub(g, from, own)), [-1]));
  return g;
}
