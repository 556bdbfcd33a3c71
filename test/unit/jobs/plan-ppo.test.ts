import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors';
import { hashText } from '../../../src/base/hash';
import { promptRecord } from '../../../src/domain/content';
import { createRunFolder } from '../../../src/jobs/create';
import { planPpo, type PpoOptions } from '../../../src/jobs/plan-ppo';
import { ppoParams } from '../../../src/jobs/ppo-params';
import { exampleSchemas } from '../../../src/protocol/data';
import { ppoPresetNames, ppoPresets } from '../../../src/protocol/ppo-presets';
import { ppoParamsSchema, runSchema } from '../../../src/protocol/run';
import { writeSet } from '../../../src/store/data-files';
import type { Workspace } from '../../../src/store/workspace';
import { madeAnswers, madeModel, madeWorkspace } from './made';

const fails = (code: string, says: RegExp) => (e: unknown): boolean => e instanceof UserError && e.code === code && says.test(e.message);

describe('jobs/ppo-params', () => {
  it('has presets that are whole runs, with the numbers of their sources', () => {
    for (const preset of ppoPresetNames) {
      const params = ppoParams(undefined, { preset });
      assert.deepEqual(ppoParamsSchema.parse(params), params, preset);
      // Nothing in a preset is lost because it is misspelt.
      for (const [key, value] of Object.entries(ppoPresets[preset])) assert.deepEqual(params[key as keyof typeof params], typeof value === 'object' ? { ...(params[key as keyof typeof params] as object), ...(value as object) } : value, `${preset}.${key}`);
      assert.deepEqual([params.clipRange, params.valueClipRange, params.valueCoef, params.gamma, params.lambda], [0.2, 0.2, 0.1, 1, 0.95]);
    }
    const { lhp, nplus, trl, instructgpt } = Object.fromEntries(ppoPresetNames.map((preset) => [preset, ppoParams(undefined, { preset })]));
    assert.deepEqual([lhp!.kl.controller, lhp!.kl.coef, lhp!.kl.target, lhp!.policyOptimizer.style, lhp!.policyOptimizer.eps, lhp!.whitenScope, lhp!.criticInit], ['adaptive', 0.15, 6, 'tensorflow', 1e-5, 'minibatch', 'zero-head']);
    assert.deepEqual([nplus!.scoreAt, nplus!.missingEos, nplus!.sampling.temperature, nplus!.epochs, nplus!.policyOptimizer.maxGradNorm], ['afterEos', 'set', 0.7, 4, 0]);
    assert.deepEqual([trl!.scoreAt, trl!.missingEos, trl!.whitenVariance, trl!.policyOptimizer.eps], ['afterEos', 'subtract', 'unbiased', 1e-8]);
    assert.deepEqual([instructgpt!.ptx.coef, instructgpt!.kl.coef, instructgpt!.sampling.temperature, instructgpt!.miniBatches, instructgpt!.sampling.maxNewTokens, instructgpt!.policyOptimizer.learningRate], [27.8, 0.02, 1, 8, 1024, 8.05e-6]);
  });

  it('lets what is said beside a preset stand', () => {
    const given = ppoParams(undefined, { preset: 'nplus', batchSize: 16, kl: { coef: 0.3 }, policyOptimizer: { learningRate: 1e-3 } });
    assert.deepEqual([given.batchSize, given.kl.coef, given.policyOptimizer.learningRate, given.policyOptimizer.eps, given.epochs], [16, 0.3, 1e-3, 1e-5, 4]);
    // A caller's preset is above the project's parameters; the project's own preset is below them.
    const project = ppoParamsSchema.parse({ epochs: 3, kl: { coef: 0.4 } });
    assert.equal(ppoParams(project, { preset: 'trl' }).epochs, 4);
    const named = ppoParams(ppoParamsSchema.parse({ preset: 'trl', epochs: 3, kl: { coef: 0.4 } }), { batchSize: 8 });
    assert.deepEqual([named.epochs, named.kl.coef, named.batchSize, named.scoreAt, named.preset], [3, 0.4, 8, 'afterEos', 'trl']);
    assert.equal(ppoParams(project, {}).epochs, 3);
    assert.throws(() => ppoParams(undefined, { preset: 'gpt5' }), fails('jobs.params', /preset cannot be "gpt5"/));
  });

  it('reads parameters and data of before', () => {
    const old = { updates: 3, kl: { coef: 0.1, controller: 'fixed', target: 6, horizon: 10000 }, missingEosPenalty: 1 };
    const params = ppoParamsSchema.parse(old);
    assert.deepEqual([params.scoreAt, params.missingEos, params.guard, params.ptx.coef, params.criticWarmup, params.whitenScope], ['last', 'subtract', 'stop', 0, 0, 'batch']);
    assert.deepEqual(exampleSchemas.ppo.parse({ text: 'a' }), { text: 'a', use: 'tax' });
    assert.deepEqual(exampleSchemas.ppo.parse({ prompt: 'a', split: 'test' }), { prompt: 'a', split: 'test' });
    assert.deepEqual(exampleSchemas.ppo.parse({ prompt: 'a', completion: 'b', use: 'ptx' }), { prompt: 'a', completion: 'b', use: 'ptx' });
  });
});

