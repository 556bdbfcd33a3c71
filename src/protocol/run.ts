import * as z from 'zod';
import { sftParamsSchema, rewardParamsSchema, ruleParamsSchema, dpoParamsSchema, ppoParamsSchema, generateParamsSchema, evaluateParamsSchema, bestOfNParamsSchema, scoreParamsSchema, attackParamsSchema } from './run-params';
import type { samplingSchema, optimizerSchema, loraSchema, baseSchema } from './run-parts';

export * from './run-params';

/**
 * `run.json`: everything needed to repeat a run. One file per run folder, written once, never changed.
 * Paths of models are relative to the workspace folder where they can be, else absolute.
 */

/** Of an ensemble: the models beside its first. Their hashes are `<role>-0`, `<role>-1`, … */
const members = z.array(z.string()).min(1).max(8).optional();

const models = {
  sft: z.object({ base: z.string().optional() }),
  reward: z.object({ base: z.string().optional() }),
  rule: z.object({ base: z.string().optional() }),
  dpo: z.object({ policy: z.string() }),
  /** `rule`: a rule model, whose probabilities are penalties; `program`: a JavaScript file that scores answers too. */
  ppo: z.object({ policy: z.string(), reward: z.string(), rewardMembers: members, rule: z.string().optional(), program: z.string().optional() }),
  /** `beside` answers the same prompts, `reward` scores all answers; both for the next round of labeling. Hashes of reward models are `reward-0`, `reward-1`, … */
  generate: z.object({ policy: z.string(), beside: z.string().optional(), reward: z.array(z.string()).max(9).optional() }),
  /** `heldOut` is a second reward model, which nothing was tuned against; `rule` (a reward model) judges `modelRule`. */
  evaluate: z.object({ policy: z.string(), reference: z.string().optional(), reward: z.string().optional(), rewardMembers: members, heldOut: z.string().optional(), heldOutMembers: members, rule: z.string().optional() }),
  bestOfN: z.object({ policy: z.string(), reward: z.string(), rewardMembers: members }),
  /** Scores stand in this order; several models tell where one alone is unsure. Their hashes are `reward-0`, `reward-1`, … */
  score: z.object({ reward: z.array(z.string()).min(1).max(9) }),
  /** `policy` is attacked, `rule` (a reward model) judges `modelRule`, `attacker` rewrites seeds. */
  attack: z.object({ policy: z.string().optional(), rule: z.string().optional(), attacker: z.string().optional() }),
};

/** What may be asked to compute a run. */
export const deviceSettings = ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type DeviceSetting = (typeof deviceSettings)[number];

const common = {
  v: z.literal(1),
  /** The name of the run folder. */
  id: z.string().min(1),
  /** What a person calls it. */
  name: z.string().min(1),
  createdAt: z.iso.datetime(),
  seed: z.int().min(0).default(0),
  /** Intra-op threads of ONNX Runtime; 0 lets the trainer take all cores. */
  threads: z.int().min(0).default(0),
  /** What computes: `auto` takes WebGPU where it is measured to be quicker than the CPU. */
  device: z.enum(deviceSettings).default('auto'),
  /** `sha256:` of `data.jsonl`, and of each model folder by its role. */
  hashes: z.record(z.string(), z.string()).default({}),
  versions: z.record(z.string(), z.string()).default({}),
  /** The run this one continues or depends on, e.g. the reward model's run of a PPO run: role → run id. */
  parents: z.record(z.string(), z.string()).default({}),
  /** Runs that were made together and differ by their seed only have one name here. */
  seedGroup: z.string().min(1).optional(),
};

export const runSchema = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('sft'), models: models.sft, params: sftParamsSchema }),
  z.object({ ...common, kind: z.literal('reward'), models: models.reward, params: rewardParamsSchema }),
  z.object({ ...common, kind: z.literal('rule'), models: models.rule, params: ruleParamsSchema }),
  z.object({ ...common, kind: z.literal('dpo'), models: models.dpo, params: dpoParamsSchema }),
  z.object({ ...common, kind: z.literal('ppo'), models: models.ppo, params: ppoParamsSchema }),
  z.object({ ...common, kind: z.literal('generate'), models: models.generate, params: generateParamsSchema }),
  z.object({ ...common, kind: z.literal('evaluate'), models: models.evaluate, params: evaluateParamsSchema }),
  z.object({ ...common, kind: z.literal('score'), models: models.score, params: scoreParamsSchema }),
  z.object({ ...common, kind: z.literal('attack'), models: models.attack, params: attackParamsSchema }),
  z.object({ ...common, kind: z.literal('bestOfN'), models: models.bestOfN, params: bestOfNParamsSchema }),
]);

export type RunSpec = z.infer<typeof runSchema>;
export type RunKind = RunSpec['kind'];
export type RunOf<K extends RunKind> = Extract<RunSpec, { kind: K }>;
/** As a caller writes it, defaults left out. */
export type RunInput = z.input<typeof runSchema>;
export type RunInputOf<K extends RunKind> = Extract<RunInput, { kind: K }>;
export type SamplingParams = z.infer<typeof samplingSchema>;
export type OptimizerParams = z.infer<typeof optimizerSchema>;
export type LoraParams = z.infer<typeof loraSchema>;
export type BaseWeights = z.infer<typeof baseSchema>;
export const runKinds = ['sft', 'reward', 'rule', 'dpo', 'ppo', 'generate', 'evaluate', 'score', 'attack', 'bestOfN'] as const satisfies readonly RunKind[];
