import type { Family } from '../family';
import { llamaAttention, llamaBlocks, llamaJson, readLlama } from './shared';

/** Llama 1 to 3.2 and the many models of the same shape (SmolLM2, TinyLlama …). */
export const llama: Family = {
  modelType: 'llama',
  stem: 'Llama',
  read: (file) => {
    file.activation('hidden_act', 'silu', ['silu']);
    return readLlama(file);
  },
  write: llamaJson,
  describe: (config) => llamaBlocks(config, (i) => llamaAttention(config, i)),
};
