import assert from 'node:assert/strict';
import { judge, tokenizeComparisons, type ComparisonExample } from '../../../src/training/comparisons';
import { createRewardTrainer, type RewardSettings } from '../../../src/training/reward';
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
    // Mean and deviation are those of the held-out scores as the finished model gives them.
    const scorer = createScorer(model.config, model.params, resources);
    const found = await scorer.score(data().test.flatMap((c) => [...c.texts]));
    await scorer.release();
    near(found.reduce((a, b) => a + b, 0) / found.length, scores!.mean, 1e-9);
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
  });
});
