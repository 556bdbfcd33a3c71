import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, existsSync, openSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createRng } from '../../src/base/rng';
import { createWorkspace, events, eventsOf, examples, run, start, until, weights, type Workspace } from './trainer-folder';

const optimizer = { learningRate: 0.01 };
/** Short runs with checkpoints in between and an evaluation on the way. */
const kinds = {
  sft: { models: { base: 'policy' }, params: { epochs: 6, batchSize: 4, optimizer, evalEvery: 20, checkpointEvery: 7 } },
  reward: { models: { base: 'policy' }, params: { epochs: 6, batchSize: 4, optimizer, evalEvery: 20, checkpointEvery: 7 } },
  dpo: { models: { policy: 'policy' }, params: { epochs: 4, batchSize: 4, optimizer, evalEvery: 15, checkpointEvery: 7 } },
  ppo: {
    models: { policy: 'policy', reward: 'reward' },
    params: { updates: 12, batchSize: 8, miniBatches: 2, epochs: 2, sampling: { maxNewTokens: 6 }, policyOptimizer: optimizer, valueOptimizer: optimizer, evalEvery: 5, evalPrompts: 4, checkpointEvery: 3, kl: { controller: 'adaptive' } },
  },
} as const;

describe('trainer', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });
  let count = 0;
  const make = (kind: keyof typeof examples, fields: { models?: object; params?: object }): string => workspace.run(`${kind}-${count++}`, kind, fields, examples[kind]);

  for (const kind of ['sft', 'reward', 'dpo', 'ppo'] as const) {
    describe(kind, () => {
      let whole: string;
      it('runs to its end', async () => {
        whole = make(kind, kinds[kind]);
        const { code, stderr, stdout } = await run(whole);
        assert.equal(code, 0, stderr + stdout);
        const [first, ...rest] = events(whole);
        assert.equal(first?.type, 'started');
        const steps = eventsOf(whole, 'step');
        assert.deepEqual(steps.map((e) => e.step), steps.map((_, i) => i + 1));
        assert.equal(steps.at(-1)!.step, steps[0]!.total);
        assert.equal(steps.at(-1)!.secondsLeft, 0);
        const end = rest.at(-1)!;
        assert.equal(end.type, 'finished');
        assert.ok(Object.values(eventsOf(whole, 'finished')[0]!.summary).every(Number.isFinite));
        assert.ok(existsSync(join(whole, 'model', 'config.json')) && existsSync(join(whole, 'model', 'tokenizer.json')));
        assert.equal(existsSync(join(whole, 'pid')), false);
        assert.equal(readdirSync(whole).filter((f) => f.startsWith('checkpoint-')).length, 2);
        assert.equal(readdirSync(whole).filter((f) => f.startsWith('.')).length, 0);
      });

      it('killed with −9 at three random instants and resumed, ends with the same bytes', async () => {
        const total = eventsOf(whole, 'started')[0]!.total;
        const folder = make(kind, kinds[kind]);
        const rng = createRng(process.hrtime.bigint().toString());
        const instants = [0, 1, 2].map(() => ({ step: 1 + rng.int(total - 1), wait: rng.int(12) })).sort((a, b) => a.step - b.step);
        for (const { step, wait } of instants) {
          const process = start(folder);
          await until(folder, process, (text) => text.includes(`"type":"step","step":${step},`) && text.trimEnd().split('\n').some((l) => l.includes('"started"') && l.includes(`"pid":${process.child.pid!}`)));
          await new Promise((r) => setTimeout(r, wait));
          process.child.kill('SIGKILL');
          await process.ended;
        }
        const { code, stderr } = await run(folder);
        assert.equal(code, 0, `${stderr} after kills at ${JSON.stringify(instants)}`);
        assert.ok(weights(folder).equals(weights(whole)), `other weights after kills at ${JSON.stringify(instants)}`);
        // Steps that were computed twice gave the same numbers, but for the time they took.
        const timeless = (of: string) => new Map(eventsOf(of, 'step').map((e) => [e.step, Object.entries(e.metrics).filter(([name]) => !/second|^eps$/.test(name))]));
        assert.deepEqual(timeless(folder), timeless(whole));
        assert.deepEqual(eventsOf(folder, 'finished')[0]!.summary['loss'], eventsOf(whole, 'finished')[0]!.summary['loss']);
        // What other tools read has every step once, as if nothing had happened.
        const steps = (of: string) => (JSON.parse(readFileSync(join(of, 'trainer_state.json'), 'utf8')) as { log_history: { step: number }[] }).log_history.map((e) => e.step);
        assert.deepEqual(steps(folder), steps(whole));
        const [scalars, ...others] = readdirSync(folder).filter((f) => f.includes('tfevents'));
        assert.deepEqual(others, []);
        const size = (of: string, name: string) => readFileSync(join(of, name)).length;
        assert.equal(size(folder, scalars!), size(whole, readdirSync(whole).find((f) => f.includes('tfevents'))!));
      });

      it('obeys a stop file and goes on from there', async () => {
        const folder = make(kind, kinds[kind]);
        const process = start(folder);
        await until(folder, process, (text) => text.includes('"type":"step","step":2,'));
        writeFileSync(join(folder, 'stop'), '');
        assert.equal((await process.ended).code, 3);
        assert.equal(existsSync(join(folder, 'stop')), false);
        const stopped = eventsOf(folder, 'stopped')[0]!;
        assert.deepEqual(events(folder).at(-1), stopped);
        assert.equal((await run(folder)).code, 0);
        assert.equal(eventsOf(folder, 'started')[1]!.resumedFrom, stopped.step);
        assert.ok(weights(folder).equals(weights(whole)));
      });
    });
  }

  describe('with LoRA', () => {
    const lora = { rank: 2, alpha: 4, targets: ['q_proj', 'v_proj', 'down_proj'], rsLora: true };
    const outcome = (folder: string): Buffer[] => [weights(folder), readFileSync(join(folder, 'adapter', 'adapter_model.safetensors')), readFileSync(join(folder, 'adapter', 'adapter_config.json'))];
    for (const kind of ['sft', 'reward', 'dpo', 'ppo'] as const) {
      const fields = { ...kinds[kind], params: { ...kinds[kind].params, lora, ...(kind === 'ppo' ? { updates: 6 } : { epochs: 3 }) } };

      it(`${kind}: trains and keeps the adapter alone; killed with −9 and resumed, ends with the same bytes`, async () => {
        const whole = make(kind, fields);
        const before = readFileSync(join(workspace.root, 'policy', 'model.safetensors'));
        const { code, stderr } = await run(whole);
        assert.equal(code, 0, stderr);
        const [started] = eventsOf(whole, 'started');
        assert.match(started!.plan!, /parameters by a LoRA adapter of \d+ \(rank 2, on q_proj, v_proj, down_proj\)/);
        assert.deepEqual(eventsOf(whole, 'finished')[0]!.outputs, { model: 'model', adapter: 'adapter', ...(kind === 'reward' ? { report: 'report.json' } : {}) });
        assert.ok(readFileSync(join(workspace.root, 'policy', 'model.safetensors')).equals(before));
        // A, B: 2 · (16 + 16), 2 · (16 + 8) and 2 · (24 + 16) in each of 2 layers, of 32 bits; three such arrays a model that learns.
        const adapter = 2 * 2 * (32 + 24 + 40);
        const trained = kind === 'sft' || kind === 'dpo' ? [adapter] : kind === 'reward' ? [adapter + 16] : [adapter, adapter + 16];
        const stored = readFileSync(join(whole, `checkpoint-${started!.total}`, 'tensors.safetensors'));
        const header = Number(stored.readBigUInt64LE());
        assert.equal(stored.length - 8 - header, trained.reduce((n, size) => n + 3 * 4 * size, 0));

        const folder = make(kind, fields);
        const rng = createRng(process.hrtime.bigint().toString());
        const instants = [0, 1].map(() => ({ step: 1 + rng.int(started!.total - 1), wait: rng.int(12) })).sort((a, b) => a.step - b.step);
        for (const { step, wait } of instants) {
          const process = start(folder);
          await until(folder, process, (text) => text.includes(`"type":"step","step":${step},`) && text.trimEnd().split('\n').some((l) => l.includes('"started"') && l.includes(`"pid":${process.child.pid!}`)));
          await new Promise((r) => setTimeout(r, wait));
          process.child.kill('SIGKILL');
          await process.ended;
        }
        assert.equal((await run(folder)).code, 0, `after kills at ${JSON.stringify(instants)}`);
        outcome(folder).forEach((bytes, i) => {
          assert.ok(bytes.equals(outcome(whole)[i]!), `other bytes (${i}) after kills at ${JSON.stringify(instants)}`);
        });
      });
    }

    it('takes an adapter for a model, as the merged one; but trains no other on top of it', async () => {
      const sft = make('sft', { ...kinds.sft, params: { ...kinds.sft.params, lora, epochs: 1 } });
      assert.equal((await run(sft)).code, 0);
      const [merged, adapter] = ['model', 'adapter'].map((made) => make('generate', { models: { policy: join(sft, made) }, params: { n: 2, sampling: { maxNewTokens: 6 } } }));
      for (const folder of [merged!, adapter!]) assert.equal((await run(folder)).code, 0);
      const texts = (folder: string): unknown[] => readFileSync(join(folder, 'generations.jsonl'), 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { responses: { text: string }[] }).responses.map((r) => r.text));
      assert.deepEqual(texts(adapter!), texts(merged!));
      const { code, stderr } = await run(make('sft', { models: { base: join(sft, 'adapter') }, params: { ...kinds.sft.params, lora } }));
      assert.equal(code, 2);
      assert.match(stderr, /is an adapter: another cannot be trained on top of it/);
    });

    it('refuses layers that the model does not have, and names those that it has', async () => {
      const { code, stderr } = await run(make('sft', { ...kinds.sft, params: { ...kinds.sft.params, lora: { targets: ['c_attn'] } } }));
      assert.equal(code, 2);
      assert.match(stderr, /no linear layer "c_attn"\. It has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj/);
    });
  });

  describe('with a damaged checkpoint', () => {
    let halfway: string;
    let result: Buffer;
    before(async () => {
      halfway = make('sft', kinds.sft);
      const process = start(halfway);
      await until(halfway, process, (text) => text.includes('"folder":"checkpoint-14"'));
      process.child.kill('SIGKILL');
      await process.ended;
      for (const name of readdirSync(halfway)) if (/^checkpoint-(2[1-9]|[3-9]\d)$/.test(name)) rmSync(join(halfway, name), { recursive: true });
      const copy = make('sft', kinds.sft);
      assert.equal((await run(copy)).code, 0);
      result = weights(copy);
    });
    const damage: Record<string, (checkpoint: string) => void> = {
      'whose tensors are cut off': (c) => {
        truncateSync(join(c, 'tensors.safetensors'), 1000);
      },
      'with a flipped byte': (c) => {
        const fd = openSync(join(c, 'tensors.safetensors'), 'r+');
        writeSync(fd, Buffer.from([77]), 0, 1, 5001);
        closeSync(fd);
      },
      'with garbage for a state': (c) => {
        writeFileSync(join(c, 'state.json'), '\u0000\u0001{]');
      },
      'of another version': (c) => {
        writeFileSync(join(c, 'manifest.json'), readFileSync(join(c, 'manifest.json'), 'utf8').replace(/"v":\d+/, '"v":1'));
      },
      'that is empty': (c) => {
        for (const f of readdirSync(c)) rmSync(join(c, f));
      },
    };
    for (const [what, spoil] of Object.entries(damage)) {
      it(`${what}, takes the one before and says so`, async () => {
        const folder = make('sft', kinds.sft);
        cpSync(halfway, folder, { recursive: true });
        rmSync(join(folder, 'events.jsonl'));
        spoil(join(folder, 'checkpoint-14'));
        const { code, stderr } = await run(folder);
        assert.equal(code, 0, stderr);
        assert.equal(eventsOf(folder, 'started')[0]!.resumedFrom, 7);
        assert.match(eventsOf(folder, 'warning')[0]!.message, /^checkpoint-14 cannot be used \(.+\); it is set aside as checkpoint-14\.damaged\. Going back to the one before/);
        assert.ok(weights(folder).equals(result));
        assert.ok(existsSync(join(folder, 'checkpoint-14.damaged')), 'it is kept for whoever wants to look');
      });
    }

    it('only, starts from the beginning and says so', async () => {
      const folder = make('sft', kinds.sft);
      cpSync(halfway, folder, { recursive: true });
      rmSync(join(folder, 'events.jsonl'));
      for (const n of [7, 14]) writeFileSync(join(folder, `checkpoint-${n}`, 'state.json'), '');
      assert.equal((await run(folder)).code, 0);
      assert.equal(eventsOf(folder, 'started')[0]!.resumedFrom, undefined);
      assert.match(eventsOf(folder, 'warning').at(-1)!.message, /no checkpoint is left/);
      assert.ok(weights(folder).equals(result));
    });
  });

  it('refuses a folder that another trainer runs, and leaves it alone', async () => {
    const folder = make('sft', { ...kinds.sft, params: { ...kinds.sft.params, epochs: 200 } });
    const first = start(folder);
    await until(folder, first, (text) => text.includes('"type":"step"'));
    const second = await run(folder);
    assert.equal(second.code, 2);
    assert.match(second.stderr, new RegExp(`is being run by process ${first.child.pid!} since`));
    first.child.kill('SIGTERM');
    assert.equal((await first.ended).code, 3);
    assert.equal(eventsOf(folder, 'started').length, 1);
    assert.equal(eventsOf(folder, 'failed').length, 0);
  });

  it('ends a PPO run that went wrong, says why, and keeps the model of the last checkpoint', async () => {
    const params = { ...kinds.ppo.params, updates: 40, checkpointEvery: 1, maxKl: 0.5, kl: { coef: 0 }, policyOptimizer: { learningRate: 0.03, schedule: 'constant' } };
    const folder = make('ppo', { ...kinds.ppo, params });
    const { code, stderr } = await run(folder);
    assert.equal(code, 2, stderr);
    const failed = events(folder).at(-1)!;
    assert.ok(failed.type === 'failed' && failed.code === 'guard.kl');
    assert.match(failed.message, /^PPO stopped at update \d+: the KL divergence .* The model of step \d+ is kept\.$/);
    assert.ok(weights(folder).length > 1000);
  });

  it('goes on when whoever started it is gone', async () => {
    const folder = make('sft', kinds.sft);
    const script = `const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(resolve('dist/trainer.js'))}, ${JSON.stringify(folder)}], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.once('data', () => process.kill(process.pid, 'SIGKILL'));`;
    const parent = spawnSync(process.execPath, ['-e', script]);
    assert.equal(parent.signal, 'SIGKILL');
    const holder = JSON.parse(readFileSync(join(folder, 'pid'), 'utf8')) as { pid: number };
    while (existsSync(join(folder, 'pid'))) {
      process.kill(holder.pid, 0); // Throws when it is gone and left its file.
      await new Promise((r) => setTimeout(r, 20));
    }
    assert.equal(events(folder).at(-1)!.type, 'finished');
  });

  it('takes a folder over from a process that is gone', async () => {
    const folder = make('sft', { ...kinds.sft, params: { ...kinds.sft.params, maxSteps: 2 } });
    writeFileSync(join(folder, 'pid'), JSON.stringify({ pid: 2 ** 22 + 12345, startedAt: new Date().toISOString() }));
    assert.equal((await run(folder)).code, 0);
  });

  it('cuts off a torn last line of events before it writes more', async () => {
    const folder = make('sft', { ...kinds.sft, params: { ...kinds.sft.params, maxSteps: 2 } });
    writeFileSync(join(folder, 'events.jsonl'), '{"type":"warning","at":"2026-11-22T18:00:00.000Z","message":"before"}\n{"type":"st');
    assert.equal((await run(folder)).code, 0);
    assert.deepEqual(events(folder).slice(0, 2).map((e) => e.type), ['warning', 'started']);
  });

  describe('says what a person can mend', () => {
    const broken: Record<string, { spoil: (folder: string) => void; says: RegExp }> = {
      'a run.json that is no JSON': { spoil: (f) => { writeFileSync(join(f, 'run.json'), '{"v":1,'); }, says: /run\.json is not JSON/ },
      'a run.json with a wrong field': { spoil: (f) => { edit(f, (spec) => (spec['params'] = { batchSize: 0 })); }, says: /run\.json does not describe a run: params\.batchSize/ },
      'a run.json that is missing': { spoil: (f) => { rmSync(join(f, 'run.json')); }, says: /cannot read .*run\.json/ },
      'data of another kind': { spoil: (f) => { writeFileSync(join(f, 'data.jsonl'), '{"prompt":"a","completion":"b"}\n{"prompt":"a"}\n'); }, says: /data\.jsonl:2: not an example of a run of kind sft/ },
      'data that were changed': { spoil: (f) => { edit(f, (spec) => (spec['hashes'] = { data: 'sha256:00' })); }, says: /no longer the file that the run was made with/ },
      'no data': { spoil: (f) => { writeFileSync(join(f, 'data.jsonl'), ''); }, says: /holds no examples/ },
      'a model that is not there': { spoil: (f) => { edit(f, (spec) => (spec['models'] = { base: 'nowhere' })); }, says: /there is no model folder .*nowhere/ },
      'another model than before': { spoil: (f) => { edit(f, (spec) => (spec['hashes'] = { base: 'sha256:00' })); }, says: /no longer the model that the run was made with/ },
      'a run that is finished': { spoil: (f) => { writeFileSync(join(f, 'events.jsonl'), '{"type":"finished","at":"2026-11-22T18:00:00.000Z","step":1,"seconds":1,"outputs":{},"summary":{}}\n'); }, says: /is finished/ },
    };
    for (const [what, { spoil, says }] of Object.entries(broken)) {
      it(what, async () => {
        const folder = make('sft', kinds.sft);
        spoil(folder);
        const { code, stderr } = await run(folder);
        assert.equal(code, 2, stderr);
        assert.match(stderr, says);
        assert.doesNotMatch(stderr, /\n\s+at /);
        const failed = events(folder).at(-1)!;
        assert.ok(failed.type === 'failed' && failed.code !== undefined && says.test(failed.message));
      });
    }

    it('a model without a score head as reward model', async () => {
      const folder = make('ppo', { ...kinds.ppo, models: { policy: 'policy', reward: 'policy' } });
      const { code, stderr } = await run(folder);
      assert.equal(code, 2);
      assert.match(stderr, /is no reward model: it has no tensor score\.weight/);
    });

    it('a folder that is not there', async () => {
      const { code, stderr } = await run(join(workspace.root, 'nothing'));
      assert.equal(code, 2);
      assert.match(stderr, /there is no run folder .*nothing/);
    });
  });
});

function edit(folder: string, change: (spec: Record<string, unknown>) => void): void {
  const path = join(folder, 'run.json');
  const spec = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  change(spec);
  writeFileSync(path, JSON.stringify(spec));
}
