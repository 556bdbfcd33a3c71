import { UserError } from '../base/errors';
import { createRng } from '../base/rng';
import { output } from '../engine/graph';
import { add } from '../engine/ops';
import type { ModelConfig } from '../models/config';
import { outputCount } from '../models/outputs';
import type { Algorithm, Metrics, Model, Outcome, Resources } from './algorithm';
import { evenChunks } from './batching';
import { judge, type Comparison } from './comparisons';
import { centreLoss, packPairs, pairLoss, weightOf } from './pairs';
import { packStages, rankingLoss, type PackedStages } from './ranking-loss';
import { ensembleMetrics } from './ensemble';
import { ensembleReport, meanScores, rewardReport } from './reward-report';
import { paddedLength } from './rows';
import { trainingPasses } from './passes';
import { createScorer, scoresOn, type PackedTexts } from './score-model';
import { answersARow, packShared, rowsFor, sharedLength } from './shared-rows';
import { largest, meanAndStd, smallest } from './statistics';
import type { Top } from './top';
import { checkLoss, trainable, type OptimizerSettings } from './trainable';
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
  /** `plackett-luce`: the likelihood of whole rankings; see `stagesOf`. Pairwise when left out. */
  readonly loss?: 'pairwise' | 'plackett-luce' | undefined;
  /** By how much the better answer must win, by strength 1 to 4; 0 or left out: none. */
  readonly margin?: 0 | readonly number[] | undefined;
  /** Weight of the mean of (r_i + r_j)² over pairs (arXiv 2312.09244): the loss fixes differences only, this fixes the zero. */
  readonly centering: number;
  /** Held-out accuracy every so many steps; 0: only at the end. */
  readonly evalEvery: number;
  readonly earlyStop?: { readonly patience: number } | undefined;
  readonly seed: number;
  /** What the head's outputs are about, when there are several: `output` of a pair is a place among them. */
  readonly criteria?: readonly string[] | undefined;
}

export interface RewardData {
  readonly train: readonly Comparison[];
  /** Held out; may be empty. */
  readonly test: readonly Comparison[];
}

