import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors';
import { makeBlindComparison, readBlindWinRate } from '../../../src/jobs/blind';
import { contradictionsMarkdown, contradictionsReport } from '../../../src/jobs/contradictions';
import { planBestOfN } from '../../../src/jobs/plan-best-of-n';
import { planEvaluate } from '../../../src/jobs/plan-evaluate';
import { planPpo } from '../../../src/jobs/plan-ppo';
import { planNextRound } from '../../../src/jobs/plan-next-round';
import { planReward } from '../../../src/jobs/plan-reward';
import { planScore } from '../../../src/jobs/plan-score';
import { planSweep } from '../../../src/jobs/over-optimisation';
import type { RunView } from '../../../src/jobs/view';
import { readGenerations } from '../../../src/store/data-files';
import type { Workspace } from '../../../src/store/workspace';
import { madeAnswers, madeLabels, madeRun, madeWorkspace } from './made';

const finished = { type: 'finished' as const, step: 7, seconds: 2, outputs: { model: 'model' }, summary: {} };
const started = { type: 'started' as const, pid: 1, total: 7 };
const says = (code: string) => (e: unknown): boolean => e instanceof UserError && e.code === code;

describe('jobs/plans after tuning', () => {
  let workspace: Workspace;
  let reward: RunView;
  beforeEach(async () => {
    workspace = await madeWorkspace({ rules: [{ id: 'kind', text: 'Be kind.', patterns: ['\\bidiot\\b'] }] });
    await madeLabels(workspace, 'anna', await madeAnswers(workspace, 10));
    reward = await madeRun(workspace, (await planReward({ workspace, runs: [] })).plan, [started, finished]);
  });
  afterEach(() => {
    rmSync(workspace.root, { recursive: true, force: true });
  });

  it('plans best of n, and takes the answers of an earlier run only where it would draw the same', async () => {
    const { plan, says: told } = await planBestOfN({ workspace, runs: [reward] }, { params: { n: 2 } });
    assert.deepEqual(plan.run.models, { policy: 'models/tiny', reward: `.plumbline/runs/${reward.id}/model` });
    assert.match(told, /^The best of 2 answers to each of 8 prompts by reward model, and as a control one at random; 2 held out/);
    const earlier = await madeRun(workspace, plan, [started, { ...finished, outputs: { model: 'model', answers: 'answers.jsonl' } }]);
    const hashes = plan.data.flatMap((d) => ('promptHash' in d && d.split === 'train' ? [d.promptHash] : []));
    writeFileSync(join(earlier.folder, 'answers.jsonl'), hashes.slice(1).flatMap((promptHash) => [0, 1].map((sample) => `${JSON.stringify({ draw: 'best 1', promptHash, sample, ids: [sample], finished: true, reward: sample, text: 'x' })}\n`)).join(''));
    const runs = [reward, earlier];
    const again = await planBestOfN({ workspace, runs }, { params: { n: 2, fit: { epochs: 3 } }, answers: earlier.id });
    const drawn = again.plan.data.filter((d) => 'drawn' in d);
    assert.equal(drawn.length, 7, 'a prompt without answers is left out');
    assert.deepEqual(again.plan.run.parents, { reward: reward.id, answers: earlier.id });
    await assert.rejects(planBestOfN({ workspace, runs }, { params: { n: 3 }, answers: earlier.id }), says('jobs.other-answers'));
    await assert.rejects(planBestOfN({ workspace, runs }, { params: { n: 2, sampling: { temperature: 0.5 } }, answers: earlier.id }), says('jobs.other-answers'));
    await assert.rejects(planBestOfN({ workspace, runs }, { answers: reward.id }), says('jobs.no-answers'));
  });

  it('takes all members of an ensemble, unless the first alone is asked for', async () => {
    for (const k of [2, 3]) {
      mkdirSync(join(reward.folder, 'members', String(k)), { recursive: true });
      for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) writeFileSync(join(reward.folder, 'members', String(k), name), `{"member":${k}}`);
    }
    const several: RunView = { ...reward, outputs: { model: 'model', 'member-2': 'members/2', 'member-3': 'members/3' } };
    const context = { workspace, runs: [several] };
    const paths = [2, 3].map((k) => `.plumbline/runs/${reward.id}/members/${k}`);
    for (const { plan, says: told } of [await planPpo(context, { params: { ensemble: { objective: 'uwo', coef: 0.1 } } }), await planBestOfN(context, { params: { n: 2 } }), await planEvaluate(context, {})]) {
      const { models, hashes, parents } = plan.run;
      assert.deepEqual((models as { rewardMembers?: string[] }).rewardMembers, paths, told);
      assert.equal(new Set(['reward', 'rewardMembers-0', 'rewardMembers-1'].map((role) => hashes?.[role])).size, 3);
      assert.equal(parents?.['rewardMembers-1'], reward.id);
    }
    assert.match((await planPpo(context, { params: { ensemble: { objective: 'wco' } } })).says, /reward model \(an ensemble of 3: wco\)/);
    const alone = await planPpo(context, { params: { ensemble: { objective: 'first' } } });
    assert.deepEqual(Object.keys(alone.plan.run.models).sort(), ['policy', 'reward']);
    const held = await planEvaluate(context, { reward: 'none', heldOut: reward.id });
    assert.deepEqual(held.plan.run.models.heldOutMembers, paths);
    await assert.rejects(planPpo(context, { params: { ensemble: { objectiv: 'uwo' } } }), says('jobs.params'));
    await assert.rejects(planPpo(context, { params: { kl: { coeff: 1 } } }), (e) => e instanceof UserError && /no parameter kl\.coeff/.test(e.message));
  });

  it('measures what the project names, with its rules, and compares with the start', async () => {
    const tuned = await madeRun(workspace, (await planBestOfN({ workspace, runs: [reward] }, { params: { n: 2 } })).plan, [started, finished]);
    writeFileSync(join(workspace.root, 'q.jsonl'), '{"question":"1+1?","choices":["1","2"],"answer":"2"}\n');
    writeFileSync(join(workspace.root, 'd.jsonl'), '{"prompt":"a","completion":"A","split":"train"}\n{"prompt":"b","completion":"B","split":"test"}\n');
    const { plan } = await planEvaluate({ workspace, runs: [reward, tuned] }, { choices: 'q.jsonl', sft: 'd.jsonl', heldOut: reward.id });
    assert.equal(plan.run.models.policy, `.plumbline/runs/${tuned.id}/model`);
    assert.equal(plan.run.models.reference, 'models/tiny');
    assert.equal(plan.run.params.compare, true);
    assert.deepEqual(plan.run.params.rules?.map((r) => r.id), ['kind']);
    assert.ok(plan.run.hashes?.['heldOut'] !== undefined);
    assert.deepEqual(plan.data.filter((d) => !('prompt' in d && 'promptHash' in d)), [{ prompt: 'b', completion: 'B' }, { question: '1+1?', choices: ['1', '2'], answer: 1 }]);
    assert.equal((await planEvaluate({ workspace, runs: [reward, tuned] }, { params: { compare: false } })).plan.run.params.compare, false);
  });

  it('puts the answers of an evaluation before people, and reads what they say', async () => {
    const { plan } = await planEvaluate({ workspace, runs: [reward] }, { policy: 'tiny', reference: 'tiny' });
    const view = await madeRun(workspace, plan, [started, { ...finished, outputs: { samples: 'samples.jsonl' } }], false);
    const hashes = plan.data.flatMap((d) => ('promptHash' in d ? [d.promptHash!] : []));
    const records = [{ promptHash: hashes[0], text: 'new', finished: true, reference: { text: 'old', finished: true } }, { promptHash: hashes[1], text: 'same', finished: true, reference: { text: 'same', finished: false } }];
    writeFileSync(join(view.folder, 'samples.jsonl'), records.map((r) => `${JSON.stringify(r)}\n`).join(''));
    const made = await makeBlindComparison(workspace, view);
    assert.deepEqual([made.items, made.same], [1, 1]);
    const set = (await readGenerations(workspace)).records.find((s) => s.name === made.set)!;
    assert.deepEqual(set.records.map((g) => g.responses.map((r) => r.text)), [['new', 'old']]);
    await makeBlindComparison(workspace, view);
    assert.equal((await readGenerations(workspace)).records.flatMap((s) => s.records).length, 10 + 1, 'a second call adds nothing');
    assert.equal(await readBlindWinRate(workspace, view), undefined);
    await madeLabels(workspace, 'ben', set.records, { verdict: 'ranked', ranks: [1, 2] });
    const rate = (await readBlindWinRate(workspace, view))!;
    assert.deepEqual([rate.wins, rate.ties, rate.losses, rate.labelers], [1, 1, 0, 1]);
    await assert.rejects(makeBlindComparison(workspace, reward), says('jobs.not-evaluation'));
  });

  it('samples the next round from the tuned model and its start', async () => {
    await assert.rejects(planNextRound({ workspace, runs: [reward] }), says('jobs.no-tuned-model'));
    const tuned = await madeRun(workspace, (await planBestOfN({ workspace, runs: [reward] }, { params: { n: 2 } })).plan, [started, finished]);
    const { plan, says: told } = await planNextRound({ workspace, runs: [reward, tuned] }, { params: { n: 4, keep: 3 } });
    assert.deepEqual(plan.run.models, { policy: `.plumbline/runs/${tuned.id}/model`, beside: 'models/tiny', reward: [`.plumbline/runs/${reward.id}/model`] });
    assert.deepEqual(Object.keys(plan.run.hashes ?? {}).sort(), ['beside', 'policy', 'reward-0']);
    assert.match(told, /^10 prompts × 4 answers by best of 2 of tiny and tiny; the 3 that 1 reward model is least sure about come first\.$/);
    await assert.rejects(planNextRound({ workspace, runs: [reward, tuned] }, { params: { n: 1 } }), says('jobs.params'));
    assert.equal((await planNextRound({ workspace, runs: [reward, tuned] }, { beside: 'none', params: { n: 1 } })).plan.run.models.beside, undefined);
  });

  it('lists what a sweep still has to measure', async () => {
    const other = await madeRun(workspace, (await planReward({ workspace, runs: [] }, { half: 2 })).plan, [started, finished]);
    const tuned = await madeRun(workspace, (await planBestOfN({ workspace, runs: [reward] }, { params: { n: 2 }, reward: reward.id })).plan, [started, finished]);
    const runs = [reward, other, tuned];
    await assert.rejects(planSweep({ workspace, runs }, { reward: reward.id }), says('jobs.no-held-out'));
    await assert.rejects(planSweep({ workspace, runs }, { reward: reward.id, heldOut: reward.id }), says('jobs.same-reward'));
    const sweep = await planSweep({ workspace, runs }, { reward: reward.id, heldOut: other.id, n: 8 });
    assert.deepEqual(sweep.missing.map((m) => m.plan.run.name), ['sweep of tiny', 'sweep: best of 2 of tiny']);
    const evaluations = [];
    for (const { plan } of sweep.missing) evaluations.push(await madeRun(workspace, plan, [started, { ...finished, outputs: { samples: 'samples.jsonl' } }], false));
    const whole = await planSweep({ workspace, runs: [...runs, ...evaluations] }, { reward: reward.id, heldOut: other.id, n: 8 });
    assert.deepEqual([whole.missing.length, whole.base?.id, whole.tuned[0]?.evaluation?.id], [0, evaluations[0]!.id, evaluations[1]!.id]);
    // More answers than were drawn have to be drawn.
    assert.equal((await planSweep({ workspace, runs: [...runs, ...evaluations] }, { reward: reward.id, heldOut: other.id, n: 16 })).missing.length, 1);
  });

  it('lists the labels that reward models contradict', async () => {
    await assert.rejects(contradictionsReport(workspace, [reward]), says('jobs.no-scores'));
    const { plan } = await planScore({ workspace, runs: [reward] });
    const view = await madeRun(workspace, plan, [started, { ...finished, outputs: { scores: 'scores.jsonl' } }], false);
    // The labels like long answers; of the first two prompts the scores like short ones.
    const lines = plan.data.flatMap((d, i) => ('responses' in d && 'promptHash' in d ? d.responses.map((r) => ({ v: 1, promptHash: d.promptHash, hash: (r as { hash: string }).hash, scores: [(i < 2 ? -0.1 * (i + 1) : 0.1) * (r as { text: string }).text.length] })) : []));
    writeFileSync(join(view.folder, 'scores.jsonl'), lines.map((l) => `${JSON.stringify(l)}\n`).join(''));
    const report = await contradictionsReport(workspace, [reward, view]);
    assert.deepEqual(report.contradicted.map((c) => [c.prompt, c.labelers.slice(0, 4), c.models.slice(0, 3)]), [['Question 1?', 'Yes,', 'No.'], ['Question 0?', 'Yes,', 'No.']]);
    assert.ok(report.contradicted[0]!.against > report.contradicted[1]!.against);
    assert.match(contradictionsMarkdown(report), /None was asked again yet/);
  });
});
