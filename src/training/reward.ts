import { UserError } from '../base/errors';
import { output } from '../engine/graph';
import type { ModelConfig } from '../models/config';
import type { Algorithm, Metrics, Model, Resources } from './algorithm';
import { chunkByCells } from './batching';
import { judge, type Comparison } from './comparisons';
import { packPairs, pairLoss, weightOf } from './pairs';
import { paddedLength } from './rows';
import { trainingPasses } from './passes';
import { createScorer, scoresOn, type PackedTexts } from './score-model';
import { answersARow, packShared, rowsFor, sharedLength } from './shared-rows';
import { largest, meanAndStd, smallest } from './statistics';
import type { Top } from './top';
import { trainable, type OptimizerSettings } from './trainable';
import { supervised } from './supervised';

/**
 * A reward model from comparisons: a transformer with a score head, read at the last real token.
 */
export interface RewardSettings {
  /** One: a reward model overfits in a second pass over its comparisons (InstructGPT, arXiv 2203.02155, C.2). */
  readonly epochs: number;
  /** Ends after so many optimizer steps, whatever `epochs` says. */
  readonly maxSteps?: number | undefined;
  /** Prompts per optimizer step, each with all its responses. */
  readonly batchSize: number;
  readonly optimizer: OptimizerSettings;
  /** ε: how likely a comparison is the wrong way round. */
  readonly labelNoise: number;
  /** Weight of the mean of (r_i + r_j)² over pairs (arXiv 2312.09244): the loss fixes differences only, this fixes the zero. */
  readonly centering: number;
  /** Held-out accuracy every so many steps; 0: only at the end. */
  readonly evalEvery: number;
  readonly seed: number;
}

export interface RewardData {
  readonly train: readonly Comparison[];
  /** Held out; may be empty. */
  readonly test: readonly Comparison[];
}

/** Trains `model.params`, which have a score head, in place. @throws UserError when there is nothing to learn from. */
export function createRewardTrainer(model: Pick<Model, 'config' | 'params'>, data: RewardData, settings: RewardSettings, resources: Resources): Algorithm {
  const { config, params } = model;
  const { labelNoise, centering } = settings;
  if (data.train.length === 0) throw new UserError('reward.data', 'no comparison is left to train on. Label more, or raise maxLength.');
  const longest = (c: Comparison): number => Math.max(...c.texts.map((t) => t.length));
  const trained = trainable('reward', params, settings.optimizer, resources);
  const passes = trainingPasses(config, resources);
  // Answers share a row with their prompt where that costs less. Layers that are computed again take one text a row.
  const each = resources.recompute === true ? 1 : answersARow(config, data.train.map((c) => c.texts));
  const scorer = createScorer(config, params, resources);

  async function train(batch: readonly Comparison[], step: number, total: number): Promise<{ metrics: Metrics; tokens: number }> {
    const begin = performance.now();
    // All K responses of a prompt are in one batch element and the weights of a label's pairs sum to its labeler's weight: a long
    // ranking does not outvote a short one (InstructGPT's 1/(K choose 2)).
    const totalWeight = weightOf(batch);
    const batchScores: Float64Array[] = [];
    let loss = 0;
    for (const chunk of chunkByCells(batch, (c) => paddedLength(sharedLength(c.texts, each)), resources.maxCells, Infinity, (c) => rowsFor(c.texts, each))) {
      const { shape, key: _, ...feeds } = packShared(chunk.map((c) => c.texts), each);
      const pairs = packPairs(chunk, totalWeight, labelNoise, centering, each);
      const own = each === 1 ? { ids: feeds.ids, ends: feeds.ends } : feeds;
      const out = await trained.backward(await passes.get(rewardTop(config, shape, pairs.i.length, each)), { ...own, ...pairs });
      loss += (out['loss'] as Float32Array)[0]!;
      let at = 0;
      for (const c of chunk) {
        batchScores.push(Float64Array.from((out['scores'] as Float32Array).subarray(at, at + c.texts.length)));
        at += rowsFor(c.texts, each) * each;
      }
    }
    if (!Number.isFinite(loss)) throw new UserError('guard.nonFinite', `the loss is ${loss} at step ${step + 1}. Lower the learning rate.`);
    const { gradNorm, learningRate } = await trained.update(step, total);
    const tokens = batch.reduce((n, c) => n + c.texts.reduce((m, t) => m + t.length, 0), 0);
    const seconds = (performance.now() - begin) / 1000;
    const metrics = {
      loss,
      ...scoreMetrics(batch, batchScores),
      grad_norm: gradNorm,
      learning_rate: learningRate,
      tokens_per_second: tokens / seconds,
      pairs_per_second: batch.reduce((n, c) => n + c.pairs.length, 0) / seconds,
    };
    return { metrics, tokens };
  }

  /** Scores of all responses of all comparisons. */
  async function scoreAll(comparisons: readonly Comparison[]): Promise<Float64Array[]> {
    const flat = await scorer.score(comparisons.flatMap((c) => [...c.texts]));
    let at = 0;
    return comparisons.map((c) => flat.slice(at, (at += c.texts.length)));
  }

  async function evaluate(): Promise<Metrics> {
    const found = await scoreAll(data.test);
    return Object.fromEntries(Object.entries({ loss: logisticLoss(data.test, found), ...scoreMetrics(data.test, found) }).map(([k, v]) => [`eval_${k}`, v]));
  }

  return supervised(
    {
      ...{ examples: data.train, lengthOf: longest, holdsOut: data.test.length > 0, trained, params, train, evaluate },
      async *finish({ last, total }) {
        // PPO sees (r − mean) / std, of scores the model was not trained on where there are any.
        const held = data.test.length > 0 ? data.test : data.train;
        const found = await scoreAll(held);
        const { mean, std } = meanAndStd(found.flatMap((s) => [...s]));
        if (data.test.length > 0) yield { type: 'eval', step: total, metrics: await evaluate() };
        const summary: Metrics = {
          steps: total,
          train_pairs: data.train.reduce((n, c) => n + c.pairs.length, 0),
          train_loss: last['loss']!,
          mean,
          std,
          ...(data.test.length > 0 ? judge(held, found) : { train_accuracy: judge(held, found)['accuracy'] ?? 0 }),
        };
        await trained.sync();
        return { summary, params, scores: { mean, std: std > 0 ? std : 1 } };
      },
      async release() {
        await passes.release();
        await scorer.release();
        await trained.release();
      },
    },
    settings,
  );
}

