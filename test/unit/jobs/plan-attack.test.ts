import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { UserError } from '../../../src/base/errors';
import { promptRecord } from '../../../src/domain/content';
import { readyRules } from '../../../src/domain/red-team/rules';
import { bundledSeeds } from '../../../src/domain/red-team/seeds';
import { createRunFolder } from '../../../src/jobs/create';
import { planAttack } from '../../../src/jobs/plan-attack';
import { planScore } from '../../../src/jobs/plan-score';
import { planReward } from '../../../src/jobs/plan-reward';
import { writeSet } from '../../../src/store/data-files';
import { appendChecks } from '../../../src/store/red-team-files';
import type { Workspace } from '../../../src/store/workspace';
import { madeAnswers, madeLabels, madeRun, madeWorkspace } from './made';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';

const fails = (code: string, says: RegExp) => (e: unknown) => e instanceof UserError && e.code === code && says.test(e.message);
const rules = [{ id: 'a', text: 'A.', patterns: ['x'] }, { id: 'b', text: 'B.' }];

describe('jobs/plan-attack, plan-score', () => {
  let workspace: Workspace;
  afterEach(() => {
    rmSync(workspace.root, { recursive: true, force: true });
  });

  it('freezes rules, seeds, checks and the model into a run', async () => {
    workspace = await madeWorkspace({ rules });
    await appendChecks(workspace, [{ v: 1, id: 'c', at: '2026-11-22T00:00:00Z', turns: ['again'], rule: 'a', tactic: 'direct', from: 'x' }]);
    await writeSet(workspace, 'prompts', 'own', [promptRecord('Mine', { tags: ['crime'] }), promptRecord('Fine', { tags: ['safe'] }), promptRecord([{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }])]);
    const { plan, says } = await planAttack({ workspace, runs: [] }, { seeds: bundledSeeds.slice(0, 3), sets: ['own'], perSeed: 2, seed: 4 });
    assert.equal(says, `${1 + 3 * 2 + 2 + 1} attacks on tiny from 5 seeds and 1 regression check, judged by 2 rules.`);
    assert.deepEqual(plan.run.params.rules, [{ id: 'a', text: 'A.', patterns: ['x'] }, { id: 'b', text: 'B.' }]);
    assert.deepEqual(plan.run.models, { policy: 'models/tiny' });
    assert.match(plan.run.hashes?.['policy'] ?? '', /^sha256:/);
    assert.deepEqual(plan.data.filter((a) => a.safe).map((a) => [a.turns, a.mutation]), [[['Fine'], 'none']]);
    assert.equal(plan.data.find((a) => a.seed.startsWith('own-') && !a.safe)?.category, 'crime');
    mkdirSync(join(workspace.folder, 'runs'), { recursive: true });
    await createRunFolder(join(workspace.folder, 'runs'), plan);
    const again = await planAttack({ workspace, runs: [] }, { seeds: bundledSeeds.slice(0, 3), sets: ['own'], perSeed: 2, seed: 4 });
    assert.deepEqual(again.plan.data, plan.data);
    assert.equal((await planAttack({ workspace, runs: [] }, { seeds: bundledSeeds, limit: 5, mutations: ['none'], checks: false })).plan.data.length, 5);
  });

  it('attacks an endpoint without a model of its own', async () => {
    workspace = await madeWorkspace({ rules, models: {} });
    const endpoint = { name: 'e', url: 'https://e.example/v1', model: 'm' };
    const { plan } = await planAttack({ workspace, runs: [] }, { seeds: bundledSeeds, endpoint, attackerEndpoint: endpoint });
    assert.deepEqual([plan.run.models, plan.run.params.endpoint], [{}, endpoint]);
    assert.equal(plan.data.filter((a) => a.mutation === 'rewrite').length, bundledSeeds.filter((s) => !s.safe).length);
  });

  it('says what is missing', async () => {
    workspace = await madeWorkspace();
    const context = { workspace, runs: [] };
    await assert.rejects(planAttack(context, { seeds: bundledSeeds }), fails('jobs.no-rules', /no rules/));
    await assert.rejects(planAttack(context, { seeds: [], rules: readyRules }), fails('jobs.no-seeds', /nothing to attack with/));
    await assert.rejects(planAttack(context, { seeds: bundledSeeds, rules: readyRules, mutations: ['magic'] }), fails('jobs.no-mutation', /"magic"/));
    await assert.rejects(planAttack(context, { seeds: bundledSeeds, rules: readyRules, modelRule: 'x' }), fails('jobs.no-rule', /"x"/));
    await assert.rejects(planAttack(context, { seeds: [], sets: ['x'], rules: readyRules }), fails('jobs.no-prompt-set', /"x"/));
    await assert.rejects(planScore(context), fails('jobs.no-reward-model', /no reward model/));
  });

  it('scores every answer once, by all finished reward models, the newest first', async () => {
    workspace = await madeWorkspace();
    const generations = await madeAnswers(workspace, 5);
    await madeLabels(workspace, 'anna', generations);
    await writeSet(workspace, 'generations', 'more', [generations[0]!].map((g) => ({ ...g, id: 'g-other' })));
    const finished = [{ type: 'started', pid: 1, total: 1 }, { type: 'finished', step: 1, seconds: 1, outputs: { model: 'model' }, summary: {} }] as const;
    const runs = [];
    for (const name of ['first', 'second']) runs.push(await madeRun(workspace, (await planReward({ workspace, runs: [] }, { name })).plan, finished));
    const { plan, says } = await planScore({ workspace, runs });
    assert.equal(says, '15 answers to 5 prompts, scored by second, first.');
    assert.deepEqual(plan.run.models.reward.map((p) => p.split('/').at(-2)?.replace(/^[\d-]+-reward-/, '')), ['second', 'first']);
    assert.deepEqual(Object.keys(plan.run.hashes ?? {}), ['reward-0', 'reward-1']);
    assert.deepEqual(plan.run.parents, { 'reward-0': runs[1]!.id, 'reward-1': runs[0]!.id });
    assert.equal((await planScore({ workspace, runs }, { sets: ['more'], reward: [runs[0]!.id] })).plan.data.length, 1);
    await assert.rejects(planScore({ workspace, runs }, { sets: ['none'] }), fails('jobs.no-set', /"none"/));
  });
});
