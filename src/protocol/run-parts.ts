import * as z from 'zod';

/** Settings that several kinds of run share. */

export const samplingSchema = z.object({
  temperature: z.number().positive().default(1),
  /** 0 switches it off. */
  topK: z.int().min(0).default(0),
  /** 1 switches it off. */
  topP: z.number().gt(0).max(1).default(1),
  maxNewTokens: z.int().min(1).max(4096).default(48),
});

export const optimizerSchema = z.object({
  learningRate: z.number().positive(),
  /** What the learning rate does after the warm-up. */
  schedule: z.enum(['constant', 'linear', 'cosine']).default('linear'),
  warmupSteps: z.int().min(0).default(0),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  eps: z.number().positive().default(1e-8),
  weightDecay: z.number().min(0).default(0),
  /** Global-norm clip; 0 switches it off. */
  maxGradNorm: z.number().min(0).default(1),
  style: z.enum(['torch', 'tensorflow']).optional().describe('Where ε stands in Adam: "torch" (the default) corrects the second moment first; "tensorflow" adds ε to the uncorrected root, as lm-human-preferences did.'),
});

/** A randomly initialised model: a Llama config plus the folder whose tokenizer is used. */
export const deNovoSchema = z.object({ config: z.record(z.string(), z.json()), tokenizer: z.string() });

/** A low-rank adapter (LoRA) is trained instead of the model, and the merged model is written beside it. Absent: all weights are trained. */
export const loraSchema = z
  .strictObject({
    rank: z.int().min(1).max(1024).default(16).describe('Rank r of the update B·A of each layer.'),
    alpha: z.number().positive().default(32).describe('The update counts α/r times, or α/√r with rsLora.'),
    targets: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .default('all-linear')
      .describe('"all-linear", or the names of layers (or ends of them): ["q_proj", "v_proj"].'),
    rsLora: z.boolean().default(false).describe('Rank-stabilised scaling α/√r (arXiv 2312.03732) instead of α/r.'),
    dropout: z.literal(0, { error: 'dropout is not supported; supported: 0' }).default(0).describe('Not supported: 0.'),
    bias: z.literal('none', { error: 'trained biases are not supported; supported: "none"' }).default('none').describe('Not supported: "none".'),
    dora: z.literal(false, { error: 'DoRA is not supported; supported: false' }).default(false).describe('Not supported: false.'),
  })
  .describe('Train a low-rank adapter (LoRA) on the model, which itself stays as it is. The run writes adapter/ (for PEFT) and model/ with the adapter merged.');

/** How much memory the trainer may take; it cuts its passes accordingly. */
export const memoryBudgetSchema = z
  .union([z.literal('auto'), z.number().positive()])
  .default('auto')
  .describe('Memory that the run may take, in GB; "auto": what is free when it starts. Where memory is short, fewer rows are computed at once, and activations are computed again on the way back.');

/** How weights are kept that are not trained: those beneath an adapter, and those of models that only run. */
export const baseSchema = z
  .enum(['auto', 'stored', 'float32', 'int8', 'int4'])
  .default('auto')
  .describe('Weights that are not trained: "stored" keeps 16-bit floats as they are in the files, "auto" does so for models of more than 33 million weights, "float32" widens them all, "int8" and "int4" round the linear layers to blocks of 32. The gap in log-probabilities is measured first.');

/** By how much the better answer must win, by how strongly it was preferred. */
export const marginSchema = z
  .union([z.literal(0), z.array(z.number().min(0)).length(4)])
  .default(0)
  .describe('Margin m of −log σ(rᵢ − rⱼ − m) by the label\'s strength, from "negligibly" to "significantly better" (Llama 2): [0, 1, 2, 3]. 0: none. Labels without a strength have none.');

/** Weights of labelers in one run. */
export const labelerWeightsSchema = z.record(z.string(), z.number().positive()).optional().describe('Labeler → weight of each of the labels, instead of that of project.json, which is 1 when left out: {"anna": 2}.');

/** Of a reward model with an output for each of several criteria. */
export const combineSchema = z.record(z.string(), z.number()).optional().describe('Criterion → weight of its normalised score, for reward models with an output a criterion: {"helpful": 1, "harmless": 2}. All alike when left out.');

/** How the scores of several reward models that were trained alike become one. */
export const ensembleObjectiveSchema = z
  .strictObject({
    objective: z
      .enum(['mean', 'uwo', 'mean-minus-std', 'wco', 'first'])
      .default('mean')
      .describe('"mean" of the members\' normalised scores; "uwo": minus coef times their variance (uncertainty-weighted optimisation), "wco": the lowest (worst-case optimisation), both of arXiv 2310.02743; "mean-minus-std": minus coef standard deviations (arXiv 2312.09244); "first": the first member alone.'),
    coef: z.number().min(0).default(1).describe('λ of "uwo", or how many standard deviations.'),
  })
  .prefault({})
  .describe('How an ensemble of reward models (ensemble of a reward run) rewards an answer.');

/** An end before the last step. */
export const earlyStopSchema = z
  .strictObject({ patience: z.int().min(1).default(3).describe('Evaluations in a row without a lower held-out loss than the lowest.') })
  .optional()
  .describe('End when the held-out loss (every evalEvery steps) gets no lower, and keep the weights of the step where it was lowest.');
