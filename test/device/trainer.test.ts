import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openSafetensors } from '../../src/modelio/safetensors';
import { createWorkspace, eventsOf, examples, run, weights, type Workspace } from '../process/trainer-folder';
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
});
