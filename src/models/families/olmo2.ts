import type { Family } from '../family';
import { llamaAttention, llamaJsonWithout, llamaMlp, llamaTrunk, readLlama, rms } from './shared';

/** OLMo 2: norms after attention and MLP instead of before, and over all queries and all keys. */
export const olmo2: Family = {
  modelType: 'olmo2',
  stem: 'Olmo2',
  read: (file) => {
    file.activation('hidden_act', 'silu', ['silu']);
    file.only('mlp_bias', false);
    return readLlama(file, { eps: 1e-5 });
  },
  write: (config) => llamaJsonWithout(config, 'mlp_bias'),
  describe: (config) =>
    llamaTrunk(config, (pieces, x, i) => {
      const layer = `model.layers.${i}`;
      const { heads, kvHeads, headDim } = config;
      const norms = { q: rms(config, `${layer}.self_attn.q_norm`, heads * headDim), k: rms(config, `${layer}.self_attn.k_norm`, kvHeads * headDim), over: 'all heads' } as const;
      const attended = pieces.attention(x, { ...llamaAttention(config, i), norms });
      const y = pieces.add(x, pieces.norm(attended, rms(config, `${layer}.post_attention_layernorm`)));
      return pieces.add(y, pieces.norm(pieces.mlp(y, llamaMlp(config, i)), rms(config, `${layer}.post_feedforward_layernorm`)));
    }),
};
