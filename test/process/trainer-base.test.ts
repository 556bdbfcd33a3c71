import assert from 'node:assert/strict';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAdapterFolder } from '../../src/modelio/adapter-folder';
import { tokenizerConfigJson, tokenizerJson } from '../unit/training/tiny';
import { createWorkspace, eventsOf, examples, run, type Workspace } from './trainer-folder';

/** One chain of runs on a model of bfloat16, whose rows are blocks of 32 but for one matrix. */
describe('trainer process with weights that are not trained in fewer bytes', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  let count = 0;
  let base: string;
  let reward: string;
  const sampling = { temperature: 1, maxNewTokens: 6 };
  const lora = { rank: 2 };
  const ended = async (kind: keyof typeof examples, models: object, params: object): Promise<{ folder: string; code: number | null; stderr: string }> => {
    const folder = workspace.run(`${kind}-${count++}`, kind, { models, params }, examples[kind]);
    return { folder, ...(await run(folder)) };
  };
  const finished = async (kind: keyof typeof examples, models: object, params: object): Promise<string> => {
    const { folder, code, stderr } = await ended(kind, models, params);
    assert.equal(code, 0, stderr);
    return folder;
  };
  const planOf = (folder: string): string => eventsOf(folder, 'started')[0]!.plan!;
  const summaryOf = (folder: string): Record<string, number> => eventsOf(folder, 'finished')[0]!.summary;

  before(async () => {
    workspace = await createWorkspace();
    const llama = join(workspace.root, 'llama');
    cpSync('test/fixtures/models/llama', llama, { recursive: true });
    writeFileSync(join(llama, 'tokenizer.json'), JSON.stringify(tokenizerJson));
    writeFileSync(join(llama, 'tokenizer_config.json'), JSON.stringify(tokenizerConfigJson));
    base = join(await finished('sft', { base: 'llama' }, { batchSize: 8, maxSteps: 2, maxLength: 32, saveAs: 'bfloat16' }), 'model');
  });
  after(() => {
    workspace.remove();
  });

  it('an adapter on 16-bit weights learns as on the same weights in float32', async () => {
    const params = { batchSize: 8, maxSteps: 4, maxLength: 32, lora };
    const [stored, wide] = [await finished('sft', { base }, { ...params, base: 'stored' }), await finished('sft', { base }, { ...params, base: 'float32' })];
    const [a, b] = [await readAdapterFolder(join(stored, 'adapter')), await readAdapterFolder(join(wide, 'adapter'))];
    for (const name of b.tensors.keys()) {
      const [x, y] = [await a.read(name), await b.read(name)];
      x.forEach((v, i) => { assert.ok(Math.abs(v - y[i]!) < 1e-4, `${name}: ${v} and ${y[i]!}`); });
    }
    assert.doesNotMatch(planOf(stored), /rounded/);
  });

  it('reward model on 8 bits: says what rounding does before it begins, and in the summary', async () => {
    reward = await finished('reward', { base }, { batchSize: 8, epochs: 1, maxLength: 32, lora, base: 'int8', saveAs: 'float16' });
    assert.match(planOf(reward), /The base is rounded to int8: along \d+ tokens of 8 texts log-probabilities differ from the unrounded ones by \S+ nats a token on average, \S+ at most, as it generates; \S+ nats/);
    const summary = summaryOf(reward);
    assert.ok(summary['base/training_log_prob_gap']! > 0 && summary['base/training_log_prob_gap']! < 0.05, JSON.stringify(summary));
    assert.ok(summary['base/generation_log_prob_gap_max']! >= summary['base/generation_log_prob_gap']!);
  });

  it('PPO with adapters on 4 bits, and PPO of all weights against a 16-bit reward model', async () => {
    const models = { policy: base, reward: join(reward, 'model') };
    const four = await finished('ppo', models, { updates: 2, batchSize: 8, sampling, lora, base: 'int4' });
    assert.match(planOf(four), /The base is rounded to int4/);
    assert.ok(eventsOf(four, 'step').every((e) => e.metrics['objective/rollout_log_prob_gap']! > 0 && e.metrics['objective/rollout_log_prob_gap']! < 0.1));
    const whole = await finished('ppo', models, { updates: 2, batchSize: 8, sampling, base: 'stored' });
    assert.ok(existsSync(join(whole, 'model', 'model.safetensors')));
    assert.ok(eventsOf(whole, 'step').every((e) => !('objective/rollout_log_prob_gap' in e.metrics)));
  });

  it('answers from 8 bits; from float32 files too', async () => {
    for (const policy of [base, 'llama']) {
      const folder = await finished('generate', { policy }, { n: 2, batchSize: 8, sampling, base: 'int8' });
      assert.match(planOf(folder), /The base is rounded to int8: .* as it generates\./);
      assert.ok(summaryOf(folder)['base/generation_log_prob_gap']! > 0);
    }
  });

  it('weights that are trained are not rounded, and a model without blocks is told', async () => {
    const { code, stderr } = await ended('sft', { base }, { batchSize: 8, maxSteps: 2, maxLength: 32, base: 'int4' });
    assert.equal(code, 2);
    assert.match(stderr, /params\.base is "int4", but all weights are trained.*params\.lora/);
    const narrow = await finished('generate', { policy: 'policy' }, { n: 2, batchSize: 8, sampling, base: 'int4' });
    assert.match(planOf(narrow), /Nothing is rounded to int4/);
  });
});
