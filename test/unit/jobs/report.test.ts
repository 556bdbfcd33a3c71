import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors';
import { planEvaluate } from '../../../src/jobs/plan-evaluate';
import { planPpo } from '../../../src/jobs/plan-ppo';
import { planReward } from '../../../src/jobs/plan-reward';
import { ruleReportMarkdown } from '../../../src/jobs/report-model-markdown';
import { buildReport, trueOrder } from '../../../src/jobs/report';
import { reportExtras } from '../../../src/jobs/report-extras';
import { reportHtml } from '../../../src/jobs/report-html';
import { reportMarkdown } from '../../../src/jobs/report-markdown';
import type { WorldJudge } from '../../../src/jobs/report-measure';
import type { RunView } from '../../../src/jobs/view';
import type { Workspace } from '../../../src/store/workspace';
import { madeAnswers, madeLabels, madeRun, madeWorkspace } from './made';

const now = new Date('2026-11-22T12:00:00Z');
const judge: WorldJudge = { name: 'a made judge', good: (_prompt, answer) => answer.includes('Yes'), quality: (_prompt, answer) => answer.length };
const sample = (step: number, index: number, prompt: string, text: string, reward: number) => ({ type: 'sample', step, index, prompt, text, reward, finished: true }) as const;
const finished = (summary: Record<string, number>) => ({ type: 'finished', step: 2, seconds: 1, outputs: { model: 'model' }, summary }) as const;

