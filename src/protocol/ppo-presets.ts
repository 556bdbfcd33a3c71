/**
 * Settings of published PPO trainers, as overrides of our defaults. A source stands with every group of numbers; what cannot be replicated is said in
 * docs/ppo.md. Sizes of batches and lengths are those of the papers: for small models, set them beside the preset.
 */

export const ppoPresetNames = ['lhp', 'nplus', 'instructgpt', 'trl'] as const;
export type PpoPresetName = (typeof ppoPresetNames)[number];
export const isPpoPreset = (name: unknown): name is PpoPresetName => (ppoPresetNames as readonly unknown[]).includes(name);

/** No decay, no clip, ε 1e-5 as OpenAI's Adam has it. */
const openaiAdam = { beta1: 0.9, beta2: 0.999, eps: 1e-5, weightDecay: 0, maxGradNorm: 0, warmupSteps: 0 };

/** What all four have in common: γ, λ, ε, ε_v, c_v of LHP `PpoHParams`, taken over by the others. */
const usual = { gamma: 1, lambda: 0.95, clipRange: 0.2, valueClipRange: 0.2, valueCoef: 0.1, whitenAdvantages: true };

export const ppoPresets: Readonly<Record<PpoPresetName, Readonly<Record<string, unknown>>>> = {
  // openai/lm-human-preferences cbfd210: launch.py (books tasks: sentiment, descriptiveness), train_policy.py PpoHParams, AdaptiveKLController, RewardHParams.
  lhp: {
    ...usual,
    updates: 1953, // 1,000,000 episodes of 512, launch.py
    batchSize: 512,
    miniBatches: 1,
    epochs: 4,
    sampling: { temperature: 0.7, topK: 0, topP: 1, maxNewTokens: 24 },
    policyOptimizer: { ...openaiAdam, learningRate: 1e-5, schedule: 'linear', style: 'tensorflow' }, // TF 1 Adam; train_policy.py
    valueOptimizer: { ...openaiAdam, learningRate: 1e-5, schedule: 'linear', style: 'tensorflow' },
    kl: { coef: 0.15, controller: 'adaptive', target: 6, horizon: 10000 }, // launch.py books
    whitenRewards: true, // train_policy.py `loss`; off for tldr and cnndm
    whitenScope: 'minibatch',
    whitenVariance: 'population', // utils/core.py whiten: tf.nn.moments
    scoreAt: 'last',
    missingEos: 'set',
    missingEosPenalty: 1, // penalty_reward_value −1
    criticInit: 'zero-head', // language/model.py: value head of scale 0
  },
  // vwxyzjn/summarize_from_feedback_details ee77a9a, summarize_from_feedback_details/ppo.py: Args, PpoHParams, masked_whiten.
  nplus: {
    ...usual,
    updates: 1953, // total_episodes 1,000,000 of 512
    batchSize: 512,
    miniBatches: 1,
    epochs: 4,
    sampling: { temperature: 0.7, topK: 0, topP: 1, maxNewTokens: 53 },
    policyOptimizer: { ...openaiAdam, weightDecay: 0.01, learningRate: 3e-6, schedule: 'linear', style: 'torch' }, // optim.AdamW with PyTorch's decay
    valueOptimizer: { ...openaiAdam, weightDecay: 0.01, learningRate: 3e-6, schedule: 'linear', style: 'torch' },
    kl: { coef: 0.05, controller: 'fixed' },
    whitenRewards: false,
    whitenScope: 'batch',
    whitenVariance: 'population', // masked_var(values, mask, False)
    scoreAt: 'afterEos', // sequence_lengths_p1
    missingEos: 'set',
    missingEosPenalty: 1,
    criticInit: 'reward',
  },
  // Ouyang et al. 2022, arXiv 2203.02155v1: appendix C (Adam, lengths), C.4 (all else that is marked), E.9 (learning rates that were tried). Not printed
  // there: the final learning rate of the policy, λ, ε of Adam, decay, gradient and value clips; these are ours or `usual`.
  instructgpt: {
    ...usual,
    updates: 500, // C.4: 256k episodes of 512
    batchSize: 512,
    miniBatches: 8, // C.4: of 64, "only a single inner epoch"
    epochs: 1,
    sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 1024 }, // C.4; C: prompts and responses of at most 1k tokens
    // C.4: constant after a warm-up of 10 iterations. E.9 tried 2.55e-6 to 2.55e-5; above this one runs without the pretraining mix diverged.
    policyOptimizer: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, learningRate: 8.05e-6, schedule: 'constant', warmupSteps: 10 },
    valueOptimizer: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, learningRate: 9e-6, schedule: 'constant' }, // C.4: fixed; of the 1.3B and 6B policies
    kl: { coef: 0.02, controller: 'fixed' }, // C.4
    whitenRewards: false,
    missingEosPenalty: 0,
    criticInit: 'reward', // C.4
    ptx: { coef: 27.8, batchSize: 512 }, // C.4: eight times as many pretraining examples as episodes: 8 × 64 a step
  },
  // huggingface/trl f2cd577, trl/experimental/ppo/{ppo_config,ppo_trainer}.py; batch 64 instead of 8 a GPU.
  trl: {
    ...usual,
    batchSize: 64,
    miniBatches: 1,
    epochs: 4,
    sampling: { temperature: 0.7, topK: 0, topP: 1, maxNewTokens: 53 },
    policyOptimizer: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, maxGradNorm: 0, warmupSteps: 0, learningRate: 3e-6, schedule: 'linear', style: 'torch' }, // max_grad_norm is ignored there
    valueOptimizer: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, maxGradNorm: 0, warmupSteps: 0, learningRate: 3e-6, schedule: 'linear', style: 'torch' },
    kl: { coef: 0.05, controller: 'fixed' },
    whitenRewards: false,
    whitenScope: 'batch',
    whitenVariance: 'unbiased', // masked_whiten
    scoreAt: 'afterEos',
    missingEos: 'subtract',
    missingEosPenalty: 1, // examples; None by default
    criticInit: 'reward',
  },
};
