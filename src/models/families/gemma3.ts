import { innerObject, readWindowed, scalingJson } from '../config-file';
import type { ModelConfig } from '../config';
import type { Attention, Family, Norm } from '../family';
import { headNorms, layerTypes, llamaAttention, llamaJsonWithout, llamaMlp, llamaTrunk, readLlama, rms } from './shared';

/** Gemma 3, text: norms before and after attention and MLP, five local layers to a global one, embeddings times √D. */
export const gemma3: Family = {
  modelType: 'gemma3_text',
  stem: 'Gemma3Text',
  causalClass: 'Gemma3ForCausalLM',
  read: (file) => {
    const activation = file.activation('hidden_activation', 'gelu_pytorch_tanh', ['gelu_pytorch_tanh']);
    file.only('use_bidirectional_attention', false);
    file.only('mlp_bias', false);
    const local = innerObject(file, 'rope_parameters', 'sliding_attention');
    if ((local['rope_type'] ?? 'default') !== 'default') file.fail(`rope_parameters.sliding_attention of type ${JSON.stringify(local['rope_type'])} is not supported; supported: "default". Choose another model.`);
    const config: ModelConfig = {
      ...readLlama(file, { theta: 1e6, nestedRope: 'full_attention', headDim: 256, tied: true, kvHeads: 4, positions: 131072 }),
      localRopeTheta: file.positive('rope_local_base_freq', 10000, local['rope_theta'] ?? file.get('rope_local_base_freq')),
      attentionScalar: file.positive('query_pre_attn_scalar', 256),
      activation,
    };
    const pattern = file.integer('sliding_window_pattern', 6);
    const windowed = readWindowed(file, config.layers, (i) => (i + 1) % pattern !== 0);
    return { ...config, window: file.integer('sliding_window', 4096), windowed };
  },
  write: (config) => ({
    ...llamaJsonWithout(config, 'mlp_bias', 'hidden_act'),
    hidden_activation: 'gelu_pytorch_tanh',
    query_pre_attn_scalar: config.attentionScalar ?? 256,
    sliding_window: config.window ?? null,
    layer_types: layerTypes(config),
    rope_local_base_freq: config.localRopeTheta ?? 10000,
    rope_parameters: {
      full_attention: { rope_type: 'default', rope_theta: config.ropeTheta, ...(config.ropeScaling && scalingJson(config.ropeScaling)) },
      sliding_attention: { rope_type: 'default', rope_theta: config.localRopeTheta ?? 10000 },
    },
  }),
  describe: (config) => {
    const norm = (name: string): Norm => ({ ...rms(config, name), plusOne: true });
    const attentionOf = (i: number): Attention => ({
      ...llamaAttention(config, i),
      ...(config.windowed?.[i] === true && { rope: { theta: config.localRopeTheta ?? 10000, size: config.headDim } }),
      scale: (config.attentionScalar ?? 256) ** -0.5,
      norms: headNorms(config, i, true),
    });
    return {
      ...llamaTrunk(config, (pieces, x, i) => {
        const layer = `model.layers.${i}`;
        const attended = pieces.attention(pieces.norm(x, norm(`${layer}.input_layernorm`)), attentionOf(i));
        const y = pieces.add(x, pieces.norm(attended, norm(`${layer}.post_attention_layernorm`)));
        const fed = pieces.mlp(pieces.norm(y, norm(`${layer}.pre_feedforward_layernorm`)), llamaMlp(config, i));
        return pieces.add(y, pieces.norm(fed, norm(`${layer}.post_feedforward_layernorm`)));
      }),
      embeddingScale: Math.sqrt(config.hiddenSize),
      finalNorm: norm('model.norm'),
    };
  },
};
