import type { JsonObject } from '../../base/json';
import type { ModelConfig } from '../config';
import { maxLayers, readRope, scalingJson, type ConfigFile } from '../config-file';
import type { Attention, Description, Mlp, Norm, Pieces, Projection } from '../family';
import type { Rope } from '../rope';

/** What many families have as Llama has it: names of keys and tensors, and the parts of a block. */

/** Reads the keys that Llama has; `theta`, `headDim` and so on are the family's defaults. */
export function readLlama(file: ConfigFile, defaults: { theta?: number; headDim?: number; eps?: number; tied?: boolean; kvHeads?: number; positions?: number; nestedRope?: string } = {}): ModelConfig {
  const heads = file.integer('num_attention_heads');
  const hiddenSize = file.integer('hidden_size');
  const kvHeads = file.integer('num_key_value_heads', defaults.kvHeads ?? heads);
  if (heads % kvHeads !== 0) file.fail(`num_attention_heads ${heads} is not a multiple of num_key_value_heads ${kvHeads}.`);
  if (file.get('head_dim') === undefined && defaults.headDim === undefined && hiddenSize % heads !== 0) {
    file.fail(`hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${heads} and no head_dim is given.`);
  }
  const headDim = file.integer('head_dim', defaults.headDim ?? hiddenSize / heads);
  if (headDim % 2 !== 0) file.fail(`head_dim ${headDim} is odd; rotary embeddings need an even one.`);
  const { ropeTheta, ropeScaling, partial } = readRope(file, { theta: defaults.theta ?? 10000, ...(defaults.nestedRope !== undefined && { nested: defaults.nestedRope }) });
  if (partial !== 1) file.fail(`partial_rotary_factor ${partial} is not supported; supported: 1. Choose another model.`);
  return {
    modelType: String(file.get('model_type')),
    vocabSize: file.integer('vocab_size'),
    hiddenSize,
    intermediateSize: file.integer('intermediate_size'),
    layers: file.integer('num_hidden_layers', undefined, maxLayers),
    heads,
    kvHeads,
    headDim,
    maxPositions: file.integer('max_position_embeddings', defaults.positions ?? 2048),
    normEps: file.positive('rms_norm_eps', defaults.eps ?? 1e-6),
    ropeTheta,
    ...(ropeScaling && { ropeScaling }),
    tieWordEmbeddings: file.flag('tie_word_embeddings', defaults.tied),
    attentionBias: file.flag('attention_bias'),
    mlpBias: file.flag('mlp_bias'),
    initializerRange: file.positive('initializer_range', 0.02),
  };
}

/** The keys that Llama has. */
export function llamaJson(config: ModelConfig): JsonObject {
  return {
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
    ...(config.ropeScaling && { rope_scaling: scalingJson(config.ropeScaling) }),
    tie_word_embeddings: config.tieWordEmbeddings,
    attention_bias: config.attentionBias,
    mlp_bias: config.mlpBias,
    initializer_range: config.initializerRange,
  };
}

/** The keys that Llama has, except for some. */
export const llamaJsonWithout = (config: ModelConfig, ...keys: readonly string[]): JsonObject => Object.fromEntries(Object.entries(llamaJson(config)).filter(([key]) => !keys.includes(key)));

/** `layer_types`, as transformers writes it. */
export const layerTypes = ({ layers, windowed }: ModelConfig): string[] => Array.from({ length: layers }, (_, i) => (windowed?.[i] === true ? 'sliding_attention' : 'full_attention'));

export const rms = (config: ModelConfig, name: string, size = config.hiddenSize): Norm => ({ name, kind: 'rms', size, epsilon: config.normEps });

export const ropeOf = (config: ModelConfig): Rope => ({ theta: config.ropeTheta, size: config.rotarySize ?? config.headDim, ...(config.ropeScaling && { scaling: config.ropeScaling }) });

/** The window of a layer, if it has one. */
export const windowOf = ({ window, windowed }: ModelConfig, layer: number): { window?: number } =>
  window !== undefined && (windowed === undefined || windowed[layer] === true) ? { window } : {};

/** `self_attn` with q, k, v and o projections, the bias on those that are named. */
export function llamaAttention(config: ModelConfig, layer: number, bias: Readonly<Record<'qkv' | 'o', boolean>> = { qkv: config.attentionBias, o: config.attentionBias }): Attention {
  const { hiddenSize: d, heads, kvHeads, headDim } = config;
  const projection = (name: string, from: number, to: number, withBias: boolean): Projection => ({ name: `model.layers.${layer}.self_attn.${name}`, from, to, bias: withBias });
  return {
    inputs: {
      q: projection('q_proj', d, heads * headDim, bias.qkv),
      k: projection('k_proj', d, kvHeads * headDim, bias.qkv),
      v: projection('v_proj', d, kvHeads * headDim, bias.qkv),
    },
    output: projection('o_proj', heads * headDim, d, bias.o),
    heads,
    kvHeads,
    headDim,
    scale: headDim ** -0.5,
    rope: ropeOf(config),
    ...windowOf(config, layer),
  };
}

/** `q_norm` and `k_norm` of `self_attn`, over each head by itself. */
export function headNorms(config: ModelConfig, layer: number, plusOne = false): NonNullable<Attention['norms']> {
  const norm = (name: string): Norm => ({ ...rms(config, `model.layers.${layer}.self_attn.${name}`, config.headDim), plusOne });
  return { q: norm('q_norm'), k: norm('k_norm'), over: 'head' };
}

/** SwiGLU (Shazeer 2020) under `mlp`. */
export function llamaMlp(config: ModelConfig, layer: number): Mlp {
  const { hiddenSize: d, intermediateSize: f, mlpBias: bias } = config;
  const name = (part: string): string => `model.layers.${layer}.mlp.${part}_proj`;
  return {
    gate: { name: name('gate'), from: d, to: f, bias },
    up: { name: name('up'), from: d, to: f, bias },
    down: { name: name('down'), from: f, to: d, bias },
    activation: config.activation ?? 'silu',
  };
}

/** x + attention(norm x), then x + mlp(norm x). */
export function preNormBlock<V>(pieces: Pieces<V>, x: V, parts: { attention: Attention; mlp: Mlp; norms: readonly [Norm, Norm] }): V {
  const y = pieces.add(x, pieces.attention(pieces.norm(x, parts.norms[0]), parts.attention));
  return pieces.add(y, pieces.mlp(pieces.norm(y, parts.norms[1]), parts.mlp));
}

/** Llama's names around the blocks that are given. */
export const llamaTrunk = (config: ModelConfig, block: Description['block']): Description => ({
  embedding: 'model.embed_tokens',
  finalNorm: rms(config, 'model.norm'),
  output: 'lm_head',
  block,
});

/** Llama's blocks, with the attention that is given. */
export const llamaBlocks = (config: ModelConfig, attention: (layer: number) => Attention): Description =>
  llamaTrunk(config, (pieces, x, i) => {
    const layer = `model.layers.${i}`;
    const norms = [rms(config, `${layer}.input_layernorm`), rms(config, `${layer}.post_attention_layernorm`)] as const;
    return preNormBlock(pieces, x, { attention: attention(i), mlp: llamaMlp(config, i), norms });
  });
