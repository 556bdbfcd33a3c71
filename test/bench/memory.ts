import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRng } from '../../src/base/rng';
import type { JsonObject } from '../../src/base/json';
import { environmentOfRun } from '../../src/jobs/environment';
import { causalConfig, scoreConfig } from '../../src/modelio/head-config';
import { writeModelFolder } from '../../src/modelio/write-folder';
import { parseModelConfig } from '../../src/models/config';
import { modelSpecs, type Head } from '../../src/models/specs';
import { sizeOf } from '../../src/models/params';

/**
 * `npm run bench -- --only memory [--memory TEXT] [--keep FOLDER]`: runs of the trainer, each a process of its own; the memory that its plan names against the
 * peak that it measures. Models have random weights in the shape named; texts are random words, one a token.
 */
interface Case {
  readonly name: string;
  readonly model: string;
  readonly kind: 'sft' | 'reward' | 'ppo';
  /** Tokens of a row. */
  readonly length: number;
  readonly batch: number;
  readonly lora?: boolean;
  /** GB that the run may take. */
  readonly budget?: number;
}

const shared = { initializer_range: 0.02, tie_word_embeddings: true };
const models: Record<string, JsonObject> = {
  '15M': { ...shared, model_type: 'llama', vocab_size: 32000, hidden_size: 288, intermediate_size: 768, num_hidden_layers: 6, num_attention_heads: 6, num_key_value_heads: 6, max_position_embeddings: 1024 },
  'gpt2-124M': { ...shared, model_type: 'gpt2', vocab_size: 50257, n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024, activation_function: 'gelu_new' },
  'qwen2.5-0.5B': { ...shared, model_type: 'qwen2', vocab_size: 151936, hidden_size: 896, intermediate_size: 4864, num_hidden_layers: 24, num_attention_heads: 14, num_key_value_heads: 2, max_position_embeddings: 32768, rms_norm_eps: 1e-6, hidden_act: 'silu' },
};

const cases: Case[] = [
  ...(['sft', 'reward', 'ppo'] as const).map((kind): Case => ({ name: `bundled ${kind} B16×T64`, model: 'bundled', kind, length: 64, batch: 16 })),
  ...(['sft', 'reward', 'ppo'] as const).map((kind): Case => ({ name: `15M ${kind} B8×T256`, model: '15M', kind, length: 256, batch: 8 })),
  { name: '15M sft B8×T256, 0.6 GB', model: '15M', kind: 'sft', length: 256, batch: 8, budget: 0.6 },
  { name: '124M sft B2×T512, all kept', model: 'gpt2-124M', kind: 'sft', length: 512, batch: 2 },
  { name: '124M sft B2×T512, 3 GB', model: 'gpt2-124M', kind: 'sft', length: 512, batch: 2, budget: 3 },
  { name: '0.5B LoRA sft B1×T512, 6 GB', model: 'qwen2.5-0.5B', kind: 'sft', length: 512, batch: 1, lora: true, budget: 6 },
  { name: '0.5B LoRA sft B1×T512, 4 GB', model: 'qwen2.5-0.5B', kind: 'sft', length: 512, batch: 1, lora: true, budget: 4 },
  { name: '0.5B LoRA reward B1×T512, 6 GB', model: 'qwen2.5-0.5B', kind: 'reward', length: 512, batch: 1, lora: true, budget: 6 },
  { name: '0.5B LoRA ppo B1×T512, 6 GB', model: 'qwen2.5-0.5B', kind: 'ppo', length: 512, batch: 1, lora: true, budget: 6 },
];

/** Prints a line a case. `keep`: where models are written and left for the next time. */
export async function benchMemory(only: string, keep: string | undefined, threads: number): Promise<void> {
  const root = keep ?? mkdtempSync(join(tmpdir(), 'plumbline-memory-'));
  try {
    console.log('\n| run | plan | measured peak | plan / measured | how |\n|---|---|---|---|---|');
    for (const c of cases.filter(({ name }) => name.includes(only))) console.log(`| ${(await measureCase(root, c, threads)).join(' | ')} |`);
  } finally {
    if (keep === undefined) rmSync(root, { recursive: true, force: true });
  }
}

