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

  const steps = { maxSteps: 3, batchSize: 6, maxLength: 32, checkpointEvery: 1, optimizer: { learningRate: 0.01 } };
  const lora = { rank: 2, targets: 'all-linear' };
  const kinds = {
    sft: { kind: 'sft', models: { base: 'policy' }, params: steps },
    'sft with LoRA': { kind: 'sft', models: { base: 'policy' }, params: { ...steps, lora } },
    reward: { kind: 'reward', models: { base: 'policy' }, params: steps },
    dpo: { kind: 'dpo', models: { policy: 'policy' }, params: steps },
    ppo: { kind: 'ppo', models: { policy: 'policy', reward: 'reward' }, params: { updates: 3, batchSize: 4, miniBatches: 1, epochs: 1, evalPrompts: 2, evalEvery: 2, checkpointEvery: 1, sampling: { maxNewTokens: 4 } } },
  } as const;
  type Name = keyof typeof kinds;
  const make = (name: Name, part: string, device: 'cpu' | 'webgpu' = 'webgpu'): string => {
    const { kind, models, params } = kinds[name];
    return workspace.run(`${name.replaceAll(' ', '-')}-${part}`, kind, { models, params, device }, examples[kind]);
  };
  const whole = new Map<Name, string>();
  /** The folder of a run that nobody has disturbed. */
  const undisturbed = async (name: Name): Promise<string> => {
    const folder = whole.get(name) ?? make(name, 'whole');
    if (whole.has(name)) return folder;
    const { code, stdout, stderr } = await run(folder);
    assert.equal(code, 0, stderr + stdout);
    whole.set(name, folder);
    return folder;
  };

  it('probes, trains, writes checkpoints and the model that the CPU makes', async () => {
    const cpu = make('sft', 'cpu', 'cpu');
    assert.equal((await run(cpu)).code, 0);
    const made: Float32Array[][] = [];
    for (const [device, folder] of [['cpu', cpu], ['webgpu', await undisturbed('sft')]] as const) {
      assert.equal(eventsOf(folder, 'started')[0]!.device!.provider, device);
      assert.equal(eventsOf(folder, 'checkpoint').length, 3);
      const checkpoint = await openSafetensors(join(folder, 'checkpoint-3', 'tensors.safetensors'));
      made.push(await Promise.all(['policy.weights', 'policy.adam.m', 'policy.adam.v'].map((name) => checkpoint.read(name))));
      assert.ok(weights(folder).length > 1000);
    }
    made[0]!.forEach((data, i) => { assert.ok(worst(data, made[1]![i]!) <= 1e-4, `tensor ${i}`); });
  });

  // Shaders are compiled anew for every run: a minute a kind. All of them with PLUMBLINE_RUNS=1.
  for (const name of (Object.keys(kinds) as Name[]).slice(0, process.env['PLUMBLINE_RUNS'] === undefined ? 1 : undefined)) {
    it(`${name}: killed with −9 and resumed, ends with the same bytes`, async () => {
      const expected = weights(await undisturbed(name));
      const killed = make(name, 'killed');
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
      assert.ok(weights(killed).equals(expected), `other weights after a kill ${wait} ms behind step ${step}`);
    });
  }
});
