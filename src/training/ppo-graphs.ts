import { input, newGraph, output, type Graph, type Value } from '../engine/graph';
import { add, clip, exp, max, mul, neg, reduceSum, reshape, sub } from '../engine/ops';
import type { ModelConfig } from '../models/config';
import { scores } from '../models/model';
import { tokenGraph, tokensOn } from './language-model';
import type { PackedRows } from './rows';
import { wholeTrunk, type Top, type Trunk } from './top';

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

/** A KL penalty in the loss: its weight, and k2 = ½δ² or k3 = exp(−δ) − 1 + δ of δ = log π − log π_ref. */
export interface KlLoss {
  readonly coef: number;
  readonly estimator: 'k2' | 'k3';
}

/**
 * Σ w·max(−A·ρ, −A·clip(ρ, 1−ε, 1+ε)) with ρ = exp(log π − log π_old), arXiv 1707.06347 eq. 7, and with `klLoss` the penalty, whose input is
 * `refLogProb`; log π and the entropy of each token beside.
 */
export function policyTop(config: ModelConfig, [rows, length, slots]: PackedRows['shape'], temperature: number, clipRange: number, klLoss?: KlLoss): Top {
  return {
    ...{ key: `actor ${rows}x${length}/${slots}`, head: 'lm', shape: [rows, length], slots },
    build(g, trunk, n) {
      const { logProb, entropy } = tokensOn(g, config, trunk, n, temperature);
      const negative = neg(g, input(g, 'advantages', 'float32', [n]));
      const ratio = exp(g, sub(g, logProb, input(g, 'oldLogProb', 'float32', [n])));
      const losses = max(g, mul(g, negative, ratio), mul(g, negative, clip(g, ratio, 1 - clipRange, 1 + clipRange)));
      output(g, 'logProb', logProb);
      output(g, 'entropy', entropy());
      const weights = input(g, 'slotWeights', 'float32', [n]);
      if (klLoss === undefined) return reduceSum(g, mul(g, losses, weights));
      const delta = sub(g, logProb, input(g, 'refLogProb', 'float32', [n]));
      const penalty = klLoss.estimator === 'k2' ? mul(g, mul(g, delta, delta), 0.5) : add(g, sub(g, exp(g, neg(g, delta)), 1), delta);
      return reduceSum(g, mul(g, add(g, losses, mul(g, penalty, klLoss.coef)), weights));
    },
  };
}

/** [N]: the critic's value before each counted token, on the scale of normalised rewards. */
function valuesOn(g: Graph, config: ModelConfig, { weights, at }: Trunk, slots: number, scale: ScoreScale): Value {
  const raw = scores(g, config, weights, at(input(g, 'index', 'int64', [slots])));
  // The critic starts as a copy of the reward model: with its scale, its values start as expected normalised rewards.
  return mul(g, sub(g, raw, scale.mean), 1 / scale.std);
}

export function valueGraph(config: ModelConfig, shape: PackedRows['shape'], scale: ScoreScale): Graph {
  const g = newGraph();
  output(g, 'values', valuesOn(g, config, wholeTrunk(g, config, 'score', shape), shape[2], scale));
  return g;
}

/**
 * c·½·Σ w·max((V − R)², (clip(V, V_old ± ε_v) − R)²), with V beside.
 * https://github.com/openai/lm-human-preferences/blob/cbfd210/lm_human_preferences/train_policy.py `loss`
 */
export function criticTop(config: ModelConfig, [rows, length, slots]: PackedRows['shape'], scale: ScoreScale, clipRange: number, coef: number): Top {
  return {
    ...{ key: `critic ${rows}x${length}/${slots}`, head: 'score', shape: [rows, length], slots },
    build(g, trunk, n) {
      const values = valuesOn(g, config, trunk, n, scale);
      const returns = input(g, 'returns', 'float32', [n]);
      const old = input(g, 'oldValues', 'float32', [n]);
      const square = (x: Value): Value => mul(g, x, x);
      const clipped = add(g, old, clip(g, sub(g, values, old), -clipRange, clipRange));
      const losses = max(g, square(sub(g, values, returns)), square(sub(g, clipped, returns)));
      output(g, 'values', values);
      return mul(g, reduceSum(g, mul(g, losses, input(g, 'slotWeights', 'float32', [n]))), coef / 2);
    },
  };
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
