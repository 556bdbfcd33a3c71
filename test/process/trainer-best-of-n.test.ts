import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWorkspace, eventsOf, examples, run, start, until, weights, type Workspace } from './trainer-folder';

const optimizer = { learningRate: 0.01 };
const fields = {
  models: { policy: 'policy', reward: 'reward' },
  params: { n: 4, rounds: 2, batchSize: 16, sampling: { maxNewTokens: 6 }, fit: { epochs: 2, batchSize: 4, optimizer }, evalPrompts: 4, checkpointEvery: 3 },
};

describe('trainer, best of n', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });
  const control = (folder: string): Buffer => readFileSync(join(folder, 'control', 'model', 'model.safetensors'));
  const answers = (folder: string): string => readFileSync(join(folder, 'answers.jsonl'), 'utf8');

  it('trains the model and its control; killed, stopped and resumed, it ends with the same bytes and draws nothing twice', async () => {
    const whole = workspace.run('whole', 'bestOfN', fields, examples.bestOfN);
    const { code, stderr } = await run(whole);
    assert.equal(code, 0, stderr);
    const [end] = eventsOf(whole, 'finished');
    assert.deepEqual(end!.outputs, { model: 'model', control: 'control/model', answers: 'answers.jsonl' });
    assert.ok(Object.values(end!.summary).every(Number.isFinite));
    assert.equal(end!.summary['examples'], 20);
    assert.ok(!weights(whole).equals(control(whole)));
    assert.equal(answers(whole).trimEnd().split('\n').length, 2 * 20 * 4 + 20 + 3 * 4 * 2);

    const folder = workspace.run('again', 'bestOfN', fields, examples.bestOfN);
    const { total } = eventsOf(whole, 'started')[0]!;
    for (const step of [2, Math.floor(total / 2)]) {
      const killed = start(folder);
      await until(folder, killed, (text) => text.includes(`"type":"step","step":${step},`));
      killed.child.kill('SIGKILL');
      await killed.ended;
    }
    const stopped = start(folder);
    await until(folder, stopped, (text) => text.includes(`"type":"step","step":${Math.floor(total / 2) + 4},`));
    writeFileSync(join(folder, 'stop'), '');
    assert.ok([0, 3].includes((await stopped.ended).code!));
    if (eventsOf(folder, 'finished').length === 0) assert.equal((await run(folder)).code, 0);
    assert.ok(weights(folder).equals(weights(whole)));
    assert.ok(control(folder).equals(control(whole)));
    assert.equal(answers(folder), answers(whole));
    assert.deepEqual(eventsOf(folder, 'finished')[0]!.summary, end!.summary);
  });

  it('trains adapters', async () => {
    const folder = workspace.run('lora', 'bestOfN', { ...fields, params: { ...fields.params, rounds: 1, lora: { rank: 2, alpha: 4 } } }, examples.bestOfN);
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const [end] = eventsOf(folder, 'finished');
    assert.deepEqual(end!.outputs, { model: 'model', adapter: 'adapter', control: 'control/model', answers: 'answers.jsonl' });
    assert.ok(existsSync(join(folder, 'control', 'adapter', 'adapter_model.safetensors')));
    assert.ok(end!.summary['objective/exact_kl/after']! > 0 && !weights(folder).equals(control(folder)));
  });
});
