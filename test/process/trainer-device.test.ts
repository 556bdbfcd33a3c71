import assert from 'node:assert/strict';
import { createWorkspace, eventsOf, examples, run, type Workspace } from './trainer-folder';

describe('trainer: the device', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });
  const fields = { models: { base: 'policy' }, params: { maxSteps: 1, batchSize: 4 } };

  it('is chosen by itself when none is named, and the run says which and why', async () => {
    const folder = workspace.run('auto', 'sft', fields, examples.sft);
    const { code, stdout, stderr } = await run(folder);
    assert.equal(code, 0, stderr + stdout);
    const [{ device, plan }] = eventsOf(folder, 'started') as [ReturnType<typeof eventsOf<'started'>>[0]];
    assert.ok(device !== undefined && ['cpu', 'webgpu'].includes(device.provider));
    assert.match(device.why, /^auto: /);
    assert.ok(plan!.endsWith(` Device: ${device.provider} (${device.why}).`), plan);
    assert.ok(stdout.includes(`device: ${device.provider} (auto: `), stdout);
  });

  it('that is named and cannot be had ends the run, with what to do; no other takes its place', async () => {
    // Of these at least one is not for this platform.
    const name = process.platform === 'darwin' ? 'dml' : 'coreml';
    const folder = workspace.run('named', 'sft', { ...fields, device: name }, examples.sft);
    const { code, stderr } = await run(folder);
    assert.equal(code, 2);
    const [failed] = eventsOf(folder, 'failed');
    assert.equal(failed?.code, `device.${name}`);
    assert.match(failed.message, new RegExp(`^The device ${name} cannot be used: ONNX Runtime for \\S+ has no ${name}; it has cpu.*set the device to`));
    assert.ok(stderr.includes(failed.message));
    assert.deepEqual(eventsOf(folder, 'started'), []);
  });
});
