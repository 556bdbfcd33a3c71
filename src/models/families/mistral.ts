import type { Family } from '../family';
import { llamaAttention, llamaBlocks, llamaJsonWithout, readLlama } from './shared';

/** Mistral 7B v0.1 to v0.3: Llama without biases, in v0.1 with a sliding window. */
export const mistral: Family = {
  modelType: 'mistral',
  stem: 'Mistral',
  read: (file) => {
    file.activation('hidden_act', 'silu', ['silu']);
    for (const key of ['attention_bias', 'mlp_bias']) file.only(key, false);
    if (file.get('layer_types') !== undefined) file.fail('layer_types is not part of a mistral model. Is it a ministral model? That family is not supported; choose another model.');
    const config = readLlama(file, { kvHeads: 8, positions: 131072 });
    return file.get('sliding_window') === undefined ? config : { ...config, window: file.integer('sliding_window') };
  },
  write: (config) => ({ ...llamaJsonWithout(config, 'attention_bias', 'mlp_bias'), sliding_window: config.window ?? null }),
  describe: (config) => llamaBlocks(config, (i) => llamaAttention(config, i)),
};
