import type { Completion } from '../models/generate';
import type { Metrics } from './algorithm';
import { explainedVariance } from './advantages';
import { partMetrics, type Judgement } from './reward-parts';
import { counted, type Row } from './rows';
import { distinctN, meanAndStd } from './statistics';

/** Everything about one update's episodes, a row an episode, numbers a real token. */
export interface Rollout {
  readonly rows: readonly Row[];
  /** As the critic reads them: one place longer, where the score comes after the end. */
  readonly criticRows: readonly Row[];
  readonly completions: readonly Completion[];
  readonly scores: readonly number[];
  /** What the scores are the sum of, before the rule for answers without an end. */
  readonly parts: Judgement['parts'];
  /** Of an ensemble of reward models: see {@link Judgement}. */
  readonly spread?: Float64Array;
  readonly logProbs: readonly Float64Array[];
  readonly refLogProbs: readonly Float64Array[];
  readonly values: readonly Float64Array[];
  readonly seconds: number;
}

/** Sums over the mini-batches of an update, for TRL's averages. */
export interface MiniBatchNumbers {
  readonly approxKl: number;
  readonly clipFraction: number;
  readonly policyLoss: number;
  readonly valueLoss: number;
  readonly valueClipFraction: number;
  readonly entropy: number;
  readonly ratio: number;
  readonly policyGradNorm: number;
  readonly valueGradNorm: number;
  /** Mean −log p of a token of the pretraining mix, where there is one. */
  readonly ptxLoss?: number;
  /** Of the penalty in the loss, where there is one. */
  readonly klLoss?: number;
  /** The mini-batch was left out, because its ratio was too large. */
  readonly skipped: boolean;
}

/** What an update was made of. */
export interface UpdateNumbers {
  readonly rollout: Rollout;
  readonly returns: readonly Float64Array[];
  /** Sum of log π − log π_ref of each episode. */
  readonly kl: readonly number[];
  readonly miniBatches: readonly MiniBatchNumbers[];
  /** Mini-batches of an epoch. */
  readonly perEpoch: number;
  readonly klCoef: number;
  readonly learningRate: number;
  /** Number of the update, from 1. */
  readonly update: number;
  readonly seconds: { readonly whole: number; readonly training: number };
}

/** The numbers of an update, by TRL's names where TRL has one. */
export function updateMetrics({ rollout, returns, kl, miniBatches, perEpoch, klCoef, learningRate, update, seconds }: UpdateNumbers): Metrics {
  const batchSize = rollout.rows.length;
  const meanOf = (of: (x: MiniBatchNumbers) => number): number => meanAndStd(miniBatches.map(of)).mean;
  const meanKl = meanAndStd(kl).mean;
  const meanScore = meanAndStd(rollout.scores).mean;
  const tokens = rollout.rows.reduce((n, r) => n + counted(r), 0);
  const finished = rollout.completions.filter((c) => c.finished).length;
  const ids = rollout.completions.map((c) => c.ids);
  const optional = (name: string, of: (x: MiniBatchNumbers) => number | undefined): Metrics => {
    const xs = miniBatches.flatMap((x) => of(x) ?? []);
    return xs.length === 0 ? {} : { [name]: meanAndStd(xs).mean };
  };
  return {
    eps: batchSize / seconds.whole,
    'objective/kl': meanKl,
    // As in TRL: minus the log-probability of the answer, a one-sample estimate of its entropy.
    'objective/entropy': -meanAndStd(rollout.logProbs.map((l) => l.reduce((a, b) => a + b, 0))).mean,
    'objective/non_score_reward': -klCoef * meanKl,
    'objective/rlhf_reward': meanScore - klCoef * meanKl,
    'objective/scores': meanScore,
    'objective/scores_std': meanAndStd(rollout.scores).std,
    ...partMetrics(rollout.parts),
    ...(rollout.spread === undefined ? {} : { 'objective/ensemble_std': meanAndStd([...rollout.spread]).mean }),
    'objective/kl_coef': klCoef,
    'objective/eos_rate': finished / batchSize,
    'objective/response_length': tokens / batchSize,
    'objective/distinct_2': distinctN(ids, 2),
    'policy/approxkl_avg': meanOf((x) => x.approxKl),
    'policy/clipfrac_avg': meanOf((x) => x.clipFraction),
    'policy/entropy_avg': meanOf((x) => x.entropy),
    'policy/grad_norm': meanOf((x) => x.policyGradNorm),
    'loss/policy_avg': meanOf((x) => x.policyLoss),
    'loss/value_avg': meanOf((x) => x.valueLoss),
    ...optional('loss/ptx', (x) => x.ptxLoss),
    ...optional('loss/kl', (x) => x.klLoss),
    ...(miniBatches.some((x) => x.skipped) ? { 'policy/skipped': meanOf((x) => (x.skipped ? 1 : 0)) } : {}),
    'val/clipfrac_avg': meanOf((x) => x.valueClipFraction),
    'val/grad_norm': meanOf((x) => x.valueGradNorm),
    'val/ratio': meanOf((x) => x.ratio),
    'val/ratio_var': meanAndStd(miniBatches.map((x) => x.ratio)).std ** 2,
    'val/num_eos_tokens': finished,
    'val/var_explained': explainedVariance(rollout.values, returns),
    lr: learningRate,
    episode: update * batchSize,
    'tokens_per_second/generate': tokens / rollout.seconds,
    'tokens_per_second/train': (tokens * miniBatches.length) / perEpoch / seconds.training,
  };
}
