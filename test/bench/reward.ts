import { spawnSync } from 'node:child_process';
import { trainerEnvironment } from '../../src/jobs/environment';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readTokenizer } from '../../src/modelio/tokenizer';

/** A reward model for one epoch. */
interface Epoch {
  /** Of the training loop. */
  readonly pairsPerSecond: number;
  /** Of the whole process. */
  readonly seconds: number;
  readonly peakMB: number;
}

interface Pair {
  readonly chosen: string;
  readonly rejected: string;
}

const asked = { pairs: 400, maxLength: 256, batchSize: 8 };

/**
 * The first 400 pairs of a file of hh-rlhf (gzip or plain JSONL) whose texts have at most 256 tokens of the model: our trainer's process against
 * one of trl's RewardTrainer, in turns. `python` needs torch and trl.
 */
export async function benchReward(python: string, model: string, file: string, threads: number, rounds: number): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-reward-'));
  try {
    const bytes = readFileSync(file);
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const tokenizer = await readTokenizer(model);
    const short = (t: string): boolean => tokenizer.encode(t, { addSpecialTokens: false }).length < asked.maxLength;
    const pairs: Pair[] = [];
    for (const line of text.split('\n').filter(Boolean)) {
      const pair = JSON.parse(line) as Pair;
      if (pair.chosen !== pair.rejected && short(pair.chosen) && short(pair.rejected)) pairs.push(pair);
      if (pairs.length === asked.pairs) break;
    }
    const ours: Epoch[] = [];
    const theirs: Epoch[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(runOurs(python, join(folder, `ours-${round}`), model, pairs, threads));
      theirs.push(runTheirs(python, join(folder, 'pairs.jsonl'), model, pairs, threads));
    }
    const median = (of: (e: Epoch) => number, all: readonly Epoch[]): number => all.map(of).sort((a, b) => a - b)[all.length >> 1]!;
    const row = (what: string, of: (e: Epoch) => number, better: (a: number, b: number) => number, digits: number): string => {
      const [a, b] = [median(of, ours), median(of, theirs)];
      return `| ${what} | ${a.toFixed(digits)} | ${b.toFixed(digits)} | ${better(a, b).toFixed(2)} |`;
    };
    return [
      `| reward model, one epoch of ${pairs.length} pairs, batches of ${asked.batchSize} | ours | trl RewardTrainer | ratio |`,
      '|---|---|---|---|',
      row('pairs/s', (e) => e.pairsPerSecond, (a, b) => a / b, 1),
      row('seconds, whole process', (e) => e.seconds, (a, b) => b / a, 1),
      row('peak MB', (e) => e.peakMB, (a, b) => a / b, 0),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command under `peak.py`; its last two lines of JSON, if it prints one itself, and ours. */
function under(python: string, command: string[], env = process.env): { printed: string[]; seconds: number; peakMB: number } {
  const { status, stdout, stderr } = spawnSync(python, ['test/bench/peak.py', ...command], { encoding: 'utf8', maxBuffer: 1 << 26, env });
  if (status !== 0) throw new Error(`${command.slice(0, 2).join(' ')} ended with ${String(status)}:\n${stderr.slice(-3000)}`);
  const lines = stdout.trim().split('\n');
  return { printed: lines.slice(0, -1), ...(JSON.parse(lines.at(-1)!) as { seconds: number; peakMB: number }) };
}

function runOurs(python: string, run: string, model: string, pairs: readonly Pair[], threads: number): Epoch {
  mkdirSync(run, { recursive: true });
  const cut = (t: string): number => t.lastIndexOf('\n\nAssistant:') + '\n\nAssistant:'.length;
  const line = ({ chosen, rejected }: Pair, n: number): string => {
    // What both have in front of their last answers; where that differs, nothing is in front.
    const at = chosen.slice(0, cut(chosen)) === rejected.slice(0, cut(rejected)) ? cut(chosen) : 0;
    return JSON.stringify({ prompt: chosen.slice(0, at) || ' ', responses: [chosen.slice(at), rejected.slice(at)], pairs: [{ i: 0, j: 1, p: 1, weight: 1, labeler: 'hh', label: String(n) }], split: 'train', promptHash: String(n) });
  };
  writeFileSync(join(run, 'data.jsonl'), pairs.map((p, n) => `${line(p, n)}\n`).join(''));
  const params = { epochs: 1, batchSize: asked.batchSize, maxLength: 2 * asked.maxLength, evalEvery: 0, optimizer: { learningRate: 1e-4 } };
  writeFileSync(join(run, 'run.json'), JSON.stringify({ v: 1, id: 'reward', name: 'reward', kind: 'reward', createdAt: new Date().toISOString(), models: { base: resolve(model) }, threads, params }));
  const { seconds, peakMB } = under(python, [process.execPath, 'dist/trainer.js', run], trainerEnvironment(process.env));
  const steps = readFileSync(join(run, 'events.jsonl'), 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l) as { type: string; at: string; metrics?: Record<string, number> }).filter((e) => e.type === 'step');
  const perSecond = steps.map((s) => s.metrics!['pairs_per_second']!);
  // Of all steps, the first ones with their compilation of graphs included, as trl's figure has its own warming up.
  const counts = steps.map((_, n) => Math.min(asked.batchSize, pairs.length - n * asked.batchSize));
  const time = counts.reduce((sum, n, i) => sum + n / perSecond[i]!, 0);
  return { pairsPerSecond: counts.reduce((a, b) => a + b, 0) / time, seconds, peakMB };
}

function runTheirs(python: string, file: string, model: string, pairs: readonly Pair[], threads: number): Epoch {
  writeFileSync(file, pairs.map((p) => `${JSON.stringify(p)}\n`).join(''));
  const { printed, seconds, peakMB } = under(python, [python, 'test/bench/reward_torch.py', JSON.stringify({ model: resolve(model), pairs: file, threads })]);
  return { ...(JSON.parse(printed.at(-1)!) as { pairsPerSecond: number }), seconds, peakMB };
}
