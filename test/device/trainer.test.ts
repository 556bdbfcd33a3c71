import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openSafetensors } from '../../src/modelio/safetensors';
import { createRng } from '../../src/base/rng';
import { createWorkspace, eventsOf, examples, run, start, until, weights, type Workspace } from '../process/trainer-folder';
import { needSoftware, worst } from './software';

describe('trainer on WebGPU', function () {
  this.timeout(300_000);
  let workspace: Workspace;
  before(async () => {
    needSoftware();
    workspace = await createWorkspace();
  });
  after(() => {
    workspace.remove();
  });

  it('probes, trains, writes checkpoints and the model that the CPU makes', async () => {
    const rows = examples.sft.slice(0, 9);
    const params = { maxSteps: 2, batchSize: 8, checkpointEvery: 1, optimizer: { learningRate: 0.01 } };
    const made: Float32Array[][] = [];
    for (const device of ['cpu', 'webgpu'] as const) {
      const folder = workspace.run(device, 'sft', { models: { base: 'policy' }, params, device }, rows);
      const { code, stdout, stderr } = await run(folder);
      assert.equal(code, 0, stderr + stdout);
      assert.equal(eventsOf(folder, 'started')[0]!.device!.provider, device);
      assert.equal(eventsOf(folder, 'checkpoint').length, 2);
      const checkpoint = await openSafetensors(join(folder, 'checkpoint-2', 'tensors.safetensors'));
      made.push(await Promise.all(['policy.weights', 'policy.adam.m', 'policy.adam.v'].map((name) => checkpoint.read(name))));
      assert.ok(weights(folder).length > 1000);
    }
    made[0]!.forEach((data, i) => { assert.ok(worst(data, made[1]![i]!) <= 1e-4, `tensor ${i}`); });
  });

  const steps = { maxSteps: 3, batchSize: 6, maxLength: 32, checkpointEvery: 1, optimizer: { learningRate: 0.01 } };
  const lora = { rank: 2, targets: 'all-linear' };
  const kinds = {
    sft: { kind: 'sft', models: { base: 'policy' }, params: steps },
    'sft with LoRA': { kind: 'sft', models: { base: 'policy' }, params: { ...steps, lora } },
    reward: { kind: 'reward', models: { base: 'policy' }, params: steps },
    dpo: { kind: 'dpo', models: { policy: 'policy' }, params: steps },
    ppo: { kind: 'ppo', models: { policy: 'policy', reward: 'reward' }, params: { updates: 3, batchSize: 4, miniBatches: 1, epochs: 1, evalPrompts: 2, evalEvery: 2, checkpointEvery: 1, sampling: { maxNewTokens: 4 } } },
  } as const;
  // Shaders are compiled anew for every run: a minute a kind. All of them with PLUMBLINE_RUNS=1.
  for (const [name, { kind, models, params }] of Object.entries(kinds).slice(0, process.env['PLUMBLINE_RUNS'] === undefined ? 1 : undefined)) {
    it(`${name}: killed with −9 and resumed, ends with the same bytes`, async () => {
      const make = (part: string): string => workspace.run(`${name.replaceAll(' ', '-')}-${part}`, kind, { models, params, device: 'webgpu' }, examples[kind]);
      const whole = make('whole');
      const { code, stderr } = await run(whole);
      assert.equal(code, 0, stderr);
      const killed = make('killed');
      const rng = createRng(process.hrtime.bigint().toString());
      const [step, wait] = [1 + rng.int(2), rng.int(400)];
      const first = start(killed);
      await until(killed, first, (text) => text.includes(`"type":"step","step":${step},`));
      await new Promise((r) => setTimeout(r, wait));
      first.child.kill('SIGKILL');
      await first.ended;
      const again = await run(killed);
      assert.equal(again.code, 0, again.stderr);
      assert.equal(eventsOf(killed, 'started').length, 2);
      assert.ok(weights(killed).equals(weights(whole)), `other weights after a kill ${wait} ms behind step ${step}`);
    });
  }
});
