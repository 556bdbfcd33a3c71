import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../src/base/json';
import { createRng } from '../../src/base/rng';
import { openWeights } from '../../src/modelio/weights';
import { parseModelConfig, type ModelConfig } from '../../src/models/config';
import { createGenerator } from '../../src/models/generate';
import { loadModel, type Storage } from '../../src/models/load';
import { sizeOf } from '../../src/models/params';
import { modelSpecs } from '../../src/models/specs';

/**
 * Writes `config.json` and a `model.safetensors` of random bfloat16 weights into a temporary folder, a piece at a time: matrices of a small spread,
 * norms of 1. @returns the folder and the size of the file.
 */
export async function writeRandomModel(config: ModelConfig, json: Record<string, unknown>): Promise<{ folder: string; bytes: number; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-bench-'));
  await writeFile(join(folder, 'config.json'), JSON.stringify(json));
  const specs = modelSpecs(config, 'lm');
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const { name, shape } of specs) {
    const start = end;
    end += 2 * sizeOf(shape);
    header[name] = { dtype: 'BF16', shape, data_offsets: [start, end] };
  }
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (text.length % 8)) % 8);
  const file = await open(join(folder, 'model.safetensors'), 'w');
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  await file.write(length);
  await file.write(text);
  // Bits of numbers up to 0.06 in magnitude, of both signs: as good as any for time and memory.
  const piece = new Uint16Array(1 << 22);
  let state = 1;
  for (let i = 0; i < piece.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    piece[i] = ((state >>> 16) & 0x807f) | (0x3c00 + ((state >>> 8) & 0x180));
  }
  const ones = new Uint16Array(1 << 16).fill(0x3f80);
  for (const { shape } of specs) {
    const source = shape.length === 1 ? ones : piece;
    for (let left = sizeOf(shape); left > 0; left -= source.length) await file.write(new Uint8Array(source.buffer, 0, 2 * Math.min(left, source.length)));
  }
  await file.close();
  return { folder, bytes: 8 + text.length + end, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Llama-3.2-1B's shape: 1.24 billion weights, a 2.47 GB file of bfloat16. */
export const oneBillion = {
  model_type: 'llama', architectures: ['LlamaForCausalLM'], vocab_size: 128256, hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 16, num_attention_heads: 32, num_key_value_heads: 8,
  head_dim: 64, tie_word_embeddings: true, bos_token_id: 128000, eos_token_id: 128001, hidden_act: 'silu', rms_norm_eps: 1e-5, rope_theta: 500000, max_position_embeddings: 4096,
};

/** What one process is asked: to load a folder in a way and to write with it. */
export interface LoadJob {
  readonly folder: string;
  readonly storage: Storage;
  readonly rows: number;
  readonly newTokens: number;
  readonly threads: number;
}

export interface Loaded {
  readonly peakMB: number;
  readonly loadSeconds: number;
  readonly secondsPerToken: number;
}

/** Loads, writes, and says what it took. */
export async function measureLoad({ folder, storage, rows, newTokens, threads }: LoadJob): Promise<Loaded> {
  const begin = performance.now();
  const plain = parseModelConfig(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as JsonObject, 'bench');
  const weights = await openWeights(folder);
  const { config, params } = await loadModel(plain, 'lm', weights, folder, storage);
  const generator = createGenerator(config, params, { threads, maxBatch: rows, maxLength: 16 + newTokens });
  const prompts = Array.from({ length: rows }, (_, r) => Array.from({ length: 16 }, (_unused, i) => 5 + r + 7 * i));
  const write = (tokens: number): Promise<unknown> => generator.generate(prompts, { temperature: 1, topK: 0, topP: 1, maxNewTokens: tokens, stopIds: [] }, createRng(1));
  await write(1);
  const loadSeconds = (performance.now() - begin) / 1000;
  const start = performance.now();
  await write(1);
  const first = performance.now();
  await write(newTokens);
  const end = performance.now();
  return { peakMB: process.resourceUsage().maxRSS / 1024, loadSeconds, secondsPerToken: (end - first - (first - start)) / 1000 / (newTokens - 1) };
}
