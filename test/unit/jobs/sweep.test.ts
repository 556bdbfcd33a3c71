import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { UserError } from '../../../src/base/errors';
import { parsePipeline, parseSweep } from '../../../src/jobs/pipeline';
import { planAny } from '../../../src/jobs/plan-any';
import { runsOfSweep } from '../../../src/jobs/sweep';
import { sweepSchema } from '../../../src/protocol/many-runs';
import { madeAnswers, madeLabels, madeWorkspace } from './made';

const sweep = (fields: object) => sweepSchema.parse({ v: 1, run: 'ppo', ...fields });
const fault = (text: object | string) => {
  try {
    parsePipeline(typeof text === 'string' ? text : JSON.stringify(text), 'a.pipeline.json');
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return undefined;
};

describe('jobs/sweep', () => {
  it('makes every combination of the grid with every seed, named after what differs', () => {
    const runs = runsOfSweep(sweep({ params: { updates: 3, kl: { controller: 'fixed' } }, grid: { 'kl.coef': [0.1, 0.2], batchSize: [8, 16] }, seeds: 2, seed: 5 }));
    assert.equal(runs.length, 8);
    assert.deepEqual(runs[0]!.params, { updates: 3, kl: { controller: 'fixed', coef: 0.1 }, batchSize: 8 });
    assert.deepEqual(runs.map((r) => r.name), [8, 16].flatMap((b) => [`ppo kl.coef=0.1 batchSize=${b} seed 5`, `ppo kl.coef=0.1 batchSize=${b} seed 6`]).concat([8, 16].flatMap((b) => [`ppo kl.coef=0.2 batchSize=${b} seed 5`, `ppo kl.coef=0.2 batchSize=${b} seed 6`])));
    assert.deepEqual(runs.map((r) => r.seed), [5, 6, 5, 6, 5, 6, 5, 6]);
  });

  it('takes a list as it is, and seeds by name', () => {
    assert.deepEqual(runsOfSweep(sweep({ list: [{ updates: 3 }, { updates: 4, 'kl.coef': 1 }], seeds: [7] })).map((r) => [r.params, r.seed]), [[{ updates: 3 }, 7], [{ updates: 4, kl: { coef: 1 } }, 7]]);
    assert.equal(runsOfSweep(sweep({ seeds: 3 })).length, 3);
  });

  it('refuses what it cannot do, by name', () => {
    assert.throws(() => runsOfSweep(sweep({ grid: { a: [1] }, list: [{}] })), /not both/);
    assert.throws(() => runsOfSweep(sweep({ grid: { a: Array.from({ length: 60 }, (_, i) => i) }, seeds: 5 })), /makes 300 runs \(60 settings with 5 seeds\); 200 are the most/);
    assert.throws(() => runsOfSweep(sweep({ grid: { '__proto__.x': [1] } })), /is no parameter/);
    assert.throws(() => parseSweep('{"v":1,"run":"ppo","girds":{}}', 'a.sweep.json'), (e) => e instanceof UserError && e.message.startsWith('a.sweep.json: the file: '));
  });
});

describe('jobs/pipeline files', () => {
  it('are told what is wrong, with file, place and cure', () => {
    assert.match(fault('{')!, /^a\.pipeline\.json is not JSON/);
    assert.match(fault({ v: 1, stages: [{ id: 'a', run: 'dance' }] })!, /^a\.pipeline\.json: stages\.0\.run: /);
    assert.match(fault({ v: 1, stages: [{ id: 'a', run: 'sft' }, { id: 'a', run: 'sft' }] })!, /two stages are called "a"/);
    assert.match(fault({ v: 1, stages: [{ id: 'a', run: 'sft' }, { id: 'b', run: 'ppo', models: { policy: '@c' } }] })!, /"b" takes @c as its policy, but there is no stage "c"\. Before it are @a\./);
    assert.match(fault({ v: 1, stages: [{ id: 'a', run: 'reward', models: { base: '@b' } }, { id: 'b', run: 'sft' }] })!, /which does not come before it/);
    assert.equal(fault({ v: 1, stages: [{ id: 'a', run: 'sft' }, { id: 'b', run: 'ppo', models: { policy: '@a' } }] }), undefined);
  });
});

describe('jobs/plan-any', () => {
  it('plans by kind, with the roles and parameters of that kind alone', async () => {
    const workspace = await madeWorkspace();
    try {
      await madeLabels(workspace, 'anna', await madeAnswers(workspace, 10));
      const context = { workspace, runs: [] };
      const { plan } = await planAny(context, { run: 'reward', models: { base: 'tiny' }, params: { epochs: 2 }, seed: 4, name: 'r' });
      assert.deepEqual([plan.run.kind, plan.run.seed, plan.run.name, (plan.run.params as { epochs: number }).epochs], ['reward', 4, 'r', 2]);
      assert.equal((await planAny(context, { run: 'generate', models: {}, params: {}, prompts: { limit: 3 } })).plan.data.length, 3);
      await assert.rejects(planAny(context, { run: 'reward', models: { policy: 'tiny' }, params: {} }), /A reward run has no model "policy"; there are base/);
      await assert.rejects(planAny(context, { run: 'reward', models: {}, params: {}, prompts: { limit: 3 } }), /takes no prompts/);
      await assert.rejects(planAny(context, { run: 'ppo', models: {}, params: {}, from: 'chosen' }), /"from" is for sft/);
      await assert.rejects(planAny(context, { run: 'reward', models: {}, params: { epochs: -1 } }), /The parameter epochs cannot be -1/);
    } finally {
      rmSync(workspace.root, { recursive: true, force: true });
    }
  });
});
