import * as z from 'zod';
import { endpointSchema } from './endpoint';
import { ppoPresetNames } from './ppo-presets';
import { samplingSchema, optimizerSchema, deNovoSchema, loraSchema, memoryBudgetSchema, baseSchema, marginSchema, labelerWeightsSchema, combineSchema, earlyStopSchema, ensembleObjectiveSchema } from './run-parts';

/** `params` of `run.json`, by kind of run. */

/** Of every run that trains weights: what it may take, and how what is trained and what is not are kept. */
const kept = {
  memoryBudget: memoryBudgetSchema,
  /** Score heads and critics are trained whole, beside the adapter. */
  lora: loraSchema.optional(),
  base: baseSchema,
  saveAs: z.enum(['float32', 'float16', 'bfloat16']).default('float32').describe('How the weights of model/ are stored.'),
};

export const sftParamsSchema = z.object({
  epochs: z.number().positive().default(1),
  /** Ends after this many steps when given, whatever `epochs` says. */
  maxSteps: z.int().min(1).optional(),
  batchSize: z.int().min(1).default(16),
  maxLength: z.int().min(8).default(256),
  /** Loss on the completion only, or on prompt and completion. */
  completionOnlyLoss: z.boolean().default(true),
  packing: z
    .union([z.literal('auto'), z.boolean()])
    .default('auto')
    .describe('Several examples of a step share a row, one after another, each with its own attention and positions: nothing leaks, and the result is the same to rounding. "auto": where that saves padding.'),
  optimizer: optimizerSchema.prefault({ learningRate: 2e-4 }),
  evalEvery: z.int().min(0).default(50),
  earlyStop: earlyStopSchema,
  checkpointEvery: z.int().min(1).default(50),
  /** Start from random weights of this shape instead of `models.base`. */
  deNovo: deNovoSchema.optional(),
  ...kept,
});

/** What is the same for reward models and rule models: a model with a score head, trained on labels. */
const scored = {
  maxSteps: z.int().min(1).optional().describe('Ends after so many steps, whatever epochs says.'),
  maxLength: z.int().min(8).default(512).describe('Longest prompt and answer in tokens; longer ones are left out.'),
  /** For models of some million weights; after thirty steps .73 of pairs are right instead of .61 at 1e-4 (the sample's 1.2M model). */
  optimizer: optimizerSchema.prefault({ learningRate: 1e-3, schedule: 'cosine', warmupSteps: 8 }),
  labelerWeights: labelerWeightsSchema,
  evalEvery: z.int().min(0).default(25).describe('Held-out numbers every so many steps; 0: only at the end.'),
  earlyStop: earlyStopSchema,
  checkpointEvery: z.int().min(1).default(25),
  deNovo: deNovoSchema.optional(),
  ...kept,
};

export const rewardParamsSchema = z.object({
  epochs: z.number().positive().default(1),
  /** Prompts (with all their responses) per step. */
  batchSize: z.int().min(1).default(8),
  loss: z.enum(['pairwise', 'plackett-luce']).default('pairwise').describe('"pairwise": −log σ(rᵢ − rⱼ) averaged over a label\'s pairs; "plackett-luce": the likelihood of its whole ranking, which weighs a long ranking more. The same for two answers.'),
  margin: marginSchema,
  criteria: z.array(z.string().min(1)).min(1).optional().describe('Learn one output for each of these criteria, from criteria tasks, instead of one from preferences. They are combined by weights later: combine of a run that uses the model.'),
  ensemble: z.int().min(1).max(9).default(1).describe('So many models are trained alike, one after the other, from different random heads and orders of the data. Where they disagree none of them knows: Score Answers uses all, and the report says how often each third is right.'),
  /** Label noise ε: the chance that a comparison is the wrong way round. */
  labelNoise: z.number().min(0).lt(0.5).default(0),
  /** Weight of the mean of (r_i + r_j)² over pairs (arXiv 2312.09244), keeps scores near 0. */
  centering: z.number().min(0).default(0.01),
  ...scored,
});

/** A rule model: the probability that an answer breaks each rule, from the marks of labelers. */
export const ruleParamsSchema = z.object({
  epochs: z.number().positive().default(3).describe('Passes over the marked answers; may be a fraction.'),
  batchSize: z.int().min(1).default(16).describe('Answers per step.'),
  rules: z.array(z.string().min(1)).min(1).describe('The rules that are learned, by id, in the order of the outputs.'),
  notApplicable: z.enum(['kept', 'skip']).default('kept').describe('What a mark "does not apply" teaches: that the rule is not broken ("kept"), or nothing ("skip").'),
  ...scored,
});

/** Defaults as TRL has them, except for the learning rate, which suits models of some million weights; those of a hundred million want 1e-6. */
export const dpoParamsSchema = z.object({
  epochs: z.number().positive().default(1),
  maxSteps: z.int().min(1).optional(),
  /** Prompts (with all their responses) per step. */
  batchSize: z.int().min(1).default(8),
  maxLength: z.int().min(8).default(512),
  /** β: how dearly leaving the model that the run starts from is paid. */
  beta: z.number().positive().default(0.1),
  margin: marginSchema,
  /** Label noise ε (label smoothing): the chance that a comparison is the wrong way round. */
  labelNoise: z.number().min(0).lt(0.5).default(0),
  /** After one epoch over the sample's comparisons .77 of those held out are right, .72 at 3e-4. */
  optimizer: optimizerSchema.prefault({ learningRate: 1e-3 }),
  labelerWeights: labelerWeightsSchema,
  evalEvery: z.int().min(0).default(25),
  checkpointEvery: z.int().min(1).default(25),
  ...kept,
});

