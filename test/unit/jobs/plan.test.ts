import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors';
import { promptRecord } from '../../../src/domain/content';
import { mergeParams } from '../../../src/jobs/plan';
import { planEvaluate } from '../../../src/jobs/plan-evaluate';
import { planGenerate } from '../../../src/jobs/plan-generate';
import { planPpo } from '../../../src/jobs/plan-ppo';
import { planReward } from '../../../src/jobs/plan-reward';
import { planSft } from '../../../src/jobs/plan-sft';
import { ppoParamsSchema } from '../../../src/protocol/run';
import { writeSet } from '../../../src/store/data-files';
import type { Workspace } from '../../../src/store/workspace';
import { madeAnswers, madeLabels, madeRun, madeWorkspace } from './made';
import { commands } from '../../../src/extension/contributions';

function fails(code: string, says: RegExp, command?: string) {
  return (e: unknown): boolean => {
    assert.ok(e instanceof UserError, String(e));
    assert.equal(e.code, code);
    assert.match(e.message, says);
    if (command !== undefined) {
      assert.equal(e.action?.command, command);
      assert.ok(Object.values<string>(commands).includes(command), `${command} is no command of the extension`);
    }
    return true;
  };
}

describe('jobs/plan', () => {
  let workspace: Workspace;
  const context = () => ({ workspace, runs: [] });
  beforeEach(async () => {
    workspace = await madeWorkspace();
  });
  afterEach(() => {
    rmSync(workspace.root, { recursive: true, force: true });
  });

  it('says what is missing and which command cures it', async () => {
    await assert.rejects(planGenerate(context()), fails('jobs.no-prompts', /import some first/, 'plumbline.import'));
    await assert.rejects(planReward(context()), fails('jobs.no-labels', /generate some first/, 'plumbline.generate'));
    const generations = await madeAnswers(workspace, 5);
    await assert.rejects(planReward(context()), fails('jobs.no-labels', /rank some answers first \(Plumbline: Label Answers\)/, 'plumbline.rank'));
    await assert.rejects(planPpo(context()), fails('jobs.no-reward-model', /train one first/, 'plumbline.trainReward'));
    await assert.rejects(planSft(context(), { from: 'chosen' }), fails('jobs.no-labels', /rank some answers/, 'plumbline.rank'));
    await assert.rejects(planSft(context(), { from: 'reference' }), fails('jobs.no-references', /"reference"/, 'plumbline.import'));
    await assert.rejects(planSft(context(), { from: { file: 'none.jsonl' } }), fails('jobs.sft-file', /none\.jsonl/));
    await madeLabels(workspace, 'anna', generations, { verdict: 'all_bad' });
    await assert.rejects(planReward(context()), fails('jobs.no-comparisons', /5 all bad/, 'plumbline.rank'));
    await assert.rejects(planGenerate(context(), { prompts: { sets: ['other'] } }), fails('jobs.no-prompt-set', /There are: asked/));
    await assert.rejects(planGenerate(context(), { policy: 'big' }), fails('jobs.unknown-model', /"big".*There are: tiny/));
    writeFileSync(join(workspace.folder, 'project.json'), '{"v":1}');
    await assert.rejects(planGenerate(context()), fails('jobs.no-model', /project\.json/, 'plumbline.setup'));
  });

  it('tells a person when only held-out prompts were judged', async () => {
    const generations = await madeAnswers(workspace, 10);
    await madeLabels(workspace, 'anna', [generations[4]!, generations[9]!]);
    await assert.rejects(planReward(context()), fails('jobs.no-comparisons', /held out/));
  });

  it('freezes prompts for generation, each once, with the model\'s hash', async () => {
    await madeAnswers(workspace, 10);
    await writeSet(workspace, 'prompts', 'again', [promptRecord('Question 3?'), promptRecord([{ role: 'user', content: 'Hello' }])]);
    const { plan, says } = await planGenerate(context(), { seed: 3, params: { n: 6, sampling: { temperature: 0.7 } } });
    assert.equal(plan.data.length, 11);
    assert.equal(new Set(plan.data.map((d) => d.promptHash)).size, 11);
    assert.deepEqual(plan.data.filter((d) => typeof d.prompt !== 'string').map((d) => d.prompt), [[{ role: 'user', content: 'Hello' }]]);
    assert.deepEqual(plan.run.models, { policy: 'models/tiny' });
    assert.match(plan.run.hashes?.['policy'] ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.equal(plan.run.seed, 3);
    assert.deepEqual(plan.run.params, { n: 6, batchSize: 32, sampling: { temperature: 0.7, topK: 0, topP: 1, maxNewTokens: 48 }, base: 'auto' });
    assert.equal(says, '11 prompts × 6 answers by tiny.');
    const few = (seed: number) => planGenerate(context(), { seed, prompts: { sets: ['asked'], split: 'train', limit: 4 } }).then((p) => p.plan.data.map((d) => d.prompt));
    assert.equal((await few(1)).length, 4);
    assert.deepEqual(await few(1), await few(1));
    assert.notDeepEqual(await few(1), await few(2));
  });

  it('freezes comparisons of admitted labelers, split by prompt', async () => {
    writeFileSync(join(workspace.folder, 'project.json'), JSON.stringify({ v: 1, models: { tiny: { path: 'models/tiny' } }, labelers: [{ id: 'ben', admitted: false }, { id: 'carla', weight: 2 }], defaults: { reward: { batchSize: 4 } } }));
    const generations = await madeAnswers(workspace, 10);
    await madeLabels(workspace, 'anna', generations);
    await madeLabels(workspace, 'ben', generations);
    await madeLabels(workspace, 'carla', generations.slice(0, 2), { verdict: 'tie' });
    await madeLabels(workspace, 'carla', generations.slice(2, 3), { verdict: 'skipped' });
    const { plan, says } = await planReward(context(), { params: { optimizer: { learningRate: 3e-4 } } });
    assert.equal(plan.data.length, 10);
    assert.deepEqual(new Set(plan.data.map((e) => e.split)), new Set(['train', 'test']));
    assert.equal(plan.data.filter((e) => e.split === 'test').length, 2);
    const labelers = new Set(plan.data.flatMap((e) => e.pairs.map((p) => p.labeler)));
    assert.deepEqual(labelers, new Set(['anna', 'carla']));
    for (const example of plan.data) {
      for (const p of example.pairs) {
        assert.equal(p.p === 0.5, p.labeler === 'carla');
        // The longer answer is the better one.
        if (p.p === 1) assert.ok(example.responses[p.i]!.length > example.responses[p.j]!.length);
      }
      const weight = example.pairs.filter((p) => p.labeler === 'carla').reduce((n, p) => n + p.weight, 0);
      assert.ok(weight === 0 || Math.abs(weight - 2) < 1e-12);
    }
    assert.equal(plan.run.params.batchSize, 4);
    assert.equal(plan.run.params.optimizer?.learningRate, 3e-4);
    assert.equal(says, '36 comparisons (6 ties) of 10 prompts by 2 labelers: 8 to train on, 2 held out. Left out: 1 label without an order (all bad 0, unsure 0, skipped 1), 10 labels of labelers who are not admitted.');
  });

  it('takes the last reward run for PPO, and writes down where it comes from', async () => {
    const generations = await madeAnswers(workspace, 10);
    await madeLabels(workspace, 'anna', generations);
    const { plan: rewardPlan } = await planReward(context());
    const finished = { type: 'finished', step: 1, seconds: 1, outputs: { model: 'model' }, summary: {} } as const;
    const reward = await madeRun(workspace, rewardPlan, [{ type: 'started', pid: 1, total: 1 }, finished]);
    const { plan, says } = await planPpo({ workspace, runs: [reward] }, { params: { updates: 7 } });
    assert.deepEqual(plan.run.models, { policy: 'models/tiny', reward: `.plumbline/runs/${reward.id}/model` });
    assert.deepEqual(plan.run.parents, { reward: reward.id });
    assert.deepEqual(plan.data.map((d) => ('split' in d ? d.split : 'text')).sort(), [...Array<string>(2).fill('test'), ...Array<string>(8).fill('train')]);
    assert.match(says, /^7 updates of 64 answers, 8 prompts to tune on and 2 held out; tiny against reward model\. No plain texts to measure the alignment tax on: name a file as "evaluation\.texts" in project\.json\.$/);
    await assert.rejects(planPpo({ workspace, runs: [reward] }, { prompts: { split: 'test' } }), fails('jobs.no-prompts', /held out/));

    const ppo = await madeRun(workspace, plan, [{ type: 'started', pid: 1, total: 7 }, finished]);
    const runs = [reward, ppo];
    writeFileSync(join(workspace.root, 'plain.txt'), 'One sentence.\n\nAnother one.\r\n');
    const taxed = await planPpo({ workspace, runs: [reward] }, { texts: 'plain.txt' });
    assert.deepEqual(taxed.plan.data.filter((d) => 'text' in d), [{ text: 'One sentence.', use: 'tax' }, { text: 'Another one.', use: 'tax' }]);
    assert.match(taxed.says, /Perplexity of 2 plain texts before and after\.$/);
    const { plan: measured } = await planEvaluate({ workspace, runs }, { texts: 'plain.txt' });
    assert.deepEqual(measured.run.models, { policy: `.plumbline/runs/${ppo.id}/model`, reference: 'models/tiny', reward: `.plumbline/runs/${reward.id}/model` });
    assert.deepEqual(Object.keys(measured.run.hashes ?? {}).sort(), ['policy', 'reference', 'reward']);
    assert.equal(measured.data.filter((d) => 'prompt' in d).length, 2);
    assert.deepEqual(measured.data.filter((d) => 'text' in d), [{ text: 'One sentence.' }, { text: 'Another one.' }]);
    const { plan: start } = await planEvaluate({ workspace, runs }, { policy: 'tiny' });
    assert.equal(start.run.models.reference, undefined);
    const { plan: bare } = await planEvaluate({ workspace, runs }, { reference: 'none', reward: 'none' });
    assert.deepEqual(Object.keys(bare.run.models), ['policy']);
  });

  it('learns from a file, from references, and from the best answers', async () => {
    const generations = await madeAnswers(workspace, 10);
    await madeLabels(workspace, 'anna', generations);
    const chosen = await planSft(context(), { from: 'chosen' });
    assert.equal(chosen.plan.data.length, 10);
    assert.ok(chosen.plan.data.every((d) => 'completion' in d && d.completion.startsWith('Yes, by all means.') && d.labels?.length === 1));
    assert.equal(chosen.plan.data.filter((d) => d.split === 'test').length, 2);

    await writeSet(workspace, 'prompts', 'good', [promptRecord('What?', { reference: 'That.', split: 'train' })]);
    assert.deepEqual((await planSft(context(), { from: 'reference' })).plan.data, [{ prompt: 'What?', completion: 'That.', split: 'train' }]);

    const lines = [
      { prompt: 'a', completion: 'A', split: 'train' },
      { prompt: [{ role: 'user', content: 'b' }], completion: [{ role: 'assistant', content: 'B' }] },
      { messages: [{ role: 'user', content: 'c' }, { role: 'assistant', content: 'C' }] },
      { text: 'plain' },
      { prompt: 'Question 4?', completion: 'held out in the workspace' },
      { prompt: 'no answer' },
    ];
    writeFileSync(join(workspace.root, 'sft.jsonl'), `${lines.map((l) => JSON.stringify(l)).join('\n')}\n{"torn`);
    const file = await planSft(context(), { from: { file: 'sft.jsonl' } });
    assert.deepEqual(file.plan.data.map(({ split: _, ...d }) => d), [
      { prompt: 'a', completion: 'A' },
      { prompt: [{ role: 'user', content: 'b' }], completion: 'B' },
      { prompt: [{ role: 'user', content: 'c' }], completion: 'C' },
      { text: 'plain' },
      { prompt: 'Question 4?', completion: 'held out in the workspace' },
    ]);
    assert.deepEqual([file.plan.data[0]!.split, file.plan.data[4]!.split], ['train', 'test']);
    assert.deepEqual(file.problems.map((p) => p.line).sort(), [6, 7]);
  });

  it('merges parameters field by field and names the one that is wrong', () => {
    const merged = mergeParams(ppoParamsSchema, { kl: { coef: 0.2 }, updates: 9 }, { kl: { controller: 'adaptive' }, policyOptimizer: { learningRate: 1e-3 } });
    assert.equal(merged.kl.coef, 0.2);
    assert.equal(merged.kl.controller, 'adaptive');
    assert.equal(merged.updates, 9);
    assert.deepEqual([merged.policyOptimizer.learningRate, merged.policyOptimizer.beta2], [1e-3, 0.999]);
    assert.throws(() => mergeParams(ppoParamsSchema, {}, { kl: { coef: -1 } }), fails('jobs.params', /kl\.coef cannot be -1/));
    assert.equal(merged.lora, undefined);
    assert.deepEqual(mergeParams(ppoParamsSchema, {}, { lora: { rank: 4 } }).lora, { rank: 4, alpha: 32, targets: 'all-linear', rsLora: false, dropout: 0, bias: 'none', dora: false });
    assert.throws(() => mergeParams(ppoParamsSchema, {}, { lora: { dropout: 0.1 } }), fails('jobs.params', /lora\.dropout cannot be 0\.1: dropout is not supported; supported: 0/));
    assert.throws(() => mergeParams(ppoParamsSchema, {}, { lora: { bias: 'all' } }), fails('jobs.params', /lora\.bias cannot be "all": trained biases are not supported; supported: "none"/));
    assert.throws(() => mergeParams(ppoParamsSchema, {}, { lora: { dora: true } }), fails('jobs.params', /lora\.dora cannot be true: DoRA is not supported/));
    assert.throws(() => mergeParams(ppoParamsSchema, {}, { lora: { r: 4 } }), fails('jobs.params', /Unrecognized key: "r"/));
    assert.throws(() => mergeParams(ppoParamsSchema, {}, { kl: { coeff: 0.1 } }), fails('jobs.params', /There is no parameter kl\.coeff; there are .*kl\.coef,/));
    assert.throws(() => mergeParams(ppoParamsSchema, {}, { update: 3 }), fails('jobs.params', /There is no parameter update; there are .*updates,/));
    assert.throws(() => mergeParams(ppoParamsSchema, {}, { updates: 'many' }), fails('jobs.params', /updates cannot be "many"/));
  });
});
