import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { trainerEnvironment } from '../../src/jobs/environment';
import { measureLoad, oneBillion, writeRandomModel, type Loaded, type LoadJob } from './load';
import { parseModelConfig } from '../../src/models/config';
import { parameterCount } from '../../src/training/memory';
import { benchStore, measureStore } from './labels';
import { benchSoak, measureSoak } from './soak';
import { benchMemory } from './memory';
import { benchExperiments } from './experiments';
import { measureStart } from './start';
import { profileStep } from './profile';
import { benchReward } from './reward';
import { benchStatistics } from './statistics';
import { measure, type Job, type Measured } from './work';

/**
 * `npm run bench [-- --torch PYTHON] [--rounds N] [--seconds S] [--only TEXT] [--share S] [--pairs FILE] [--model FOLDER] [--profile TEXT] [--shapes]`: tokens per second and peak memory of training and
 * generation, each measurement in a process of its own; with `--torch` the same work in transformers on PyTorch, in turns with ours
 * (these machines are noisy: the ratio of medians within one run is what counts). `--only soak [--updates N]`: memory over 2,000 PPO updates.
 */
const llama = { bos_token_id: 1, eos_token_id: 2, hidden_act: 'silu', rms_norm_eps: 1e-6, max_position_embeddings: 512 };
const bundledFolder = 'media/sample/models/tiny-assistant';

/** Shapes only: the weights are random. */
const shapes: Record<string, Record<string, unknown>> = {
  bundled: existsSync(`${bundledFolder}/config.json`) ? bundledShape() : {},
  'tinystories-656k': { ...llama, vocab_size: 2048, hidden_size: 128, intermediate_size: 384, num_hidden_layers: 2, num_attention_heads: 8, num_key_value_heads: 4, tie_word_embeddings: true },
  'gpt2-124M': { model_type: 'gpt2', vocab_size: 50257, n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024, bos_token_id: 50256, eos_token_id: 50256 },
  'llama-15M': { ...llama, vocab_size: 32000, hidden_size: 288, intermediate_size: 768, num_hidden_layers: 6, num_attention_heads: 6, num_key_value_heads: 6, tie_word_embeddings: true },
};

function bundledShape(): Record<string, unknown> {
  const all = JSON.parse(readFileSync(`${bundledFolder}/config.json`, 'utf8')) as Record<string, unknown>;
  const wanted = ['vocab_size', 'hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'tie_word_embeddings'];
  return { ...llama, ...Object.fromEntries(wanted.map((k) => [k, all[k]])) };
}

const works: { name: string; shape: string; work: Job['work']; batch: number; length: number; newTokens: number }[] = [
  { name: 'train bundled B32×T64', shape: 'bundled', work: 'train', batch: 32, length: 64, newTokens: 0 },
  { name: 'train tinystories-656k B16×T256', shape: 'tinystories-656k', work: 'train', batch: 16, length: 256, newTokens: 0 },
  { name: 'train llama-15M B8×T256', shape: 'llama-15M', work: 'train', batch: 8, length: 256, newTokens: 0 },
  { name: 'train gpt2-124M B2×T256', shape: 'gpt2-124M', work: 'train', batch: 2, length: 256, newTokens: 0 },
  { name: 'generate bundled B32, 48 new', shape: 'bundled', work: 'generate', batch: 32, length: 16, newTokens: 48 },
  { name: 'generate tinystories-656k B32, 128 new', shape: 'tinystories-656k', work: 'generate', batch: 32, length: 16, newTokens: 128 },
  { name: 'generate llama-15M B32, 128 new', shape: 'llama-15M', work: 'generate', batch: 32, length: 16, newTokens: 128 },
  { name: 'generate gpt2-124M B16, 128 new', shape: 'gpt2-124M', work: 'generate', batch: 16, length: 16, newTokens: 128 },
  { name: 'PPO iteration tinystories-656k, 64 prompts of 16, 48 new, 4 epochs', shape: 'tinystories-656k', work: 'ppo', batch: 64, length: 16, newTokens: 48 },
  { name: 'PPO iteration llama-15M, 64 prompts of 16, 48 new, 4 epochs', shape: 'llama-15M', work: 'ppo', batch: 64, length: 16, newTokens: 48 },
];

/** Ours as the product starts it, PyTorch as it is. */
function child(command: string, args: string[], weights = 0): Measured {
  const env = command === process.execPath ? trainerEnvironment(process.env, weights) : process.env;
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, env });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0] ?? ''} ended with ${String(status)}:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