/** Σ wᵢ·(−log σ(rᵢ − rⱼ)) + wⱼ·(−log σ(rⱼ − rᵢ)) + w_c·(rᵢ + rⱼ)², with the scores of `each` texts a row beside. */
export function rewardTop(config: ModelConfig, [rows, length]: PackedTexts['shape'], pairs: number, each = 1): Top {
  return {
    ...{ key: `reward ${rows}x${length}/${each}/${pairs}`, head: 'score', shape: [rows, length], laidOut: each > 1 },
    build(g, trunk) {
      const scores = scoresOn(g, config, trunk, rows * each);
      const loss = pairLoss(g, scores, pairs);
      output(g, 'loss', loss);
      output(g, 'scores', scores);
      return loss;
    },
  };
}

/** The loss of held-out comparisons, without noise and centering. */
export function logisticLoss(comparisons: readonly Comparison[], scores: readonly Float64Array[]): number {
  let sum = 0;
  let weights = 0;
  comparisons.forEach((c, n) => {
    for (const { i, j, p, weight } of c.pairs) {
      const margin = scores[n]![i]! - scores[n]![j]!;
      const nll = (m: number): number => Math.max(0, -m) + Math.log1p(Math.exp(-Math.abs(m)));
      sum += weight * (p * nll(margin) + (1 - p) * nll(-margin));
      weights += weight;
    }
  });
  return sum / weights;
}

/** Accuracy and mean margin over the pairs that are no ties, and the spread of the scores. */
function scoreMetrics(comparisons: readonly Comparison[], scores: readonly Float64Array[]): Metrics {
  let margins = 0;
  let right = 0;
  let n = 0;
  comparisons.forEach((c, k) => {
    for (const { i, j, p } of c.pairs) {
      if (p === 0.5) continue;
      const margin = (p > 0.5 ? 1 : -1) * (scores[k]![i]! - scores[k]![j]!);
      margins += margin;
      right += margin > 0 ? 1 : margin === 0 ? 0.5 : 0;
      n++;
    }
  });
  const all = scores.flatMap((s) => [...s]);
  return { ...(n === 0 ? {} : { accuracy: right / n, margin: margins / n }), mean_reward: meanAndStd(all).mean, min_reward: smallest(all), max_reward: largest(all) };
}
