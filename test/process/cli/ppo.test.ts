import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const cli = resolve(process.env['PLUMBLINE_DIST'] ?? 'dist', 'cli.js');
const fake = resolve('test/process/jobs/fake-trainer.cjs');

interface Told {
  readonly says: string;
  readonly run: { readonly params: { readonly preset?: string; readonly batchSize: number; readonly scoreAt: string; readonly guard: string; readonly criticWarmup: number; readonly ptx: { readonly coef: number }; readonly kl: { readonly coef: number } }; readonly models: Record<string, string>; readonly hashes: Record<string, string> };
  readonly runs: readonly { readonly seed: number; readonly seedGroup: string }[];
}

describe('plumbline train ppo, its options', function () {
  this.timeout(60_000);
  let folder: string;
  const run = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, PLUMBLINE_TRAINER: fake } });
  const json = (...args: string[]): unknown => {
    const { status, stdout, stderr } = run(...args, '--json');
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as unknown;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-cli-ppo-'));
    for (const name of ['tiny', 'reward']) {
      mkdirSync(join(folder, 'models', name), { recursive: true });
      for (const file of ['config.json', 'tokenizer.json', 'model.safetensors']) writeFileSync(join(folder, 'models', name, file), '{}');
    }
    writeFileSync(join(folder, 'prompts.jsonl'), Array.from({ length: 12 }, (_, i) => JSON.stringify({ prompt: `Question ${i}?` })).join('\n'));
    writeFileSync(join(folder, 'reward.js'), 'export default () => 1;\n');
    writeFileSync(join(folder, 'mix.txt'), 'One text.\nAnother text.\n');
    assert.equal(run('init', '--model', 'models/tiny', '--name', 'Test').status, 0);
    assert.equal(run('import', 'prompts.jsonl').status, 0);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  it('takes presets, rule models, programs, a pretraining mix, warm-up and guard', () => {
    const told = json('train', 'ppo', '--dry-run', '--reward', 'models/reward', '--preset', 'nplus', '--batch-size', '16', '--kl-coef', '0.2', '--rule', 'models/reward', '--program', 'reward.js', '--ptx', 'mix.txt', '--ptx-coef', '0.5', '--critic-warmup', '3', '--guard', 'rollback') as Told;
    const { params, models, hashes } = told.run;
    assert.deepEqual([params.preset, params.batchSize, params.scoreAt, params.guard, params.criticWarmup, params.ptx.coef, params.kl.coef], ['nplus', 16, 'afterEos', 'rollback', 3, 0.5, 0.2]);
    assert.deepEqual(models, { policy: 'models/tiny', reward: 'models/reward', rule: 'models/reward', program: 'reward.js' });
    assert.match(hashes['program']!, /^sha256:/);
    assert.match(told.says, /2 texts in the pretraining mix/);
    assert.match(run('train', 'ppo', '--preset', 'none').stderr, /Allowed choices are lhp, nplus, instructgpt, trl/);
    assert.match(run('train', 'ppo', '--seeds', '1').stderr, /whole number of at least 2/);
    assert.match(run('train', 'ppo', '--reward', 'models/reward', '--ptx-coef', '1').stderr, /name a file with --ptx/);
  });

  it('makes runs that differ by their seed only, and tells what became of them', () => {
    const dry = json('train', 'ppo', '--dry-run', '--reward', 'models/reward', '--seeds', '3', '--seed', '4') as Told;
    assert.deepEqual(dry.runs.map((r) => r.seed), [4, 5, 6]);
    assert.equal(new Set(dry.runs.map((r) => r.seedGroup)).size, 1);
    const ran = json('train', 'ppo', '--reward', 'models/reward', '--seeds', '2', '--name', 'steps 2 each') as { seeds: { group: string; runs: readonly { seed: number; state: string }[]; measured: number } };
    assert.deepEqual(ran.seeds.runs.map((r) => [r.seed, r.state]), [[0, 'finished'], [1, 'finished']]);
    const [a, b] = readdirSync(join(folder, '.plumbline', 'runs')).sort().map((id) => JSON.parse(readFileSync(join(folder, '.plumbline', 'runs', id, 'run.json'), 'utf8')) as Record<string, unknown>);
    const alike = ({ id: _id, name: _name, seed: _seed, createdAt: _at, ...rest }: Record<string, unknown>) => rest;
    assert.deepEqual(alike(a!), alike(b!));
    const { groups } = json('seeds') as { groups: readonly { group: string; runs: readonly unknown[] }[] };
    assert.deepEqual(groups.map((g) => [g.group, g.runs.length]), [[ran.seeds.group, 2]]);
    assert.match(run('seeds', 'other').stderr, /no group of seeds "other"/);
  });
});
