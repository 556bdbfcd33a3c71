import { readWindowed, type ConfigFile } from '../config-file';
import type { ModelConfig } from '../config';
import type { Family } from '../family';
import { layerTypes, llamaAttention, llamaBlocks, llamaJsonWithout, readLlama } from './shared';

/** Qwen's switch for windows: from layer `max_window_layers` on, or the layers of `layer_types`. */
export function readQwenWindow(file: ConfigFile, config: ModelConfig): ModelConfig {
  if (!file.flag('use_sliding_window') || (file.get('sliding_window') === undefined && file.get('layer_types') === undefined)) {
    if (file.get('layer_types') !== undefined && readWindowed(file, config.layers, () => false).some((w) => w)) file.fail('layer_types has "sliding_attention", but use_sliding_window is false.');
    return config;
  }
  const from = file.get('max_window_layers') === 0 ? 0 : file.integer('max_window_layers', 28);
  const windowed = readWindowed(file, config.layers, (i) => i >= from);
  return windowed.some((w) => w) ? { ...config, window: file.integer('sliding_window', 4096), windowed } : config;
}

export const qwenWindowJson = (config: ModelConfig): { use_sliding_window: boolean; sliding_window: number | null; layer_types: string[] } => ({
  use_sliding_window: config.window !== undefined,
  sliding_window: config.window ?? null,
  layer_types: layerTypes(config),
});

/** Qwen2 and Qwen2.5: Llama with biases on q, k and v. */
export const qwen2: Family = {
  modelType: 'qwen2',
  stem: 'Qwen2',
  read: (file) => {
    file.activation('hidden_act', 'silu', ['silu']);
    file.only('attention_bias', true);
    file.only('mlp_bias', false);
    return { ...readQwenWindow(file, readLlama(file, { positions: 32768 })), attentionBias: true };
  },
  write: (config) => ({ ...llamaJsonWithout(config, 'attention_bias', 'mlp_bias'), ...qwenWindowJson(config) }),
  describe: (config) => llamaBlocks(config, (i) => llamaAttention(config, i, { qkv: true, o: false })),
};