export const ppoParamsSchema = z.object({
  preset: z.enum(ppoPresetNames).optional().describe('Settings of a published trainer by name; what is set beside it stands. "lhp": lm-human-preferences, "nplus": summarize_from_feedback_details; "instructgpt"; "trl".'),
  updates: z.int().min(1).default(30),
  /** Prompts per update; each gives one episode. */
  batchSize: z.int().min(1).default(64),
  miniBatches: z.int().min(1).default(2),
  /** Rows computed at once, of like length; does not change the result beyond rounding. */
  microBatchSize: z.int().min(1).default(16),
  /**
   * Two passes of two steps learn as fast as the usual four passes of one, in half the time (measured on the sample's 1.2M model).
   * The learning rates are for models of some million weights; those of a hundred million want a thirtieth.
   */
  epochs: z.int().min(1).default(2),
  sampling: samplingSchema.prefault({}),
  policyOptimizer: optimizerSchema.prefault({ learningRate: 3e-4, schedule: 'constant' }),
  valueOptimizer: optimizerSchema.prefault({ learningRate: 1e-3, schedule: 'constant' }),
  kl: z
    .object({
      /** β₀. */
      coef: z.number().min(0).default(0.05),
      controller: z.enum(['fixed', 'adaptive']).default('fixed'),
      /** Nats per episode, for the adaptive controller. */
      target: z.number().positive().default(6),
      /** Episodes, for the adaptive controller. */
      horizon: z.number().positive().default(10000),
      lossCoef: z.number().min(0).default(0).describe('Weight of a KL penalty in the loss, beside the one in the reward; 0: none.'),
      lossEstimator: z.enum(['k2', 'k3']).default('k2').describe('Its estimator: k2 = ½δ² has the gradient of the KL divergence; k3 = exp(−δ) − 1 + δ.'),
    })
    .prefault({}),
  combine: combineSchema,
  ensemble: ensembleObjectiveSchema,
  gamma: z.number().gt(0).max(1).default(1),
  lambda: z.number().min(0).max(1).default(0.95),
  clipRange: z.number().positive().default(0.2),
  valueClipRange: z.number().positive().default(0.2),
  valueCoef: z.number().min(0).default(0.1),
  whitenAdvantages: z.boolean().default(true),
  whitenRewards: z.boolean().default(false),
  whitenScope: z.enum(['batch', 'minibatch']).default('batch').describe('Whiten over the episodes of an update, or over those of each mini-batch, as lm-human-preferences did.'),
  whitenVariance: z.enum(['unbiased', 'population']).default('unbiased').describe('Variance of whitening: divided by n − 1 (TRL) or by n (lm-human-preferences, summarize_from_feedback_details).'),
  scoreAt: z.enum(['last', 'afterEos']).default('last').describe('The score comes at the last token of an answer, or one place after its end, as in TRL and summarize_from_feedback_details.'),
  /** Score of an episode that did not end with a stop token. */
  missingEosPenalty: z.number().min(0).default(1),
  missingEos: z.enum(['subtract', 'set']).default('subtract').describe('missingEosPenalty is subtracted from the score of an answer without an end, or its score is set to minus that.'),
  criticInit: z.enum(['reward', 'zero-head']).default('reward').describe('The critic starts as the reward model, or as one whose head is zero.'),
  criticWarmup: z.int().min(0).default(0).describe('In so many first updates the critic alone learns; the policy stays.'),
  ptx: z
    .object({
      coef: z.number().min(0).default(0).describe('γ: weight of the language model\'s loss on texts, against the alignment tax; 0 switches it off. InstructGPT took 27.8.'),
      batchSize: z.int().min(0).default(0).describe('Texts an optimizer step; 0: as many as a mini-batch has answers.'),
      maxLength: z.int().min(8).default(256).describe('Longer texts are cut to so many tokens.'),
    })
    .prefault({})
    .describe('PPO-ptx (arXiv 2203.02155): texts of a pretraining mix, learned in the same steps.'),
  rules: z
    .object({ penalty: z.number().min(0).default(1).describe('Subtracted from the score, times the probability that the answer breaks a rule.'), penalties: z.record(z.string(), z.number().min(0)).default({}).describe('Of single rules, by name.') })
    .prefault({})
    .describe('Penalties of the rule model (models.rule), where there is one.'),
  program: z
    .object({
      weight: z.number().default(1).describe('Its number is multiplied by this and added to the score.'),
      timeoutMs: z.int().min(1).max(600_000).default(1000).describe('Time for one answer, in milliseconds.'),
      memoryMb: z.int().min(16).max(4096).default(128).describe('Memory of its thread, in MB.'),
    })
    .prefault({})
    .describe('Limits and weight of a programmed reward (models.program), where there is one.'),
  /** Ends the epochs of an update when the mean approximate KL of a mini-batch exceeds this; 0 never. */
  klEarlyStop: z.number().min(0).default(0),
  ratioSkip: z.number().min(0).default(0).describe('A mini-batch whose mean probability ratio exceeds this is left out; 0: none. TRL 0.11 took 10.'),
  guard: z.enum(['stop', 'rollback']).default('stop').describe('When the run goes wrong (KL, entropy, no ends, numbers that are none): stop it, or end it with the weights of its best evaluation.'),
  /** A guard trips when the mean KL to the reference exceeds this many nats. */
  maxKl: z.number().positive().default(100),
  evalEvery: z.int().min(0).default(10),
  evalPrompts: z.int().min(0).default(64),
  checkpointEvery: z.int().min(1).default(5),
  /** `lora`: of the policy, and one like it on the reward model for the critic: each shares its base with the reference and the reward model. */
  ...kept,
});

