import assert from 'node:assert/strict';
import { judge, tokenizeComparisons, type ComparisonExample } from '../../../src/training/comparisons';
import type { JsonObject } from '../../../src/base/json';
import { createRng } from '../../../src/base/rng';
import type { Grouping } from '../../../src/domain/model-report';
import { initParams } from '../../../src/models/model';
import { createEnsemble } from '../../../src/training/ensemble';
import { concludeEnsemble, createRewardTrainer, type RewardSettings } from '../../../src/training/reward';
import { rewardReport } from '../../../src/training/reward-report';
import { createScorer } from '../../../src/training/score-model';
import { allNear, near } from './near';
import { optimizer, resources, runSteps, tinyModel } from './tiny';

const settings: RewardSettings = { epochs: 15, batchSize: 4, optimizer, labelNoise: 0, centering: 0.01, evalEvery: 10, seed: 3 };

/** Answers with more "good" and fewer "bad" words are preferred; equal ones tie. */
const worth = (text: string): number => text.split(' ').reduce((n, w) => n + (w === 'good' ? 1 : w === 'bad' ? -1 : 0), 0);
const answers = ['good good', 'good a', 'a b c', 'bad a', 'bad bad b', 'a good c', 'b bad'];
const examples: ComparisonExample[] = Array.from({ length: 24 }, (_, n) => {
  const responses = [answers[n % 7]!, answers[(n * 3 + 1) % 7]!, answers[(n * 5 + 2) % 7]!].slice(0, 2 + (n % 2));
  const all = responses.flatMap((_r, i) => responses.slice(i + 1).map((_s, k) => [i, i + 1 + k] as const));
  return {
    prompt: `say ${['red', 'green', 'blue', 'one'][n % 4]!}`,
    responses,
    pairs: all.map(([i, j]) => {
      const d = worth(responses[i]!) - worth(responses[j]!);
      return { ...(d >= 0 ? { i, j } : { i: j, j: i }), p: d === 0 ? 0.5 : 1, weight: 1 / all.length, labeler: n % 3 === 0 ? 'anna' : 'ben' };
    }),
  };
});

function data() {
  const { comparisons } = tokenizeComparisons(tinyModel('score').tokenizer, examples, 32);
  return { train: comparisons.slice(6), test: comparisons.slice(0, 6) };
}

