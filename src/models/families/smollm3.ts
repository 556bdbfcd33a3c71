import { readWindowed, show, type ConfigFile } from '../config-file';
import type { Family } from '../family';
import { qwenWindowJson } from './qwen2';
import { llamaAttention, llamaBlocks, llamaJson, readLlama } from './shared';

/** SmolLM3: Llama in which every fourth layer does not turn queries and keys. */
export const smollm3: Family = {
  modelType: 'smollm3',
  stem: 'SmolLM3',
  read: (file) => {
    file.activation('hidden_act', 'silu', ['silu']);
    const config = readLlama(file, { theta: 2e6, tied: true, kvHeads: 4, positions: 32768 });
    const rotary = readRotary(file, config.layers);
    if (!file.flag('use_sliding_window') || file.get('sliding_window') === undefined) return { ...config, rotary };
    const windowed = readWindowed(file, config.layers, (i) => !rotary[i]!);
    return windowed.includes(true) ? { ...config, rotary, window: file.integer('sliding_window'), windowed } : { ...config, rotary };
  },
  write: (config) => ({ ...llamaJson(config), no_rope_layers: (config.rotary ?? []).map(Number), ...qwenWindowJson(config) }),
  describe: (config) =>
    llamaBlocks(config, (i) => {
      const { rope, ...attention } = llamaAttention(config, i);
      return config.rotary?.[i] === false || rope === undefined ? attention : { ...attention, rope };
    }),
};

/** `no_rope_layers`: 1 for each layer that turns, 0 for each that does not. */
function readRotary(file: ConfigFile, layers: number): boolean[] {
  const list = file.get('no_rope_layers');
  if (list === undefined) {
    const interval = file.integer('no_rope_layer_interval', 4);
    return Array.from({ length: layers }, (_, i) => (i + 1) % interval !== 0);
  }
  if (!Array.isArray(list) || list.length < layers || list.some((x) => x !== 0 && x !== 1)) return file.fail(`no_rope_layers is ${show(list)}, expected a list of ${layers} zeros and ones.`);
  return list.slice(0, layers).map((x) => x === 1);
}
