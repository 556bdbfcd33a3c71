import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import type { Adapter } from './adapter';

/** What a graph needs to know about a Llama model, checked. Lengths in elements, positions in tokens. */
export interface ModelConfig {
  readonly modelType: 'llama';
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads; divides `heads`. */
  readonly kvHeads: number;
  /** Usually `hiddenSize / heads`, even. */
  readonly headDim: number;
  readonly maxPositions: number;
  readonly normEps: number;
  readonly ropeTheta: number;
  /** The output matrix is the embedding matrix: there is no `lm_head.weight`. */
  readonly tieWordEmbeddings: boolean;
  /** q, k, v and o projections have a bias. */
  readonly attentionBias: boolean;
  /** gate, up and down projections have a bias. */
  readonly mlpBias: boolean;
  readonly initializerRange: number;
  /** Not of `config.json`: the adapter that is trained on this model, which then stays as it is. */
  readonly lora?: Adapter;
}

const supported = ['llama'];

/**
 * The checked form of a `config.json`. `file` names it in errors.
 * @throws UserError when the model is of another family or uses something that is not built, naming it.
 */
export function parseModelConfig(json: JsonObject, file: string): ModelConfig {
  const fail = (message: string): never => {
    throw new UserError('model.config', `${file}: ${message}`);
  };
  const get = (key: string): unknown => json[key] ?? undefined;

  const modelType = get('model_type');
  if (modelType !== 'llama') {
    fail(`model_type ${show(modelType)} is not supported; supported: ${supported.join(', ')}. Choose a model of that family.`);
  }

  const integer = (key: string, fallback?: number): number => {
    const value = get(key) ?? fallback;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 2 ** 31 - 1) {
      return fail(`${key} is ${show(value)}, expected a positive whole number.`);
    }
    return value;
  };
  const positive = (key: string, fallback: number, from: unknown = get(key)): number => {
    const value = from ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return fail(`${key} is ${show(value)}, expected a positive number.`);
    return value;
  };
  const flag = (key: string): boolean => {
    const value = get(key) ?? false;
    return typeof value === 'boolean' ? value : fail(`${key} is ${show(value)}, expected true or false.`);
  };

  const heads = integer('num_attention_heads');
  const hiddenSize = integer('hidden_size');
  const kvHeads = integer('num_key_value_heads', heads);
  if (heads % kvHeads !== 0) fail(`num_attention_heads ${heads} is not a multiple of num_key_value_heads ${kvHeads}.`);
  if (get('head_dim') === undefined && hiddenSize % heads !== 0) {
    fail(`hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${heads} and no head_dim is given.`);
  }
  const headDim = integer('head_dim', hiddenSize / heads);
  if (headDim % 2 !== 0) fail(`head_dim ${headDim} is odd; rotary embeddings need an even one.`);
  const act = get('hidden_act') ?? 'silu';
  if (act !== 'silu') fail(`hidden_act ${show(act)} is not supported; supported: silu.`);

  return {
    modelType: 'llama',
    vocabSize: integer('vocab_size'),
    hiddenSize,
    intermediateSize: integer('intermediate_size'),
    layers: integer('num_hidden_layers'),
    heads,
    kvHeads,
    headDim,
    maxPositions: integer('max_position_embeddings', 2048),
    normEps: positive('rms_norm_eps', 1e-6),
    ropeTheta: positive('rope_theta', 10000, ropeTheta(json, fail)),
    tieWordEmbeddings: flag('tie_word_embeddings'),
    attentionBias: flag('attention_bias'),
    mlpBias: flag('mlp_bias'),
    initializerRange: positive('initializer_range', 0.02),
  };
}

/** `config.json` of a causal language model with this configuration, in the form that old and new transformers read. */
export function configJson(config: ModelConfig): JsonObject {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    hidden_act: 'silu',
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: config.normEps,
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tieWordEmbeddings,
    attention_bias: config.attentionBias,
    mlp_bias: config.mlpBias,
    initializer_range: config.initializerRange,
    torch_dtype: 'float32',
  };
}

/**
 * The rotary base: `rope_theta` beside the other keys (transformers 4) or inside `rope_parameters` (transformers 5).
 * Scaled rotary embeddings (linear, dynamic, yarn, llama3…) are refused: reading such a model as unscaled would give
 * answers that are wrong only for longer texts.
 */
function ropeTheta(json: JsonObject, fail: (message: string) => never): unknown {
  for (const key of ['rope_scaling', 'rope_parameters']) {
    const rope = json[key] ?? null;
    if (rope === null) continue;
    if (typeof rope !== 'object' || Array.isArray(rope)) fail(`${key} is ${show(rope)}, expected an object or null.`);
    const { rope_type, type, partial_rotary_factor } = rope;
    const kind = rope_type ?? type ?? 'default';
    if (kind !== 'default') fail(`${key} of type ${show(kind)} is not supported; supported: null or "default".`);
    if ((partial_rotary_factor ?? 1) !== 1) fail(`${key}.partial_rotary_factor ${show(partial_rotary_factor)} is not supported; supported: 1.`);
  }
  if ((json['partial_rotary_factor'] ?? 1) !== 1) fail(`partial_rotary_factor ${show(json['partial_rotary_factor'])} is not supported; supported: 1.`);
  const parameters = json['rope_parameters'];
  const inner = parameters !== null && typeof parameters === 'object' && !Array.isArray(parameters) ? parameters['rope_theta'] : undefined;
  return inner ?? json['rope_theta'];
}

/** A value as it stands in the file, cut short. */
function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