describe('jobs/plan-ppo', () => {
  let workspace: Workspace;
  const plan = (options: PpoOptions) => planPpo({ workspace, runs: [] }, { reward: 'models/reward', ...options });
  beforeEach(async () => {
    workspace = await madeWorkspace();
    await madeAnswers(workspace, 10);
    madeModel(join(workspace.root, 'models', 'reward'), 'r');
  });
  afterEach(() => {
    rmSync(workspace.root, { recursive: true, force: true });
  });

  it('freezes the pretraining mix apart from what is measured', async () => {
    writeFileSync(join(workspace.root, 'plain.txt'), Array.from({ length: 40 }, (_, i) => `Text ${i}.`).join('\n'));
    writeFileSync(join(workspace.root, 'mix.jsonl'), '{"text":"Learn me."}\n{"prompt":"Ask","completion":"Answer"}\n{"x":1}\n');
    const ptx = { ptx: { coef: 0.5 } };
    const texts = (data: readonly object[]) => ({ tax: data.filter((d) => 'use' in d && d.use === 'tax').length, ptx: data.filter((d) => 'use' in d && d.use === 'ptx') });
    const both = texts((await plan({ params: ptx, texts: 'plain.txt' })).plan.data);
    assert.ok(both.tax > 0 && both.ptx.length > both.tax && both.tax + both.ptx.length === 40, `${both.tax} ${both.ptx.length}`);
    const apart = await plan({ params: ptx, texts: 'plain.txt', ptx: 'mix.jsonl' });
    assert.equal(texts(apart.plan.data).tax, 40);
    assert.ok(texts(apart.plan.data).ptx.some((d) => 'completion' in d) || texts(apart.plan.data).ptx.some((d) => 'text' in d));
    assert.match(apart.problems.map((p) => p.message).join(), /not \{"prompt", "completion"\}/);
    assert.match(apart.says, /texts? in the pretraining mix/);
    assert.equal(texts((await plan({ texts: 'plain.txt', ptx: 'mix.jsonl' })).plan.data).ptx.length, 0);
    await assert.rejects(plan({ params: ptx }), fails('jobs.ptx', /name a file with --ptx/));
  });

  it('names rule model and program by path and hash, and freezes what the program is shown', async () => {
    const source = 'export default () => 1;\n';
    writeFileSync(join(workspace.root, 'reward.js'), source);
    await writeSet(workspace, 'prompts', 'more', [promptRecord('With a reference?', { reference: 'Yes.', tags: ['t'], split: 'train' })]);
    const { plan: made, says } = await plan({ program: 'reward.js', rule: 'models/reward', seedGroup: 'g' });
    assert.deepEqual(made.run.models, { policy: 'models/tiny', reward: 'models/reward', rule: 'models/reward', program: 'reward.js' });
    assert.equal(made.run.hashes?.['program'], hashText(source));
    assert.equal(made.run.hashes['rule'], made.run.hashes['reward']);
    assert.ok(made.data.some((d) => 'reference' in d && d.reference === 'Yes.' && d.tags?.[0] === 't'));
    assert.match(says, /against reward and the rules of reward and reward\.js/);
    const { folder } = await createRunFolder(join(workspace.folder, 'runs'), made);
    assert.equal(runSchema.parse(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))).seedGroup, 'g');
    assert.ok(!(await plan({})).plan.data.some((d) => 'reference' in d));
    await assert.rejects(plan({ program: 'none.js' }), fails('jobs.program', /none\.js cannot be read/));
    const outside = join(tmpdir(), `outside-${process.pid}.js`);
    writeFileSync(outside, source);
    await assert.rejects(plan({ program: outside }), fails('jobs.program', /outside of the workspace/));
    rmSync(outside);
  });
});