const median = (xs: number[]): number => xs.toSorted((a, b) => a - b)[xs.length >> 1]!;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { job: { type: 'string' }, torch: { type: 'string' }, rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '4' }, threads: { type: 'string', default: '2' }, only: { type: 'string', default: '' }, share: { type: 'string', default: '1' }, load: { type: 'string' }, store: { type: 'string' }, root: { type: 'string' }, profile: { type: 'string' }, shapes: { type: 'boolean', default: false }, pairs: { type: 'string' }, model: { type: 'string', default: bundledFolder }, soak: { type: 'string' }, updates: { type: 'string', default: '2000' }, memory: { type: 'string', default: '' }, keep: { type: 'string' } },
  });
  if (values.store !== undefined) {
    console.log(JSON.stringify(await measureStore(values.store, values.root!)));
    return;
  }
  if (values.load !== undefined) {
    console.log(JSON.stringify(await measureLoad(JSON.parse(values.load) as LoadJob)));
    return;
  }
  if (values.soak !== undefined) {
    console.log(JSON.stringify(await measureSoak(bundledFolder, Number(values.soak))));
    // Sessions keep threads of their own.
    process.exit(0);
  }
  // For an hour, and so only when asked for.
  if (values.only === 'soak') {
    console.log(benchSoak(__filename, Number(values.updates)).join('\n'));
    return;
  }
  if (values.job !== undefined) {
    console.log(JSON.stringify(await measure(JSON.parse(values.job) as Job)));
    return;
  }
  if (values.profile !== undefined) {
    const chosen = works.filter((w) => w.work === 'train' && w.name.includes(values.profile!));
    if (chosen.length === 0) throw new Error(`--profile names none of ${works.filter((w) => w.work === 'train').map((w) => w.name).join(', ')}`);
    for (const { name, shape, ...work } of chosen) {
      const lines = await profileStep({ ...work, config: shapes[shape]!, seconds: 0, threads: Number(values.threads) }, 5, values.shapes);
      console.log(`\n## ${name}\n${lines.join('\n')}`);
    }
    return;
  }
  const { torch } = values;
  console.log(`| work | tokens/s | peak MB |${torch === undefined ? '' : ' PyTorch tokens/s | peak MB | ratio | memory ratio |'}`);
  console.log(`|---|---|---|${torch === undefined ? '' : '---|---|---|---|'}`);
  for (const { name, shape, ...work } of works.filter((w) => w.name.includes(values.only))) {
    const job: Job = { ...work, config: shapes[shape]!, seconds: Number(values.seconds), threads: Number(values.threads) };
    if (Object.keys(job.config).length === 0) throw new Error(`${bundledFolder}/config.json is missing: run npm run sample`);
    const ours: Measured[] = [];
    const theirs: Measured[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      ours.push(child(process.execPath, [__filename, '--job', JSON.stringify(job)], 4 * parameterCount(parseModelConfig({ model_type: 'llama', ...job.config }, 'bench'))));
      if (torch !== undefined) theirs.push(child(torch, ['test/bench/torch_bench.py', JSON.stringify(job)]));
    }
    const rate = (m: Measured[]): number => median(m.map((x) => x.tokensPerSecond));
    const peak = (m: Measured[]): number => median(m.map((x) => x.peakMB));
    const cells = [name, rate(ours).toFixed(0), peak(ours).toFixed(0)];
    if (torch !== undefined) cells.push(rate(theirs).toFixed(0), peak(theirs).toFixed(0), (rate(ours) / rate(theirs)).toFixed(2), (peak(ours) / peak(theirs)).toFixed(2));
    console.log(`| ${cells.join(' | ')} |`);
  }
  if (values.only === '' || 'statistics'.includes(values.only)) console.log(`\n${(await benchStatistics(Number(values.rounds))).join('\n')}`);
  if (values.only === '' || 'experiments'.includes(values.only)) console.log(`\n${(await benchExperiments()).join('\n')}`);
  if (values.only === 'load') await benchLoad(Number(values.threads));
  if (values.only === '' || 'labels'.includes(values.only)) await benchStore(__filename, Number(values.share), Number(values.rounds));
  if ('reward'.includes(values.only) && torch !== undefined && values.pairs !== undefined) {
    console.log(`\n${(await benchReward(torch, values.model, values.pairs, Number(values.threads), Number(values.rounds))).join('\n')}`);
  } else if (values.only === 'reward') console.log('The reward model against trl wants --torch PYTHON and --pairs FILE (hh-rlhf), and --model FOLDER for another model than the bundled one.');
  if (values.only === '' || 'memory'.includes(values.only)) await benchMemory(values.memory, values.keep, Number(values.threads));
  if (values.only === '' || 'start'.includes(values.only)) {
    const seconds = Array.from({ length: Number(values.rounds) }, () => measureStart(bundledFolder));
    console.log(`\nTrainer process to its first training step, bundled model: ${median(seconds).toFixed(2)} s (of ${seconds.map((s) => s.toFixed(2)).join(', ')})`);
  }
}

/** Only when asked for: it writes 2.5 GB and takes minutes. */
async function benchLoad(threads: number): Promise<void> {
  const model = await writeRandomModel(parseModelConfig(oneBillion, 'bench'), oneBillion);
  try {
    console.log(`\nGeneration with ${(model.bytes / 1e9).toFixed(2)} GB of bfloat16 (the shape of Llama-3.2-1B, random)\n| kept as | rows | peak MB | share of the file | first token after s | s a token |\n|---|---|---|---|---|---|`);
    for (const storage of ['stored', 'int8', 'int4'] as const) {
      for (const rows of [1, 16]) {
        const job: LoadJob = { folder: model.folder, storage, rows, newTokens: 6, threads };
        const { status, stdout, stderr } = spawnSync(process.execPath, [__filename, '--load', JSON.stringify(job)], { encoding: 'utf8' });
        if (status !== 0) throw new Error(`${storage}: ${stderr}`);
        const { peakMB, loadSeconds, secondsPerToken } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Loaded;
        console.log(`| ${storage} | ${rows} | ${peakMB.toFixed(0)} | ${((peakMB * 1048576) / model.bytes).toFixed(2)} | ${loadSeconds.toFixed(1)} | ${secondsPerToken.toFixed(2)} |`);
      }
    }
  } finally {
    await model.remove();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