/** Trains `model.params`, which have a score head of one output, or one a criterion, in place. @throws UserError when there is nothing to learn from. */
export function createRewardTrainer(model: Pick<Model, 'config' | 'params'>, data: RewardData, settings: RewardSettings, resources: Resources): Algorithm {
  const { config, params } = model;
  const { labelNoise, centering, loss: kind = 'pairwise', margin = 0 } = settings;
  const outputs = outputCount(config);
  if (kind === 'plackett-luce' && (labelNoise > 0 || margin !== 0)) throw new UserError('reward.loss', 'labelNoise and margin are of the pairwise loss; "plackett-luce" has neither. Leave them out, or choose "loss": "pairwise".');
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
    for (const chunk of evenChunks(batch, (c) => paddedLength(sharedLength(c.texts, each)), resources.maxCells, (c) => rowsFor(c.texts, each))) {
      const texts = packShared(chunk.map((c) => c.texts), each);
      const pairs = packPairs(chunk, totalWeight, { noise: labelNoise, centering, margin, outputs, each });
      const stages = kind === 'pairwise' ? undefined : packStages(chunk, totalWeight, outputs, each);
      const feeds = stages === undefined ? pairs : { i: pairs.i, j: pairs.j, weightCentre: pairs.weightCentre, ...stages.feeds };
      const out = await trained.backward(await passes.get(rewardTop(config, texts.shape, pairs.i.length, { stages: stages?.shape, each })), { ...texts.feeds, ...feeds });
      loss += (out['loss'] as Float32Array)[0]!;
      let at = 0;
      for (const c of chunk) {
        batchScores.push(Float64Array.from((out['scores'] as Float32Array).subarray(at, at + c.texts.length * outputs)));
        at += rowsFor(c.texts, each) * each * outputs;
      }
    }
    checkLoss(loss, step);
    const { gradNorm, learningRate } = await trained.update(step, total);
    const tokens = batch.reduce((n, c) => n + c.texts.reduce((m, t) => m + t.length, 0), 0);
    const seconds = (performance.now() - begin) / 1000;
    const metrics = {
      loss,
      ...scoreMetrics(...byOutput(batch, batchScores, outputs)),
      grad_norm: gradNorm,
      learning_rate: learningRate,
      tokens_per_second: tokens / seconds,
      pairs_per_second: batch.reduce((n, c) => n + c.pairs.length, 0) / seconds,
    };
    return { metrics, tokens };
  }

  /** Scores of all responses of all comparisons, [texts · outputs] each. */
  const scoreAll = (comparisons: readonly Comparison[]): Promise<Float64Array[]> => scorer.shared(comparisons.map((c) => c.texts), each);

  function evaluation(scores: readonly Float64Array[]): Metrics {
    const [test, found] = byOutput(data.test, scores, outputs);
    return Object.fromEntries(Object.entries({ loss: logisticLoss(test, found), ...scoreMetrics(test, found) }).map(([k, v]) => [`eval_${k}`, v]));
  }

  const evaluate = async (): Promise<Metrics> => evaluation(await scoreAll(data.test));

  return supervised(
    {
      ...{ examples: data.train, lengthOf: longest, holdsOut: data.test.length > 0, trained, params, train, evaluate },
      async *finish({ last, total }) {
        // PPO sees (r − mean) / std, of scores the model was not trained on where there are any.
        const held = data.test.length > 0 ? data.test : sampleOf(data.train, settings.seed);
        const raw = await scoreAll(held);
        const [comparisons, found] = byOutput(held, raw, outputs);
        const spread = spreadOf(raw, outputs);
        if (data.test.length > 0) yield { type: 'eval', step: total, metrics: evaluation(raw) };
        const judged = judge(comparisons, found);
        const summary: Metrics = {
          steps: total,
          train_pairs: data.train.reduce((n, c) => n + c.pairs.length, 0),
          train_loss: last['loss']!,
          ...(outputs === 1 ? { mean: spread.means[0]!, std: Math.sqrt(spread.covariance[0]![0]!) } : {}),
          ...(data.test.length > 0 ? judged : { train_accuracy: judged['accuracy'] ?? 0 }),
        };
        await trained.sync();
        const std = Math.sqrt(spread.covariance[0]![0]!);
        return {
          summary,
          params,
          report: rewardReport(data.test.length > 0 ? comparisons : [], found, settings.criteria),
          ...(outputs === 1 ? { scores: { mean: spread.means[0]!, std: std > 0 ? std : 1 }, held: raw.map((r) => r.map((x) => (x - spread.means[0]!) / (std > 0 ? std : 1))) } : { outputs: spread }),
        };
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

/** So many texts give a mean within 0.06 standard deviations, and the deviation within 4 %. */
const sampled = 256;

/** Comparisons of at least so many texts, or all there are; the same for the same seed. */
function sampleOf(comparisons: readonly Comparison[], seed: number): Comparison[] {
  let texts = 0;
  return createRng(seed).fork('scale').shuffle(comparisons).filter((c) => texts < sampled && (texts += c.texts.length) > 0);
}

/** What members of an ensemble say together of what was held out: the first one's outcome, with the report on all. */
export function concludeEnsemble(data: RewardData, first: Outcome, members: readonly { readonly held: readonly Float64Array[]; readonly accuracy: number }[]): Outcome {
  if (data.test.length === 0 || first.report?.kind !== 'reward') return { ...first, summary: { ...first.summary, members: members.length } };
  const held = members.map((m) => m.held);
  const ensemble = ensembleReport(data.test, held, members.map((m) => m.accuracy));
  const together = judge(data.test, meanScores(held))['accuracy'];
  return { ...first, summary: { ...first.summary, ...ensembleMetrics(ensemble.members, together ?? 0, ensemble.uncertainty) }, report: { ...first.report, ensemble } };
}

/** The loss of pairs, or of rankings in `stages` and the centering of pairs, with the scores [rows · each · outputs] of `each` texts a row beside. */
export function rewardTop(config: ModelConfig, [rows, length]: PackedTexts['shape'], pairs: number, { stages, each = 1 }: { stages?: PackedStages['shape'] | undefined; each?: number } = {}): Top {
  return {
    ...{ key: `reward ${rows}x${length}/${each}/${pairs}/${stages?.join('x') ?? ''}`, head: 'score', shape: [rows, length], laidOut: each > 1 },
    build(g, trunk) {
      const scores = scoresOn(g, config, trunk, rows * each);
      const loss = stages === undefined ? pairLoss(g, scores, pairs) : add(g, rankingLoss(g, scores, stages), centreLoss(g, scores, pairs));
      output(g, 'loss', loss);
      output(g, 'scores', scores);
      return loss;
    },
  };
}

/** Each output as comparisons of its own, of one score a text: [comparisons, scores]. As they are when there is one. */
function byOutput(comparisons: readonly Comparison[], scores: readonly Float64Array[], outputs: number): [Comparison[], Float64Array[]] {
  if (outputs === 1) return [[...comparisons], [...scores]];
  const found: [Comparison[], Float64Array[]] = [[], []];
  comparisons.forEach((c, n) => {
    for (let k = 0; k < outputs; k++) {
      const pairs = c.pairs.filter((p) => (p.output ?? 0) === k);
      if (pairs.length === 0) continue;
      found[0].push({ ...c, pairs });
      found[1].push(Float64Array.from(c.texts, (_, i) => scores[n]![i * outputs + k]!));
    }
  });
  return found;
}

/** Means and unbiased covariance of the outputs over all texts of [texts · outputs]. */
function spreadOf(scores: readonly Float64Array[], outputs: number): { means: number[]; covariance: number[][] } {
  const flat = scores.flatMap((s) => [...s]);
  const columns = Array.from({ length: outputs }, (_, k) => flat.filter((__, n) => n % outputs === k));
  const means = columns.map((c) => meanAndStd(c).mean);
  const divisor = Math.max(1, columns[0]!.length - 1);
  return { means, covariance: columns.map((a, i) => columns.map((b, j) => a.reduce((s, x, n) => s + (x - means[i]!) * (b[n]! - means[j]!), 0) / divisor)) };
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
