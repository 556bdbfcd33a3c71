import type { AskedPrompt, SamplingSettings } from './answers';
import type { Row } from './rows';
import type { OptimizerSettings } from './trainable';

/** Settings of PPO. What is optional is off, or as its comment says, when it is absent. */
export interface PpoSettings {
  readonly updates: number;
  /** Episodes (a prompt and one answer) per update. */
  readonly batchSize: number;
  /** Optimizer steps per epoch over the episodes of an update. */
  readonly miniBatches: number;
  /** Rows computed at once; does not change results beyond rounding. */
  readonly microBatchSize: number;
  /** Passes over the episodes of an update. */
  readonly epochs: number;
  readonly sampling: SamplingSettings;
  readonly policyOptimizer: OptimizerSettings;
  readonly valueOptimizer: OptimizerSettings;
  readonly kl: KlSettings;
  readonly gamma: number;
  readonly lambda: number;
  /** ε of the policy loss. */
  readonly clipRange: number;
  /** ε_v of the value loss. */
  readonly valueClipRange: number;
  /** c_v. The critic has weights and an optimizer of its own, so that this matters only where its gradient is clipped. */
  readonly valueCoef: number;
  readonly whitenAdvantages: boolean;
  /** LHP scales rewards as well, without shifting them. */
  readonly whitenRewards: boolean;
  /** Over which episodes mean and variance are taken: those of the update (the default), or, as LHP does, those of a mini-batch. */
  readonly whitenScope?: 'batch' | 'minibatch' | undefined;
  /** Divided by n − 1 (the default, as in TRL) or by n (LHP, N+). */
  readonly whitenVariance?: 'unbiased' | 'population' | undefined;
  /** Where the score comes: at the last real token (the default), or, as in TRL and N+, one place after an answer that ended before the longest length. */
  readonly scoreAt?: 'last' | 'afterEos' | undefined;
  /** Of an answer that did not end by itself: subtracted from its score, or, with `missingEos: 'set'`, its score is minus this. */
  readonly missingEosPenalty: number;
  readonly missingEos?: 'subtract' | 'set' | undefined;
  /** How the critic starts: with the reward model's head (the default), so that its values are expected rewards, or with a head of zeros. */
  readonly criticInit?: 'reward' | 'zero-head' | undefined;
  /** In so many first updates the critic alone learns. */
  readonly criticWarmup?: number | undefined;
  /** γ_ptx × the loss of a language model on `PpoData.ptx`, on `batchSize` texts an optimizer step (0: as many as a mini-batch has episodes). */
  readonly ptx?: { readonly coef: number; readonly batchSize: number } | undefined;
  /** Ends an update's epochs when a mini-batch's mean approximate KL exceeds it; 0 never. */
  readonly klEarlyStop: number;
  /** A mini-batch whose mean probability ratio exceeds it is left out; 0 none. */
  readonly ratioSkip?: number | undefined;
  /** A guard trips when the mean KL of an update exceeds so many nats. */
  readonly maxKl: number;
  /** What a guard does: it stops the run (the default), or ends it with the weights of the best evaluation. */
  readonly guard?: 'stop' | 'rollback' | undefined;
  /** Evaluation every so many updates, and before the first and after the last; 0: only these two. */
  readonly evalEvery: number;
  readonly seed: number;
}

/** The penalty on leaving the reference. */
export interface KlSettings {
  /** β of the reward per token −β·(log π − log π_ref). */
  readonly coef: number;
  readonly controller: 'fixed' | 'adaptive';
  readonly target: number;
  readonly horizon: number;
  /** Weight of a penalty in the loss as well, whose gradient is taken; absent or 0: none. */
  readonly lossCoef?: number | undefined;
  /** Its estimator. k2 has the gradient of the KL divergence; k1 would have none on average. */
  readonly lossEstimator?: 'k2' | 'k3' | undefined;
}

export interface PpoData {
  readonly train: readonly AskedPrompt[];
  /** Answered at evaluations; never trained on. */
  readonly test: readonly AskedPrompt[];
  /** Plain text whose perplexity is measured at evaluations: the alignment tax. */
  readonly texts?: readonly Row[];
  /** Texts of the pretraining mix. */
  readonly ptx?: readonly Row[];
}