async function measureCase(root: string, c: Case, threads: number): Promise<string[]> {
  const base = await modelFolder(root, c.model, 'lm');
  const reward = c.kind === 'ppo' ? await modelFolder(root, c.model, 'score') : undefined;
  const run = mkdtempSync(join(root, 'run-'));
  writeFileSync(join(run, 'data.jsonl'), dataOf(c));
  const answer = c.length >> 1;
  const params = {
    ...(c.kind === 'ppo' ? { updates: 2, batchSize: c.batch, microBatchSize: c.batch, epochs: 1, evalPrompts: 0, sampling: { maxNewTokens: answer } } : { maxSteps: 1, batchSize: c.batch, maxLength: c.length }),
    ...{ evalEvery: 0, checkpointEvery: 100, ...(c.lora === true && { lora: {} }), ...(c.budget !== undefined && { memoryBudget: c.budget }) },
  };
  writeFileSync(join(run, 'run.json'), JSON.stringify({ v: 1, id: 'memory', name: 'memory', kind: c.kind, createdAt: new Date().toISOString(), threads, models: c.kind === 'ppo' ? { policy: base, reward } : { base }, params }));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/trainer.js', run], { encoding: 'utf8', maxBuffer: 1 << 26, env: await environmentOfRun(run, process.env) });
  if (status !== 0) return [c.name, `ended with ${String(status)}: ${stderr.slice(-400).trim()}`, '', '', ''];
  const found = readFileSync(join(run, 'events.jsonl'), 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l) as { type: string; plan?: string }).find((e) => e.type === 'started');
  const planned = bytesIn(/About ([\d.]+ [GM]B) of memory/.exec(found?.plan ?? '')?.[1]);
  const peak = bytesIn(/with at most ([\d.]+ [GM]B) of memory/.exec(stdout)?.[1]);
  rmSync(run, { recursive: true });
  return [c.name, `${(planned / 1e6).toFixed(0)} MB`, `${(peak / 1e6).toFixed(0)} MB`, (planned / peak).toFixed(2), /; (\d+ of the longest.*?)\. About/.exec(found?.plan ?? '')?.[1] ?? ''];
}

function bytesIn(text: string | undefined): number {
  if (text === undefined) throw new Error('the trainer does not say how much memory it takes');
  return Number.parseFloat(text) * (text.endsWith('GB') ? 1e9 : 1e6);
}

const word = (n: number): string => `w${n}`;

/** Words of a prompt and an answer, `length` in all with the end. */
function dataOf({ kind, length, batch, model }: Case): string {
  const rng = createRng(1);
  // The bundled model's words are pieces of text; three letters are about a token.
  const text = (n: number, bundled = 'abc'): string => Array.from({ length: n }, () => (model === 'bundled' ? bundled : word(3 + rng.int(1000)))).join(' ');
  const prompt = (): string => text(kind === 'ppo' ? (length >> 1) - 2 : 4);
  const lines = Array.from({ length: 4 * batch }, (_, i) =>
    kind === 'sft' ? { prompt: prompt(), completion: text(length), split: 'train' }
    : kind === 'ppo' ? { prompt: prompt(), split: 'train' }
    : { promptHash: `p${i}`, prompt: prompt(), responses: [text(model === 'bundled' ? length >> 2 : length - 8), text(model === 'bundled' ? length >> 2 : length - 8, 'cab')], pairs: [{ i: 0, j: 1, p: 1, weight: 1, labeler: 'a', label: `l${i}` }], split: 'train' },
  );
  return lines.map((l) => `${JSON.stringify(l)}\n`).join('');
}

/** Writes a model with random weights, one tensor at a time. */
async function modelFolder(root: string, name: string, head: Head): Promise<string> {
  if (name === 'bundled' && head === 'lm') return resolve('media/sample/models/tiny-assistant');
  const json = name === 'bundled' ? (JSON.parse(readFileSync('media/sample/models/tiny-assistant/config.json', 'utf8')) as JsonObject) : models[name]!;
  const folder = join(root, `${name}-${head}`);
  mkdirSync(root, { recursive: true });
  const config = parseModelConfig(json, name);
  const specs = modelSpecs(config, head);
  const rng = createRng(2);
  const noise = Float32Array.from({ length: 65_537 }, () => 0.02 * rng.normal());
  const fill = (n: number, one: boolean): Float32Array => {
    const data = new Float32Array(n);
    if (one) return data.fill(1);
    for (let at = 0; at < n; at += noise.length) data.set(noise.subarray(0, Math.min(noise.length, n - at)), at);
    return data;
  };
  // As Qwen2.5 is published.
  const dtype = name === 'qwen2.5-0.5B' ? 'bfloat16' : 'float32';
  const tokenizer = name === 'bundled' ? {} : tokenizerFiles(config.vocabSize);
  await writeModelFolder(folder, {
    dtype,
    config: { ...(head === 'lm' ? causalConfig(json, dtype) : scoreConfig(json, dtype, { padId: 0, mean: 0, std: 1 })), bos_token_id: 1, eos_token_id: 2 },
    tensors: specs.map((s) => ({ name: s.name, shape: s.shape, data: () => fill(sizeOf(s.shape), 'fill' in s.start && s.start.fill === 1) })),
    ...(name === 'bundled' ? { tokenizerFrom: resolve('media/sample/models/tiny-assistant') } : { texts: tokenizer }),
  });
  return folder;
}

function tokenizerFiles(vocabulary: number): Record<string, string> {
  const special = ['<unk>', '<s>', '</s>'];
  const vocab = Object.fromEntries(Array.from({ length: vocabulary }, (_, i) => [special[i] ?? word(i), i]));
  const added = special.map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }));
  return {
    'tokenizer.json': JSON.stringify({ version: '1.0', truncation: null, padding: null, added_tokens: added, normalizer: null, pre_tokenizer: { type: 'WhitespaceSplit' }, post_processor: null, decoder: null, model: { type: 'WordLevel', vocab, unk_token: '<unk>' } }),
    'tokenizer_config.json': JSON.stringify({ bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', tokenizer_class: 'PreTrainedTokenizerFast' }),
  };
}