describe('reward', () => {
  it('learns what is preferred, and reports on held-out comparisons', async () => {
    const model = tinyModel('score');
    const trainer = createRewardTrainer(model, data(), settings, resources);
    const { outcome, events } = await runSteps(trainer);
    await trainer.release();
    const { summary, scores } = outcome!;
    assert.ok(summary['accuracy']! >= 0.9, JSON.stringify(summary));
    assert.ok(summary['accuracy_low']! > 0.5 && summary['accuracy_high']! <= 1);
    assert.ok(summary['accuracy/anna']! >= 0.9);
    assert.ok(summary['pairs']! >= 6 && summary['ece']! >= 0 && summary['ece']! < 0.5);
    // Mean and deviation are those of the held-out scores as the finished model gives them; answers that share a row differ by rounding.
    const scorer = createScorer(model.config, model.params, resources);
    const found = await scorer.score(data().test.flatMap((c) => [...c.texts]));
    await scorer.release();
    near(found.reduce((a, b) => a + b, 0) / found.length, scores!.mean, 1e-6);
    assert.ok(events.some((e) => e.type === 'eval' && e.step === 0 && e.metrics['eval_accuracy']! < 1));
  });

  it('gives the same gradients whatever the micro-batch', async () => {
    const outcomes: { params: Float32Array; losses: number[] }[] = [];
    for (const maxCells of [1, 40, 8192]) {
      const model = tinyModel('score');
      const trainer = createRewardTrainer(model, data(), { ...settings, maxSteps: 3, batchSize: 8 }, { ...resources, maxCells });
      const { events } = await runSteps(trainer);
      await trainer.release();
      outcomes.push({ params: model.params.data, losses: events.flatMap((e) => (e.type === 'step' ? [e.metrics['loss']!, e.metrics['grad_norm']!] : [])) });
    }
    for (const other of outcomes.slice(1)) {
      other.losses.forEach((x, i) => {
        near(x / outcomes[0]!.losses[i]!, 1, 1e-6);
      });
      allNear(other.params, outcomes[0]!.params, 1e-5);
    }
  });

  it('computes the loss of the papers: a ranking is one element, ties count half each way, noise is mixed in', async () => {
    const model = tinyModel('score');
    const { comparisons } = tokenizeComparisons(model.tokenizer, examples.slice(0, 6), 32);
    const scorer = createScorer(model.config, model.params, resources);
    const scores: Float64Array[] = [];
    for (const c of comparisons) scores.push(await scorer.score(c.texts));
    await scorer.release();
    let expected = 0;
    const noise = 0.1;
    const logSigmoid = (x: number): number => -Math.log1p(Math.exp(-x));
    comparisons.forEach((c, n) => {
      for (const { i, j, p, weight } of c.pairs) {
        const [ri, rj] = [scores[n]![i]!, scores[n]![j]!];
        const q = p === 1 ? 1 - noise : 0.5;
        expected += weight * (-q * logSigmoid(ri - rj) - (1 - q) * logSigmoid(rj - ri) + 0.01 * (ri + rj) ** 2);
      }
    });
    const total = comparisons.reduce((s, c) => s + c.pairs.reduce((w, p) => w + p.weight, 0), 0);
    const trainer = createRewardTrainer(model, { train: comparisons, test: [] }, { ...settings, batchSize: 6, maxSteps: 1, labelNoise: noise }, resources);
    const { events } = await runSteps(trainer);
    await trainer.release();
    const step = events.find((e) => e.type === 'step')!;
    near(step.metrics['loss'], expected / total, 1e-5);
  });

  it('goes on from a snapshot as if nothing had happened, bit for bit', async () => {
    const whole = tinyModel('score');
    const one = createRewardTrainer(whole, data(), settings, resources);
    const { outcome } = await runSteps(one);
    const half = tinyModel('score');
    const before = createRewardTrainer(half, data(), settings, resources);
    await runSteps(before, 7);
    const resumed = tinyModel('score', 55);
    const after = createRewardTrainer(resumed, data(), settings, resources);
    after.restore(await before.snapshot());
    const end = await runSteps(after);
    assert.deepEqual(resumed.params.data, whole.params.data);
    assert.deepEqual(end.outcome, outcome === undefined ? undefined : { ...outcome, params: resumed.params });
    for (const t of [one, before, after]) await t.release();
  });

  it('makes equal responses one, and leaves out what is too long', () => {
    const { tokenizer } = tinyModel('score');
    const pair = (i: number, j: number) => ({ i, j, p: 1, weight: 1, labeler: 'anna' });
    const { comparisons, warnings } = tokenizeComparisons(tokenizer, [
      { prompt: 'a', responses: ['one', 'two', 'one', 'one one one one one one'], pairs: [pair(0, 1), pair(0, 2), pair(2, 1), pair(3, 1)] },
      { prompt: 'b', responses: ['one', 'one'], pairs: [pair(0, 1)] },
    ], 6);
    assert.equal(comparisons.length, 1);
    assert.equal(comparisons[0]!.texts.length, 2);
    assert.deepEqual(comparisons[0]!.pairs.map((p) => [p.i, p.j]), [[0, 1], [0, 1]]);
    assert.match(warnings.join('\n'), /1 pair left out: a response is longer than 6 tokens.*\n2 pairs of equal responses left out/);
  });

  it('judges by length as well', () => {
    const c = { texts: [], lengths: [3, 5], pairs: [{ i: 0, j: 1, p: 1, weight: 1, labeler: 'anna' }, { i: 1, j: 0, p: 1, weight: 1, labeler: 'ben' }, { i: 1, j: 0, p: 0.5, weight: 1, labeler: 'ben' }] };
    const report = judge([c], [Float64Array.of(1, 2)]);
    assert.equal(report['pairs'], 2);
    assert.equal(report['accuracy'], 0.5);
    assert.equal(report['accuracy/ben'], 1);
    assert.equal(report['length_baseline'], 0.5);
    near(report['length_correlation'], 1, 1e-12);
    assert.deepEqual(judge([], []), { pairs: 0 });
    const crowd = { ...c, pairs: Array.from({ length: 13 }, (_, n) => ({ ...c.pairs[0]!, labeler: `w${n}` })) };
    assert.deepEqual(Object.keys(judge([crowd], [Float64Array.of(1, 2)])).filter((name) => name.startsWith('accuracy/')), []);
  });
});

