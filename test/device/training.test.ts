import assert from 'node:assert/strict';
import { createDevice } from '../../src/engine/device';
import type { Provider } from '../../src/engine/provider';
import { addLora } from '../../src/models/lora';
import type { Algorithm, Metrics, Resources } from '../../src/training/algorithm';
import { tokenizeComparisons } from '../../src/training/comparisons';
import { createPpo } from '../../src/training/ppo';
import { createRewardTrainer } from '../../src/training/reward';
import { createSft } from '../../src/training/sft';
import { textRow } from '../../src/training/tokenize';
import { optimizer, runSteps, tinyModel } from '../unit/training/tiny';
import { needSoftware, worst } from './software';

const constant = { ...optimizer, schedule: 'constant' as const, warmupSteps: 0 };
const { tokenizer } = tinyModel('lm');
const rows = ['say red', 'count one', 'say a b', 'please say', 'count two', 'one two'].map((text) => textRow(tokenizer, text));

interface Trained {
  readonly steps: readonly Metrics[];
  /** Weights and moments. */
  readonly tensors: Readonly<Record<string, Float32Array>>;
  /** The model that the run ends with. */
  readonly params: Float32Array;
}

/** Runs an algorithm to its end on a provider. */
async function train(provider: Provider, make: (resources: Resources) => Algorithm): Promise<Trained> {
  const device = createDevice(provider, 1);
  const algorithm = make({ threads: 1, maxCells: 24, device });
  const { events, outcome } = await runSteps(algorithm);
  const { tensors } = await algorithm.snapshot();
  const trained = { steps: events.flatMap((e) => ('metrics' in e ? [e.metrics] : [])), tensors: Object.fromEntries(Object.entries(tensors).map(([k, v]) => [k, v.slice()])), params: outcome!.params!.data.slice() };
  await algorithm.release();
  await device.release();
  return trained;
}

const speed = /second|^eps$/;

async function same(make: (resources: Resources) => Algorithm): Promise<void> {
  const [here, there] = [await train('cpu', make), await train('webgpu', make)];
  assert.equal(there.steps.length, here.steps.length);
  here.steps.forEach((metrics, i) => {
    for (const [name, x] of Object.entries(metrics)) {
      if (speed.test(name)) continue;
      const difference = Math.abs(x - there.steps[i]![name]!) / Math.max(1, Math.abs(x));
      assert.ok(difference <= 1e-4, `line ${i}, ${name}: ${x} on the CPU, ${there.steps[i]![name]!} on WebGPU`);
    }
  });
  for (const [name, data] of Object.entries(here.tensors)) assert.ok(worst(data, there.tensors[name]!) <= 1e-4, `${name} differs by ${worst(data, there.tensors[name]!)}`);
  assert.ok(worst(here.params, there.params) <= 1e-4);
  assert.ok(Object.entries(here.tensors).some(([name, data]) => name.endsWith('adam.m') && data.some((x) => x !== 0)), 'nothing was learned');
}

describe('training on WebGPU: every step, weights and moments are those of the CPU', function () {
  this.timeout(300_000);
  before(needSoftware);

  it('supervised, with micro-batches that are summed and an evaluation', () =>
    same((resources) => createSft(tinyModel('lm'), { train: rows, test: rows.slice(0, 2) }, { epochs: 1, maxSteps: 2, batchSize: 6, optimizer: constant, evalEvery: 1, seed: 1 }, resources)));

  it('supervised, an adapter on a model that stays as it is', () =>
    same((resources) => createSft(addLora(tinyModel('lm'), { rank: 2, alpha: 4, rsLora: false, targets: 'all-linear' }, 'lm', 3), { train: rows, test: [] }, { epochs: 1, maxSteps: 2, batchSize: 3, optimizer: constant, evalEvery: 0, seed: 1 }, resources)));

  it('reward model', () => {
    const examples = rows.map((_, i) => ({ prompt: 'say red', responses: ['red good', 'bad one two', `a ${i % 2 === 0 ? 'b' : 'c'}`], pairs: [[0, 1], [2, 1]].map(([a, b]) => ({ i: a!, j: b!, p: 1, weight: 0.5, labeler: 'x' })) }));
    const { comparisons } = tokenizeComparisons(tokenizer, examples, 32);
    return same((resources) => createRewardTrainer(tinyModel('score', 4), { train: comparisons, test: [] }, { epochs: 1, maxSteps: 2, batchSize: 2, optimizer: constant, labelNoise: 0, centering: 0.01, evalEvery: 0, seed: 1 }, { ...resources, maxCells: 96 }));
  });

  it('PPO: policy and critic, two updates, with greedy answers', () =>
    same((resources) =>
      createPpo(
        tinyModel('lm'),
        { ...tinyModel('score', 4), mean: 0.1, std: 2 },
        { train: ['say red', 'count', 'say a b', 'count two'].map((text) => ({ text, ids: tokenizer.encode(text, { addSpecialTokens: false }) })), test: [] },
        {
          updates: 2, batchSize: 4, miniBatches: 1, microBatchSize: 4, epochs: 1, policyOptimizer: constant, valueOptimizer: constant,
          // With the likeliest token alone to draw from, both write the same.
          sampling: { temperature: 1, topK: 1, topP: 1, maxNewTokens: 5 },
          kl: { coef: 0.05, controller: 'fixed', target: 6, horizon: 1000 }, gamma: 1, lambda: 0.95, clipRange: 0.2, valueClipRange: 0.2, valueCoef: 0.1, whitenAdvantages: true, whitenRewards: false,
          missingEosPenalty: 0.5, klEarlyStop: 0, maxKl: 1000, evalEvery: 0, seed: 11,
        },
        { ...resources, maxCells: 96 },
      )));
});
