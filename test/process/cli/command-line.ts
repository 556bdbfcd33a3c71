import assert from 'node:assert/strict';
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunSpec } from '../../../src/protocol/run';

const cli = resolve(process.env['PLUMBLINE_DIST'] ?? 'dist', 'cli.js');
/** Does what a run's name says and trains nothing. */
export const fakeTrainer = resolve('test/process/jobs/fake-trainer.cjs');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program, as people run it, in a temporary folder of its own. */
export interface CommandLine {
  readonly folder: string;
  start(...args: string[]): { readonly child: ChildProcess; readonly done: Promise<Ran>; stderr(): string };
  run(...args: string[]): Promise<Ran>;
  /** Standard output of a command that must end well. */
  ok(...args: string[]): Promise<string>;
  /** The document that it prints with --json. */
  json<T>(...args: string[]): Promise<T>;
  /** Ids of the runs, oldest first. */
  ids(): string[];
  spec(id: string): RunSpec;
  /** A file of a run, as bytes. */
  file(id: string, ...path: string[]): Buffer;
  /** Ends what is still at work, and deletes the folder. */
  remove(): Promise<void>;
}

/** Keeps what a program prints; `done` resolves when it has ended. */
export function listen(child: ChildProcessWithoutNullStreams): { child: ChildProcess; stderr: () => string; done: Promise<Ran> } {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return { child, stderr: () => stderr, done: new Promise((done) => child.on('close', (code) => { done({ code, stdout, stderr }); })) };
}

/** `env` is added to the environment: `PLUMBLINE_TRAINER` for another trainer, keys of servers. */
export function commandLine(env: Readonly<Record<string, string>> = {}): CommandLine {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-cli-'));
  const runs = join(folder, '.plumbline', 'runs');
  const children: ChildProcess[] = [];
  const start: CommandLine['start'] = (...args) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env: { ...process.env, ...env } });
    children.push(child);
    return listen(child);
  };
  const ok: CommandLine['ok'] = async (...args) => {
    const ran = await start(...args).done;
    assert.equal(ran.code, 0, `plumbline ${args.join(' ')}:\n${ran.stderr}\n${ran.stdout}`);
    return ran.stdout;
  };
  const ids = (): string[] => (existsSync(runs) ? readdirSync(runs).filter((n) => !n.startsWith('.')).sort() : []);
  const file: CommandLine['file'] = (id, ...path) => readFileSync(join(runs, id, ...path));
  return {
    ...{ folder, start, ok, ids, file },
    run: (...args) => start(...args).done,
    json: async <T>(...args: string[]) => JSON.parse(await ok(...args, '--json')) as T,
    spec: (id) => JSON.parse(file(id, 'run.json').toString()) as RunSpec,
    async remove() {
      for (const child of children) child.kill('SIGKILL');
      for (const id of ids()) if (existsSync(join(runs, id, 'pid'))) endProcess((JSON.parse(file(id, 'pid').toString()) as { pid: number }).pid);
      await delay(50);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** `kill -9`. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A workspace with a real model of random weights, twenty prompts, two answers to each and a label that the longer one is better. */
export async function smallWorkspace(line: CommandLine): Promise<void> {
  cpSync('test/fixtures/modelio/bytelevel', join(line.folder, 'models', 'tiny'), { recursive: true });
  await labelled(line);
}

/** The same with files that only look like a model. */
export async function fakeWorkspace(line: CommandLine): Promise<void> {
  const model = join(line.folder, 'models', 'tiny');
  mkdirSync(model, { recursive: true });
  for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) writeFileSync(join(model, name), '{}');
  await labelled(line);
}

async function labelled(line: CommandLine): Promise<void> {
  const rows = Array.from({ length: 20 }, (_, i) => JSON.stringify({ prompt: `Say ${i}.`, chosen: `A good answer ${i}.`, rejected: `Bad ${i}.` }));
  writeFileSync(join(line.folder, 'pairs.jsonl'), rows.join('\n'));
  await line.ok('init', '--model', 'models/tiny', '--name', 'Test');
  await line.ok('import', 'pairs.jsonl', '--labeler', 'anna');
}
