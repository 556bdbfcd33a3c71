import type { JsonObject } from '../base/json';
import type { Adapter } from './adapter';
import { openConfig, show } from './config-file';
import { families } from './families/all';
import type { Activation, Description, Family } from './family';
import type { RopeScaling } from './rope';
import type { Stored } from './stored';

/**
 * What graphs need to know about a model, checked. Lengths in elements, positions in tokens. What is absent is as in Llama.
 */
export interface ModelConfig {
  /** `model_type`: the family. */
  readonly modelType: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads; divides `heads`. */
  readonly kvHeads: number;
  /** Usually `hiddenSize / heads`. */
  readonly headDim: number;
  readonly maxPositions: number;
  readonly normEps: number;
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling;
  /** How many elements of a head turn with the position; all if absent. */
  readonly rotarySize?: number;
  /** Base of layers that see a window only (Gemma). */
  readonly localRopeTheta?: number;
  /** By layer: turns with the position (SmolLM3); all do if absent. */
  readonly rotary?: readonly boolean[];
  /** A token sees itself and this many less one before it, in the layers of `windowed`. */
  readonly window?: number;
  readonly windowed?: readonly boolean[];
  /** Attention scores are divided by the root of it; `headDim` if absent. */
  readonly attentionScalar?: number;
  readonly activation?: Activation;
  /** Attention and MLP of a block read the same input (GPT-NeoX). */
  readonly parallel?: boolean;
  /** The output matrix is the embedding matrix. */
  readonly tieWordEmbeddings: boolean;
  /** The projections of attention have a bias: all four, or those that the family says. */
  readonly attentionBias: boolean;
  /** Those of the MLP have a bias. */
  readonly mlpBias: boolean;
  readonly initializerRange: number;
  /** Outputs of a score head: one for a reward, one a criterion, one a rule; 1 if absent. The weights say how many, not `config.json`. */
  readonly labels?: number;
  /** Not of `config.json`: the adapter that is trained on this model, which then stays as it is. */
  readonly lora?: Adapter;
  /** Not of `config.json` either: matrices of this model, which is only run, that are stored in fewer bytes than float32. */
  readonly stored?: ReadonlyMap<string, Stored>;
}

/** The family of a configuration. */
export function familyOf({ modelType }: Pick<ModelConfig, 'modelType'>): Family {
  const family = families.find((f) => f.modelType === modelType);
  if (family === undefined) throw new Error(`no family ${modelType}`);
  return family;
}

/** What a model of this configuration is made of. */
export function descriptionOf(config: ModelConfig): Description {
  return familyOf(config).describe(config);
}

/**
 * The checked form of a `config.json`. `name` names it in errors.
 * @throws UserError when the model is of another family or uses something that is not built, naming it.
 */
export function parseModelConfig(json: JsonObject, name: string): ModelConfig {
  const file = openConfig(json, name);
  const family = families.find((f) => f.modelType === json['model_type']);
  if (family === undefined) {
    const supported = families.map((f) => f.modelType).join(', ');
    return file.fail(`model_type ${show(json['model_type'] ?? undefined)} is not supported; supported: ${supported}. Choose a model of one of these families.`);
  }
  for (const key of ['num_experts', 'num_local_experts', 'n_routed_experts']) {
    if (file.get(key) !== undefined && file.get(key) !== 0) file.fail(`${key} is ${show(file.get(key))}: mixtures of experts are not supported. Choose a dense model.`);
  }
  if (file.get('quantization_config') !== undefined) {
    file.fail(`quantization_config is ${show(file.get('quantization_config'))}: quantised weights are not supported. Choose the original weights (float32, float16 or bfloat16).`);
  }
  for (const key of ['attn_logit_softcapping', 'final_logit_softcapping']) if (file.get(key) !== undefined) file.fail(`${key} ${show(file.get(key))} is not supported; supported: null. Choose another model.`);
  for (const key of ['is_encoder_decoder', 'add_cross_attention']) file.only(key, false);
  return family.read(file);
}

/** `config.json` of a causal language model with this configuration, in the form that old and new transformers read. */
export function configJson(config: ModelConfig): JsonObject {
  const family = familyOf(config);
  return { architectures: [causalClass(family)], model_type: family.modelType, ...family.write(config), torch_dtype: 'float32' };
}

/** transformers' class of a family's language model. */
export const causalClass = (family: Family): string => family.causalClass ?? `${family.stem}ForCausalLM`;