describe('jobs/report', () => {
  let workspace: Workspace;
  let runs: RunView[];
  beforeEach(async () => {
    workspace = await madeWorkspace({ labelers: [{ id: 'sim-a', simulated: true }] });
    const generations = await madeAnswers(workspace, 20);
    await madeLabels(workspace, 'anna', generations);
    // In every second item sim-a puts the first two the wrong way round.
    await madeLabels(workspace, 'sim-a', generations.filter((_, i) => i % 2 === 0), { verdict: 'ranked', ranks: [2, 3, 1] });
    await madeLabels(workspace, 'sim-a', generations.filter((_, i) => i % 2 === 1));
    const { plan } = await planReward({ workspace, runs: [] }, { seed: 5 });
    runs = [await madeRun(workspace, plan, [{ type: 'started', pid: 1, total: 2 }, finished({ accuracy: 0.75, train_pairs: 90 })])];
  });
  afterEach(() => {
    rmSync(workspace.root, { recursive: true, force: true });
  });

  async function tune(): Promise<RunView> {
    const { plan } = await planPpo({ workspace, runs }, { seed: 5, params: { updates: 2 } });
    const view = await madeRun(workspace, plan, [
      { type: 'started', pid: 1, total: 2 },
      sample(0, 0, 'Question 4?', 'No.', -1),
      sample(0, 1, 'Question 9?', 'Yes.', 1),
      { type: 'step', step: 1, total: 2, secondsLeft: 1, metrics: { 'objective/scores': 0.1, 'objective/kl': 0.5 } },
      { type: 'step', step: 2, total: 2, secondsLeft: 0, metrics: { 'objective/scores': 0.6, 'objective/kl': 1.5 } },
      sample(2, 0, 'Question 4?', 'Yes! <b>`x`</b>\n```\nend', 2),
      sample(2, 1, 'Question 9?', 'Yes.', 1),
      finished({ 'objective/kl': 1.5, 'objective/scores/before': 0, 'objective/scores/after': 1.5, 'objective/exact_kl/after': 2.25 }),
    ]);
    runs.push(view);
    return view;
  }

  async function measureModel(policy: string, name: string, summary: Record<string, number>, texts: readonly string[]): Promise<void> {
    const { plan } = await planEvaluate({ workspace, runs }, { policy, name, seed: 5 });
    runs.push(await madeRun(workspace, plan, [{ type: 'started', pid: 1, total: 1 }, ...texts.map((t, i) => sample(0, i, `Question ${5 * i + 4}?`, t, i)), finished(summary)], false));
  }

  it('refuses when there is nothing to tell', async () => {
    await assert.rejects(buildReport({ workspace, runs: [] }, { now }), (e) => e instanceof UserError && e.code === 'jobs.nothing-to-report');
    await assert.rejects(buildReport({ workspace, runs }, { now, ppo: 'none' }), (e) => e instanceof UserError && e.code === 'jobs.no-such-run');
    await assert.rejects(buildReport({ workspace, runs }, { now, ppo: runs[0]!.id }), (e) => e instanceof UserError && e.code === 'jobs.not-ppo');
  });

  it('is about the reward run that is named, whatever came after it', async () => {
    const first = runs[0]!;
    const tuned = await tune();
    const { plan } = await planReward({ workspace, runs: [] }, { seed: 6, name: 'another' });
    runs.push(await madeRun(workspace, plan, [{ type: 'started', pid: 1, total: 2 }, finished({ accuracy: 0.25, train_pairs: 90 })]));
    const newer = runs.at(-1)!;
    const about = async (reward: string): Promise<unknown[]> => {
      const report = await buildReport({ workspace, runs }, { now, reward });
      return [report.rewardModel?.accuracy, report.stages.map((s) => s.run)];
    };
    assert.deepEqual(await about(first.id), [0.75, [first.id, tuned.id]], 'with what was tuned against it');
    assert.deepEqual(await about(newer.id), [0.25, [newer.id]]);
  });

  it('tells of the rules of a rule run', () => {
    const rule = { rule: 'no|insult', trained: { marks: 9, broken: 3 }, marks: 0, baseRate: null, accuracy: null, majority: null, auc: null, ece: null, calibration: null, rawEce: null, temperature: 1, note: 'Nothing was held out.' };
    const measured = { ...rule, rule: 'short', marks: 10, baseRate: 0.2, accuracy: { share: 0.9, low: 0.6, high: 0.98, n: 10 }, majority: 0.8, auc: 0.95, ece: 0.05, rawEce: 0.1, calibration: { ece: 0.05, bins: [{ from: 0, to: 0.1, n: 8, predicted: 0.05, observed: 0 }] } };
    const text = ruleReportMarkdown('rules', { v: 1, kind: 'rule', rules: [rule, measured] }, (t) => t.replaceAll('|', '\\|'));
    assert.match(text, /\| no\\\|insult \| 9 \| 0 \| – \| – \|/);
    assert.match(text, /\| short \| 9 \| 10 \| 20\.0 % \| 90\.0 % \(60\.0 % to 98\.0 %\) \| 80\.0 % \| 0\.950 \| 0\.050 \| 0\.100 \|/);
    assert.match(text, /### short: .*\n\n.*\n.*\n\| 5\.0 % \| 0\.0 % \| 8 \|/);
    assert.match(text, /- no\\\|insult: Nothing was held out\./);
  });

  it('sets the reward model beside the ceiling of its labels', async () => {
    const report = await buildReport({ workspace, runs }, { now, judge });
    assert.equal(report.ppo, null);
    assert.equal(report.seed, 5);
    const rm = report.rewardModel!;
    // 4 held-out items × 3 pairs × 2 labelers; of them 2 of sim-a's pairs are against the truth.
    assert.deepEqual([rm.pairs, rm.trainPairs, rm.accuracy], [24, 96, 0.75]);
    assert.ok(Math.abs(rm.trueOrder! - 22 / 24) < 1e-12);
    assert.ok(Math.abs(rm.ceiling! - 20 / 24) < 1e-12);
    assert.ok(rm.interval![0] < 0.75 && rm.interval![1] > 0.75);
    assert.deepEqual(report.labelers.map((l) => [l.id, l.simulated, l.labels]), [['anna', false, 20], ['sim-a', true, 20]]);
    const without = await buildReport({ workspace, runs }, { now });
    assert.deepEqual([without.rewardModel!.trueOrder, without.rewardModel!.ceiling], [null, rm.ceiling]);
  });

  it('takes before and after from the run itself when nothing else was measured', async () => {
    await tune();
    const { ppo, stages, seconds } = await buildReport({ workspace, runs }, { now, judge });
    assert.deepEqual([ppo!.updates, ppo!.kl, ppo!.klKind], [2, 2.25, 'exact']);
    assert.deepEqual([ppo!.before.trueRate, ppo!.after.trueRate, ppo!.before.reward, ppo!.after.reward], [0.5, 1, 0, 1.5]);
    assert.deepEqual([ppo!.before.perplexity, ppo!.after.perplexity], [null, null]);
    assert.deepEqual(ppo!.curve, [{ update: 1, score: 0.1, kl: 0.5 }, { update: 2, score: 0.6, kl: 1.5 }]);
    assert.deepEqual(ppo!.samples.map((s) => [s.prompt, s.before.good, s.after.good]), [['Question 4?', false, true], ['Question 9?', true, true]]);
    assert.deepEqual(stages.map((s) => s.stage), ['reward model', 'PPO']);
    assert.equal(seconds, 4);
  });

  it('takes them from evaluations of both models when there are such', async () => {
    const ppo = await tune();
    await measureModel('tiny', 'before', { 'objective/scores': -0.5, perplexity: 10 }, ['No.', 'No.', 'No.', 'Yes.']);
    await measureModel(ppo.id, 'after', { 'objective/scores': 2, perplexity: 11, 'objective/exact_kl': 3 }, ['Yes.', 'Yes.', 'No.', 'Yes.']);
    const report = await buildReport({ workspace, runs }, { now, judge, otherStages: [{ stage: 'label', seconds: 1 }] });
    assert.deepEqual([report.ppo!.before.trueRate, report.ppo!.after.trueRate], [0.25, 0.75]);
    assert.deepEqual([report.ppo!.before.perplexity, report.ppo!.after.perplexity, report.ppo!.kl], [10, 11, 3]);
    assert.deepEqual(report.stages.map((s) => [s.stage, s.seconds]), [['label', 1], ['reward model', 2], ['PPO', 2], ['evaluate before', 2], ['evaluate after', 2]]);
    const text = reportMarkdown(report);
    assert.match(text, /from \*\*25\.0 %\*\* to \*\*75\.0 %\*\* on held-out prompts \(\+50\.0 points\)/);
    assert.match(text, /went from 10\.0 to 11\.0 \(\+10\.0 %\): the alignment tax/);
    assert.match(text, /\*\*Some labels are by simulated labelers/);
    assert.match(text, /\| sim-a \| simulated \| yes: screening is not required \| 20 \| ranked 20 \|/);
  });

  it('shows hostile text as text, and says which hash holds no more', async () => {
    await tune();
    appendFileSync(join(runs[0]!.folder, 'model', 'model.safetensors'), 'changed');
    const report = await buildReport({ workspace, runs }, { now });
    assert.deepEqual(report.provenance.map((p) => p.holds), [true, false, null, null]);
    const text = reportMarkdown(report);
    assert.match(text, /\*\*changed since\*\*/);
    // The answer has a fence of three; it stands in one of four.
    assert.ok(text.includes('````text\nYes! <b>`x`</b>\n```\nend\n````'));
    writeFileSync(join(runs[0]!.folder, 'data.jsonl'), '{"broken":1}\n');
    await assert.rejects(buildReport({ workspace, runs }, { now }), (e) => e instanceof UserError && e.code === 'jobs.frozen-data');
  });

  it('is one page that needs nothing else, with the plots, and hostile text as text', async () => {
    await tune();
    const report = await buildReport({ workspace, runs }, { now, judge });
    const extras = await reportExtras({ workspace, runs }, report);
    assert.deepEqual(extras.charts.map((c) => c.title), ['Reward', 'KL from the start (nats)']);
    const page = reportHtml({ ...report, project: '<img src=x onerror=alert(1)>' }, extras);
    assert.ok(page.startsWith('<!DOCTYPE html>'));
    assert.equal((page.match(/<svg /g) ?? []).length, 2);
    assert.ok(page.includes('&#60;b&#62;'), 'the answer is text');
    assert.ok(!/<(script|img|link|iframe|b)[ >]/.test(page), 'nothing but its own elements');
    // The namespace of SVG is a name and no address.
    assert.ok(!/(src|href)=|url\(|@import/.test(page.replaceAll('&#60;img src=x', '')), 'loads nothing');
    assert.match(page, /prefers-color-scheme:dark/);
    assert.match(page, /20 labels|30 labels|40 labels/);
    assert.match(page, /from <strong>/);
  });

  it('counts truly equal answers half', () => {
    const pair = { p: 1, weight: 1, labeler: 'a', label: 'l' };
    const share = trueOrder([{ promptHash: 'h', prompt: 'p', responses: ['aa', 'b', 'cc'], pairs: [{ ...pair, i: 0, j: 1 }, { ...pair, i: 1, j: 0 }, { ...pair, i: 0, j: 2 }, { ...pair, i: 0, j: 2, p: 0.5 }], split: 'test' }], judge);
    assert.deepEqual([share?.share, share?.n], [0.5, 3]);
  });
});