export const generateParamsSchema = z.object({
  /** Answers per prompt. */
  n: z.int().min(1).max(64).default(4),
  batchSize: z.int().min(1).default(32),
  sampling: samplingSchema.prefault({}),
  base: baseSchema,
  /** Of the n, answers that `models.beside` gives; half when left out. */
  besideN: z.int().min(1).max(63).optional(),
  /** With `models.reward`: so many items are put before people, those that reward models are least sure about; all when left out. */
  keep: z.int().min(1).optional(),
});

/** Measures a model: samples, rewards, exact KL to a reference, perplexity of plain text. What is absent is not measured. */
export const evaluateParamsSchema = z.object({
  samples: z.int().min(1).default(1),
  batchSize: z.int().min(1).default(32),
  sampling: samplingSchema.prefault({}),
  combine: combineSchema,
  ensemble: ensembleObjectiveSchema,
  /** The reference answers and reads the same: before and after, and a win rate, in one run. */
  compare: z.boolean().default(false),
  /** The rules as they were when the run was made; those with patterns are looked for in the answers. */
  rules: z.array(z.object({ id: z.string().min(1), text: z.string(), patterns: z.array(z.string()).optional() })).default([]),
  /** The rule that `models.rule` judges: a score below 0 means that an answer breaks it. */
  modelRule: z.string().optional(),
  /** A server that says which of two answers is better, asked in both orders. Keys are never written here. */
  judge: endpointSchema.optional(),
  /** Requests to the judge at a time. */
  concurrency: z.int().min(1).max(32).default(4),
});

/**
 * Best-of-n fine-tuning: n answers to each prompt, the best by the reward model kept, supervised training on them; and the same
 * with answers that were picked at random, as its control.
 */
export const bestOfNParamsSchema = z.object({
  /** Answers to each prompt. */
  n: z.int().min(2).max(256).default(16),
  /** Each after the first draws anew, from the models as the last one left them. */
  rounds: z.int().min(1).max(20).default(1),
  /** Answers at once. */
  batchSize: z.int().min(1).default(64),
  sampling: samplingSchema.prefault({}),
  combine: combineSchema,
  ensemble: ensembleObjectiveSchema,
  /** Taken from the score of an answer that did not end, when the best is chosen. */
  missingEosPenalty: z.number().min(0).default(1),
  /** Supervised training of one round, the same for both models. The learning rate suits models of some million weights. */
  fit: z
    .object({
      epochs: z.number().positive().default(1),
      maxSteps: z.int().min(1).optional(),
      batchSize: z.int().min(1).default(16),
      optimizer: optimizerSchema.prefault({ learningRate: 5e-4, schedule: 'cosine', warmupSteps: 4 }),
    })
    .prefault({}),
  /** Held-out prompts that the start and both models answer, and how often each. */
  evalPrompts: z.int().min(0).default(128),
  evalSamples: z.int().min(1).default(2),
  checkpointEvery: z.int().min(1).default(10),
  ...kept,
});

/** Reward models read answers that are there; nothing is sampled. */
export const scoreParamsSchema = z.object({
  combine: combineSchema,
  /** Answers a step. */
  batchSize: z.int().min(1).default(64),
});

/** Attacks on a model: prompts that try to make it break a rule. */
export const attackParamsSchema = z.object({
  /** Attacks a step. */
  batchSize: z.int().min(1).default(32),
  sampling: samplingSchema.prefault({}),
  /** The rules as they were when the run was made. One without patterns is judged by `models.rule` or by people. */
  rules: z.array(z.object({ id: z.string().min(1), text: z.string(), patterns: z.array(z.string()).optional() })).min(1),
  /** The rule that `models.rule` judges: a score below 0 means that an answer breaks it. */
  modelRule: z.string().optional(),
  /** The target, instead of `models.policy`. Keys are never written here. */
  endpoint: endpointSchema.optional(),
  /** Who rewrites seeds, instead of `models.attacker`. */
  attackerEndpoint: endpointSchema.optional(),
  /** Requests to an endpoint at a time. */
  concurrency: z.int().min(1).max(32).default(4),
});
