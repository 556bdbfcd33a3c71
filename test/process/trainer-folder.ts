import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRng } from '../../src/base/rng';
import { scoreConfig } from '../../src/modelio/head-config';
import { writeModelFolder } from '../../src/modelio/write-folder';
import { namedTensors } from '../../src/models/load';
import { eventSchema, type RunEvent, type RunEventOf } from '../../src/protocol/events';
import { runSchema, type DeviceSetting, type RunInput, type RunKind } from '../../src/protocol/run';
import { configJson, tinyModel, tokenizerConfigJson, tokenizerJson } from '../unit/training/tiny';

const trainer = resolve('dist/trainer.js');

/** A workspace in a temporary folder with a tiny random policy and reward model. */
export interface Workspace {
  readonly root: string;
  /** Makes a run folder. */
  run(id: string, kind: RunKind, fields: { models?: object; params?: object; seed?: number; device?: DeviceSetting }, data: readonly object[]): string;
  remove(): void;
}

export async function createWorkspace(): Promise<Workspace> {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-trainer-'));
  for (const [name, head] of [['policy', 'lm'], ['reward', 'score']] as const) {
    const { params, tokenizer } = tinyModel(head, name.length);
    const folder = join(root, name);
    const config = head === 'lm' ? { ...configJson, architectures: ['LlamaForCausalLM'], bos_token_id: 1, eos_token_id: 2 } : scoreConfig(configJson, 'float32', { padId: tokenizer.bosId!, mean: 0.1, std: 2 });
    await writeModelFolder(folder, { config, tensors: namedTensors(params), texts: { 'tokenizer.json': JSON.stringify(tokenizerJson), 'tokenizer_config.json': JSON.stringify(tokenizerConfigJson) } });
  }
  return {
    root,
    run(id, kind, fields, data) {
      const folder = join(root, '.plumbline', 'runs', id);
      mkdirSync(folder, { recursive: true });
      const spec = { v: 1, id, name: id, createdAt: '2026-11-22T18:00:00.000Z', threads: 1, seed: 5, kind, models: {}, params: {}, ...fields } as RunInput;
      writeFileSync(join(folder, 'run.json'), JSON.stringify(runSchema.parse(spec)));
      writeFileSync(join(folder, 'data.jsonl'), data.map((d) => `${JSON.stringify(d)}\n`).join(''));
      return folder;
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const colours = ['red', 'green', 'blue', 'one', 'two', 'three', 'a', 'b', 'c', 'good', 'bad', 'please'];
const phrase = (seed: number, length: number): string => {
  const rng = createRng(seed);
  return Array.from({ length }, () => rng.pick(colours)).join(' ');
};

const comparisons = Array.from({ length: 40 }, (_, i) => ({
  promptHash: `p${i}`,
  prompt: phrase(i, 2),
  responses: [phrase(i + 1, 3), phrase(i + 2, 1 + (i % 5)), phrase(i + 3, 2)],
  pairs: [{ i: 0, j: 1, p: 1, weight: 0.5, labeler: 'anna', label: `l${i}` }, { i: 2, j: 1, p: 0.5, weight: 0.5, labeler: 'anna', label: `l${i}` }],
  split: i % 8 === 0 ? 'test' : 'train',
}));

/** Data for each kind of run. */
export const examples = {
  sft: Array.from({ length: 40 }, (_, i) => ({ prompt: phrase(i, 2), completion: phrase(i + 100, 1 + (i % 7)), split: i % 8 === 0 ? 'test' : 'train' })),
  reward: comparisons,
  dpo: comparisons,
  ppo: Array.from({ length: 24 }, (_, i) => ({ prompt: phrase(i, 1 + (i % 3)), split: i % 6 === 0 ? 'test' : 'train' })),
  generate: Array.from({ length: 9 }, (_, i) => ({ id: `p${i}`, prompt: phrase(i, 2), promptHash: `sha256:${i.toString(16).padStart(64, '0')}` })),
  bestOfN: Array.from({ length: 24 }, (_, i) => ({ prompt: phrase(i, 1 + (i % 3)), promptHash: `p${i}`, split: i % 6 === 0 ? 'test' : 'train' })),
  evaluate: [...Array.from({ length: 6 }, (_, i) => ({ prompt: phrase(i, 2) })), { text: phrase(3, 9) }, { text: phrase(4, 5) }],
};

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The most private memory that the system gives the process, in KiB: Linux only. */
  readonly limit?: number;
}

/** A trainer process on a run folder. */
export function start(folder: string, { env, limit }: StartOptions = {}): { child: ChildProcess; ended: Promise<Ended> } {
  if (!existsSync(trainer)) throw new Error('dist/trainer.js is not built: node esbuild.js trainer');
  const command = [process.execPath, trainer, folder];
  const [name, ...args] = limit === undefined ? command : ['sh', '-c', `ulimit -d ${limit} && exec "$@"`, 'sh', ...command];
  const child = spawn(name!, args, { stdio: ['ignore', 'pipe', 'pipe'], env: env ?? process.env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (d: Buffer) => (stdout += d.toString()));
  child.stderr.on('data', (d: Buffer) => (stderr += d.toString()));
  const ended = new Promise<Ended>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => {
      done({ code, signal, stdout, stderr });
    });
  });
  return { child, ended };
}

export const run = (folder: string, options?: StartOptions): Promise<Ended> => start(folder, options).ended;

/** All events; every line must be one. */
export function events(folder: string): RunEvent[] {
  const path = join(folder, 'events.jsonl');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => eventSchema.parse(JSON.parse(line)));
}

export const eventsOf = <T extends RunEvent['type']>(folder: string, type: T): RunEventOf<T>[] => events(folder).filter((e): e is RunEventOf<T> => e.type === type);

/** Resolves when the file of events matches; rejects when the process ended before. */
export async function until(folder: string, { child }: { child: ChildProcess }, condition: (text: string) => boolean): Promise<void> {
  const path = join(folder, 'events.jsonl');
  while (!(existsSync(path) && condition(readFileSync(path, 'utf8')))) {
    if (child.exitCode !== null) throw new Error(`the trainer ended early, with ${child.exitCode}`);
    await new Promise((r) => setTimeout(r, 2));
  }
}

export const weights = (folder: string): Buffer => readFileSync(join(folder, 'model', 'model.safetensors'));
