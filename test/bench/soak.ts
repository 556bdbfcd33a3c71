import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRng } from '../../src/base/rng';
import { trainerEnvironment } from '../../src/jobs/environment';
import { readModelFolder } from '../../src/modelio/folder';
import { scoreConfig, scorePadId } from '../../src/modelio/head-config';
import { writeModelFolder } from '../../src/modelio/write-folder';
import { parseModelConfig } from '../../src/models/config';
import { namedTensors } from '../../src/models/load';
import { initParams } from '../../src/models/model';
import { runSchema, type RunInput } from '../../src/protocol/run';
import { runTrainer } from '../../src/trainer/trainer';

/** Memory of the trainer at one instant, in MB. */
interface Sample {
  readonly step: number;
  readonly rss: number;
  /** What JavaScript holds, arrays included. */
  readonly js: number;
}

export interface Soaked {
  readonly seconds: number;
  readonly samples: readonly Sample[];
}

/**
 * PPO of the bundled model against a random reward model for `updates` updates of eight short answers, with checkpoints and evaluations, in this
 * process. Memory is read twice a second.
 */
export async function measureSoak(folder: string, updates: number): Promise<Soaked> {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-soak-'));
  const run = join(root, '.plumbline', 'runs', 'soak');
  const samples: Sample[] = [];
  try {
    await writeRewardModel(folder, join(root, 'reward'));
    const words = ['plant', 'seed', 'soup', 'bike', 'letter', 'door', 'cake', 'cat'];
    const prompts = Array.from({ length: 256 }, (_, i) => `How do I ${['find', 'make', 'keep', 'clean'][i % 4]!} a ${words[(i >> 2) % 8]!}${' now'.repeat(i >> 5)}?`);
    const spec = {
      ...{ v: 1, id: 'soak', name: 'soak', kind: 'ppo', createdAt: new Date().toISOString(), threads: 1, seed: 1 },
      models: { policy: resolve(folder), reward: join(root, 'reward') },
      params: { updates, batchSize: 8, miniBatches: 1, epochs: 1, sampling: { maxNewTokens: 8 }, evalEvery: 100, evalPrompts: 8, checkpointEvery: 100, policyOptimizer: { learningRate: 1e-6, schedule: 'constant' } },
    } as RunInput;
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'run.json'), JSON.stringify(runSchema.parse(spec)));
    writeFileSync(join(run, 'data.jsonl'), prompts.map((prompt) => `${JSON.stringify({ prompt, split: 'train' })}\n`).join(''));
    const begin = performance.now();
    const timer = setInterval(() => {
      const { rss, heapTotal, external } = process.memoryUsage();
      samples.push({ step: lastStep(join(run, 'events.jsonl')), rss: rss / 1e6, js: (heapTotal + external) / 1e6 });
    }, 500);
    // What the trainer says goes to the error stream: the result is read from the output.
    console.log = console.error;
    const code = await runTrainer(run);
    clearInterval(timer);
    if (code !== 0) throw new Error(`the trainer ended with ${code}`);
    return { seconds: (performance.now() - begin) / 1000, samples };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function writeRewardModel(from: string, to: string): Promise<void> {
  const { config: json, tokenizer } = await readModelFolder(from);
  const params = initParams(parseModelConfig(json, from), 'score', createRng(1));
  await writeModelFolder(to, { config: scoreConfig(json, 'float32', { padId: scorePadId(tokenizer), mean: 0, std: 1 }), tensors: namedTensors(params), tokenizerFrom: from });
}

/** From the last whole line of the events that is a step. */
function lastStep(path: string): number {
  const text = readFileSync(path, 'utf8');
  const at = text.lastIndexOf('"type":"step","step":');
  return at === -1 ? 0 : Number.parseInt(text.slice(at + 21), 10);
}

/** Runs the soak in a process of its own and says what its memory did. */
export function benchSoak(script: string, updates: number): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--soak', String(updates)], { encoding: 'utf8', maxBuffer: 1 << 28, env: trainerEnvironment(process.env) });
  if (status !== 0) throw new Error(`the soak ended with ${String(status)}:\n${stderr.slice(-2000)}`);
  const { seconds, samples } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Soaked;
  const at = (share: number): Sample => samples.find((s) => s.step >= share * updates) ?? samples.at(-1)!;
  const settled = samples.filter((s) => s.step >= 0.1 * updates);
  const slope = (of: (s: Sample) => number): string => (1000 * slopeOf(settled.map((s) => [s.step, of(s)]))).toFixed(2);
  return [
    `PPO of the bundled model, ${updates} updates of 8 answers in ${seconds.toFixed(0)} s (1 thread)`,
    '',
    '| updates | RSS MB | JavaScript MB |',
    '|---|---|---|',
    ...[0.1, 0.25, 0.5, 0.75, 1].map((share) => `| ${Math.round(share * updates)} | ${at(share).rss.toFixed(0)} | ${at(share).js.toFixed(0)} |`),
    '',
    `Peak ${Math.max(...samples.map((s) => s.rss)).toFixed(0)} MB. Growth per 1,000 updates after the first tenth: RSS ${slope((s) => s.rss)} MB, JavaScript ${slope((s) => s.js)} MB.`,
  ];
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (k: 0 | 1): number => points.reduce((sum, p) => sum + p[k], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  return points.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0) / points.reduce((sum, p) => sum + (p[0] - x) ** 2, 0);
}
