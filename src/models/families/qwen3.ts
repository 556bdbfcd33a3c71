import type { Family } from '../family';
import { readQwenWindow, qwenWindowJson } from './qwen2';
import { headNorms, llamaAttention, llamaBlocks, llamaJsonWithout, readLlama } from './shared';

/** Qwen3, dense: the queries and keys of each head are normed. */
export const qwen3: Family = {
  modelType: 'qwen3',
  stem: 'Qwen3',
  read: (file) => {
    file.activation('hidden_act', 'silu', ['silu']);
    file.only('mlp_bias', false);
    return readQwenWindow(file, readLlama(file, { headDim: 128, positions: 32768 }));
  },
  write: (config) => ({ ...llamaJsonWithout(config, 'mlp_bias'), ...qwenWindowJson(config) }),
  describe: (config) => llamaBlocks(config, (i) => ({ ...llamaAttention(config, i), norms: headNorms(config, i) })),
};
