import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '../../src/base/rng';
import { hashText } from '../../src/base/hash';
import { ruleConfig } from '../../src/modelio/head-config';
import { writeModelFolder } from '../../src/modelio/write-folder';
import { namedTensors } from '../../src/models/load';
import { initParams } from '../../src/models/model';
import { configJson, tinyModel, tokenizerConfigJson, tokenizerJson } from '../unit/training/tiny';
import { createWorkspace, events, eventsOf, examples, run, start, until, weights, type Workspace } from './trainer-folder';

const program = 'export default ({ prompt, answer, reference }) => (reference === undefined ? 0 : 1) - 0.1 * answer.split(" ").length + (prompt === "" ? 1 : 0);\n';
const optimizer = { learningRate: 0.01, style: 'tensorflow' };
/** All that is optional, in one run. */
const params = {
  ...{ updates: 8, batchSize: 8, miniBatches: 2, epochs: 2, evalEvery: 3, evalPrompts: 4, checkpointEvery: 2, criticWarmup: 1, guard: 'rollback', scoreAt: 'afterEos', missingEos: 'set', whitenRewards: true, whitenScope: 'minibatch', criticInit: 'zero-head' },
  ...{ sampling: { maxNewTokens: 6 }, policyOptimizer: optimizer, valueOptimizer: optimizer, kl: { controller: 'adaptive', lossCoef: 0.05 }, ptx: { coef: 0.2, batchSize: 3 }, rules: { penalty: 0.5, penalties: { rude: 2 } } },
};
const models = { policy: 'policy', reward: 'reward', rule: 'rules', program: 'reward.js' };
const data = [...examples.ppo.map((e, i) => ({ ...e, ...(i % 2 === 0 ? { reference: 'red' } : {}) })), { text: 'one two three' }, { text: 'red green blue', use: 'ptx' }, { prompt: 'say red', completion: 'red red', use: 'ptx' }, { text: 'a b c a b', use: 'ptx' }];

describe('trainer: PPO with everything', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  let count = 0;
  const make = (fields: object = params, use: object = models, of: readonly object[] = data, hashes: object = {}): string => workspace.run(`ppo-${count++}`, 'ppo', { models: use, params: fields, ...{ hashes } }, of);
  before(async () => {
    workspace = await createWorkspace();
    writeFileSync(join(workspace.root, 'reward.js'), program);
    const { tokenizer, config } = tinyModel('score');
    const params = initParams({ ...config, labels: 2 }, 'score', createRng(8));
    await writeModelFolder(join(workspace.root, 'rules'), { config: ruleConfig(configJson, 'float32', { padId: tokenizer.bosId!, names: ['rude', 'false'] }), tensors: namedTensors(params), texts: { 'tokenizer.json': JSON.stringify(tokenizerJson), 'tokenizer_config.json': JSON.stringify(tokenizerConfigJson) } });
  });
  after(() => {
    workspace.remove();
  });

  it('killed with −9 and resumed, ends with the same bytes', async () => {
    const whole = make();
    const { code, stderr } = await run(whole);
    assert.equal(code, 0, stderr);
    const { plan } = eventsOf(whole, 'started')[0]!;
    assert.match(plan!, /against reward and penalties for breaking rude, false and reward\.js for 8 updates/);
    assert.match(plan!, /3 texts in the pretraining mix/);
    assert.match(plan!, /best weights/);
    for (const m of [eventsOf(whole, 'step')[0]!.metrics, eventsOf(whole, 'eval')[0]!.metrics]) {
      assert.ok(m['objective/scores_rule']! < 0 && m['objective/scores_program'] !== undefined && m['objective/scores_preference'] !== undefined);
    }
    assert.ok(eventsOf(whole, 'step').every((e) => e.metrics['loss/ptx']! > 0));
    const folder = make();
    const rng = createRng(process.hrtime.bigint().toString());
    const instants = [0, 1].map(() => ({ step: 1 + rng.int(7), wait: rng.int(12) })).sort((a, b) => a.step - b.step);
    for (const { step, wait } of instants) {
      const process = start(folder);
      await until(folder, process, (text) => text.includes(`"type":"step","step":${step},`) && text.trimEnd().split('\n').some((l) => l.includes('"started"') && l.includes(`"pid":${process.child.pid!}`)));
      await new Promise((r) => setTimeout(r, wait));
      process.child.kill('SIGKILL');
      await process.ended;
    }
    const again = await run(folder);
    assert.equal(again.code, 0, `${again.stderr} after kills at ${JSON.stringify(instants)}`);
    assert.ok(weights(folder).equals(weights(whole)), `other weights after kills at ${JSON.stringify(instants)}`);
  });

  it('goes back to its best weights when a guard trips, and ends in order', async () => {
    const folder = make({ ...params, updates: 40, evalEvery: 1, criticWarmup: 0, maxKl: 0.5, kl: { coef: 0 }, ptx: {}, policyOptimizer: { learningRate: 0.03, schedule: 'constant' } });
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const warning = eventsOf(folder, 'warning').find((w) => w.message.startsWith('PPO stopped'))!;
    const to = Number(/with the weights of step (\d+)/.exec(warning.message)![1]);
    const { summary, step } = eventsOf(folder, 'finished')[0]!;
    assert.equal(summary['guard/rolled_back_to'], to);
    assert.ok(step < 40 && summary['updates'] === step);
    const evals = eventsOf(folder, 'eval');
    assert.ok(Math.abs(evals.at(-1)!.metrics['objective/scores']! - evals.find((e) => e.step === to)!.metrics['objective/scores']!) < 1e-5);
    assert.ok(weights(folder).length > 1000);
  });

  it('ends with the file, line and prompt of a program that fails, and refuses one that was changed', async () => {
    writeFileSync(join(workspace.root, 'bad.js'), 'export default ({ answer }) => {\n  return answer.nothing.length;\n};\n');
    const bad = make({ ...params, updates: 1 }, { ...models, program: 'bad.js' });
    assert.equal((await run(bad)).code, 2);
    const failed = events(bad).at(-1)!;
    assert.ok(failed.type === 'failed' && failed.code === 'ppo.program');
    assert.match(failed.message, /bad\.js, line 2, on the prompt ".+": TypeError/);
    const changed = make(params, models, data, { program: hashText('export default () => 1;') });
    const { stderr } = await run(changed);
    assert.match(stderr, /no longer the program that the run was made with/);
    const rules = make({ ...params, rules: { penalties: { lazy: 1 } } });
    assert.match((await run(rules)).stderr, /names "lazy", which is no rule of rules. It knows: rude, false/);
  });
});