describe('reward, more outputs and models', () => {
  it('learns from whole rankings, the same whatever the micro-batch', async () => {
    const losses: number[] = [];
    for (const maxCells of [1, 8192]) {
      const trainer = createRewardTrainer(tinyModel('score'), data(), { ...settings, loss: 'plackett-luce' }, { ...resources, maxCells });
      const { outcome, events } = await runSteps(trainer);
      await trainer.release();
      assert.ok(outcome!.summary['accuracy']! >= 0.85, JSON.stringify(outcome!.summary));
      losses.push(...events.flatMap((e) => (e.type === 'step' && e.step === 1 ? [e.metrics['loss']!] : [])));
    }
    near(losses[0]! / losses[1]!, 1, 1e-6);
    assert.throws(() => createRewardTrainer(tinyModel('score'), data(), { ...settings, loss: 'plackett-luce', labelNoise: 0.1 }, resources), /labelNoise and margin/);
  });

  it('learns an output a criterion, and tells what is needed to combine them', async () => {
    const one = tinyModel('score');
    const config = { ...one.config, labels: 2 };
    const model = { ...one, config, params: initParams(config, 'score', createRng(1)) };
    // The second criterion likes what the first dislikes.
    const both = examples.map((e) => ({ ...e, pairs: [...e.pairs.map((p) => ({ ...p, output: 0 })), ...e.pairs.map((p) => ({ ...p, i: p.j, j: p.i, output: 1 }))] }));
    const { comparisons } = tokenizeComparisons(one.tokenizer, both, 32);
    const trainer = createRewardTrainer(model, { train: comparisons.slice(6), test: comparisons.slice(0, 6) }, { ...settings, criteria: ['nice', 'nasty'] }, resources);
    const { outcome } = await runSteps(trainer);
    await trainer.release();
    const { report, outputs, scores } = outcome!;
    assert.ok(report?.kind === 'reward' && report.groups.criterion?.length === 2 && report.groups.criterion.every((g) => g.accuracy.share > 0.7), JSON.stringify(report));
    assert.equal(scores, undefined);
    assert.ok(outputs!.covariance[0]![1]! < 0 && outputs!.covariance[0]![1] === outputs!.covariance[1]![0]);
  });

  it('trains models alike one after the other; the first is that of a run of one, and a stop anywhere changes nothing', async () => {
    const short = { ...settings, maxSteps: 6, evalEvery: 0 };
    const member = (k: number) => {
      const model = tinyModel('score', 1 + k);
      return { params: model.params, algorithm: createRewardTrainer(model, data(), { ...short, seed: short.seed + k }, resources) };
    };
    const ensemble = () => createEnsemble(3, member, (first, members) => concludeEnsemble(data(), first, members));
    const single = member(0);
    await runSteps(single.algorithm);
    const whole = ensemble();
    const { outcome, events } = await runSteps(whole);
    assert.deepEqual(outcome!.params!.data, single.params.data);
    assert.equal(outcome!.members!.length, 2);
    assert.ok(outcome!.members!.every((m) => m.scores.std > 0));
    assert.deepEqual(events.flatMap((e) => (e.type === 'step' ? [e.step] : [])), Array.from({ length: 18 }, (_, i) => i + 1));
    const { report, summary } = outcome!;
    assert.ok(report?.kind === 'reward' && report.ensemble?.members.length === 3 && report.ensemble.byUncertainty.length === 3 && report.ensemble.uncertainty > 0);
    assert.ok(summary['ensemble_accuracy']! > 0.5);
    for (const at of [4, 6, 14]) {
      const before = ensemble();
      await runSteps(before, at);
      const after = ensemble();
      const { tensors, state } = await before.snapshot();
      after.restore({ tensors: Object.fromEntries(Object.entries(tensors).map(([k, v]) => [k, v.slice()])), state: JSON.parse(JSON.stringify(state)) as JsonObject });
      const end = await runSteps(after);
      assert.deepEqual(end.outcome!.members!.map((m) => m.params.data), outcome!.members!.map((m) => m.params.data));
      assert.deepEqual({ ...end.outcome, params: 0, members: 0 }, { ...outcome, params: 0, members: 0 });
      await before.release();
      await after.release();
    }
    await whole.release();
    await single.algorithm.release();
  });

  it('reports by group, with baselines and the ceiling', () => {
    const pair = (i: number, j: number, labeler: string, more: object = {}) => ({ i, j, p: 1, weight: 1, labeler, label: `${labeler} ${i} ${j}`, ...more });
    const c = { texts: [], lengths: [2, 8, 8], pairs: [pair(0, 1, 'anna'), pair(0, 1, 'ben'), pair(1, 0, 'cy', { task: 'other' }), pair(1, 2, 'anna', { strength: 4 }), { ...pair(0, 2, 'ben'), p: 0.5 }] };
    const report = rewardReport([c], [Float64Array.of(3, 2, 1)]);
    assert.deepEqual([report.accuracy?.share, report.accuracy?.n], [0.75, 4]);
    const groups = (name: Grouping) => report.groups[name]?.map((g) => [g.name, g.accuracy.share, g.accuracy.n]);
    assert.deepEqual(groups('labeler'), [['anna', 1, 2], ['ben', 1, 1], ['cy', 0, 1]]);
    assert.deepEqual(groups('length'), [['less than half as long', 1, 2], ['about as long', 1, 1], ['more than twice as long', 0, 1]]);
    assert.deepEqual(groups('agreement'), [['one labeler', 1, 1], ['most agree', 2 / 3, 3]]);
    assert.deepEqual(groups('task'), [['other', 0, 1], ['ranking', 1, 3]]);
    assert.equal(report.groups.strength, undefined, 'one group says nothing');
    assert.deepEqual([report.baselines.length?.share, report.baselines.majority?.share], [(0 + 0 + 1 + 0.5) / 4, 0.75]);
    // Of three labelers two agree: each of them is foretold half (the others are split), the third not at all.
    near(report.ceiling!.share, (0.5 + 0.5 + 0) / 3, 1e-12);
    assert.equal(report.calibration!.bins.reduce((n, b) => n + b.n, 0), 4);
    const empty = rewardReport([], []);
    assert.deepEqual([empty.accuracy, empty.calibration, empty.ceiling, empty.groups], [null, null, null, {}]);
  });
});
