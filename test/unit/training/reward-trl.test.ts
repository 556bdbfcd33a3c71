import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRng } from '../../../src/base/rng';
import { view } from '../../../src/models/params';
import { lengthBucketedBatches } from '../../../src/training/batching';
import { tokenizeComparisons } from '../../../src/training/comparisons';
import { createRewardTrainer } from '../../../src/training/reward';
import { paramsOf, unpack, type Tensors } from '../engine/fixture';
import { allNear, near } from './near';
import { resources, runSteps, tinyModel } from './tiny';

/** Thirty steps of trl's RewardTrainer; `test/fixtures/reward/make_trl.py` makes them. */
interface Fixture {
  readonly batch: number;
  readonly centering: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Batches of three epochs. */
  readonly order: number[][];
  readonly pairs: readonly { prompt: string; chosen: string; rejected: string }[];
  readonly params: Tensors;
  readonly after: Tensors;
  readonly steps: readonly Record<'loss' | 'accuracy' | 'margin' | 'mean_reward' | 'min_reward' | 'max_reward' | 'grad_norm' | 'learning_rate', number>[];
}

describe('reward against trl', () => {
  const f = JSON.parse(readFileSync('test/fixtures/reward/trl.json', 'utf8')) as Fixture;
  const { config, tokenizer } = tinyModel('score');
  const { comparisons } = tokenizeComparisons(tokenizer, f.pairs.map(({ prompt, chosen, rejected }) => ({ prompt, responses: [chosen, rejected], pairs: [{ i: 0, j: 1, p: 1, weight: 1, labeler: 'anna' }] })), 64);

  it('takes the batches that trl was given', () => {
    assert.equal(comparisons.length, f.pairs.length);
    const lengths = comparisons.map((c) => Math.max(...c.texts.map((t) => t.length)));
    const ours = [0, 1, 2].flatMap((epoch) => lengthBucketedBatches(lengths, f.batch, createRng(f.seed).fork(`epoch ${epoch}`)));
    assert.deepEqual(ours, f.order);
  });

  it('has the loss and accuracy curve of RewardTrainer over thirty steps', async () => {
    const params = paramsOf(config, 'score', f.params);
    const optimizer = { learningRate: f.learningRate, schedule: 'linear' as const, warmupSteps: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, maxGradNorm: 1 };
    const trainer = createRewardTrainer({ config, params }, { train: comparisons, test: [] }, { epochs: 3, batchSize: f.batch, optimizer, labelNoise: 0, centering: f.centering, evalEvery: 0, seed: f.seed }, resources);
    const { events } = await runSteps(trainer);
    await trainer.release();
    const steps = events.flatMap((e) => (e.type === 'step' ? [e.metrics] : []));
    assert.equal(steps.length, 30);
    f.steps.forEach((want, n) => {
      const got = steps[n]!;
      near(got['loss'], want.loss, 1e-4);
      near(got['accuracy'], want.accuracy, 1e-9);
      for (const name of ['margin', 'mean_reward', 'min_reward', 'max_reward'] as const) near(got[name], want[name], 2e-4);
      near(got['grad_norm']! / want.grad_norm, 1, 1e-3);
      near(got['learning_rate'], want.learning_rate, 1e-9);
    });
    allNear(view(params, 'score.weight'), unpack(f.after['score.weight']!), 1e-4);
  });
});
