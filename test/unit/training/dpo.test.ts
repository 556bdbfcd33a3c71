import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseModelConfig } from '../../../src/models/config';
import { addLora, type Net } from '../../../src/models/lora';
import type { Metrics } from '../../../src/training/algorithm';
import { tokenizeComparisons, type Comparison, type ComparisonExample } from '../../../src/training/comparisons';
import { createDpo, type DpoSettings } from '../../../src/training/dpo';
import { paramsOf, type Tensors } from '../engine/fixture';
import { configJson, optimizer, resources, runSteps, tinyModel } from './tiny';

/** See `test/fixtures/dpo/make.py`: ten steps of trl's DPOTrainer. */
interface Fixture {
  readonly beta: number;
  readonly pairs: readonly { readonly prompt: string; readonly chosen: string; readonly rejected: string }[];
  readonly params: Tensors;
  readonly steps: readonly Readonly<Record<string, number>>[];
}

const settings: DpoSettings = { epochs: 6, batchSize: 4, optimizer, beta: 0.2, labelNoise: 0, evalEvery: 5, seed: 3 };

const example = (prompt: string, responses: string[], pairs: { i: number; j: number; p: number }[]): ComparisonExample => ({
  prompt,
  responses,
  pairs: pairs.map((p) => ({ ...p, weight: 1 / pairs.length, labeler: 'anna' })),
});
const asks = ['say red', 'say green', 'say blue please', 'count', 'count one', 'please say good'];
/** Two or three answers; those that end in "good" are preferred to others. */
const examples = Array.from({ length: 24 }, (_, n) => {
  const other = ['bad', 'a b', 'c c a', 'bad bad'][n % 4]!;
  const prompt = asks[n % 6]!;
  return n % 2 === 0
    ? example(prompt, ['a good', other], [{ i: 0, j: 1, p: 1 }])
    : example(prompt, [other, 'b good', 'c good'], [{ i: 1, j: 0, p: 1 }, { i: 2, j: 0, p: 1 }, { i: 1, j: 2, p: 0.5 }]);
});
const data = () => {
  const { comparisons } = tokenizeComparisons(tinyModel('lm').tokenizer, examples, 32);
  return { train: comparisons.slice(6), test: comparisons.slice(0, 6) };
};

async function stepsOf(model: Net, train: readonly Comparison[], how: DpoSettings): Promise<Metrics[]> {
  const dpo = createDpo(model, { train, test: [] }, how, resources);
  const { events } = await runSteps(dpo);
  await dpo.release();
  return events.flatMap((e) => (e.type === 'step' ? [e.metrics] : []));
}

describe('dpo', () => {
  it("makes the steps of trl's DPOTrainer", async () => {
    const { pairs, params, beta, steps: expected } = JSON.parse(readFileSync('test/fixtures/dpo/expected.json', 'utf8')) as Fixture;
    const config = parseModelConfig({ ...configJson, rms_norm_eps: 1e-6 }, 'fixture');
    const asked = pairs.map(({ prompt, chosen, rejected }) => example(prompt, [chosen, rejected], [{ i: 0, j: 1, p: 1 }]));
    const { comparisons } = tokenizeComparisons(tinyModel('lm').tokenizer, asked, 64);
    const adam = { learningRate: 1e-2, schedule: 'constant', warmupSteps: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, maxGradNorm: 1 } as const;
    const steps = await stepsOf({ config, params: paramsOf(config, 'lm', params) }, comparisons, { epochs: expected.length, batchSize: pairs.length, optimizer: adam, beta, labelNoise: 0, evalEvery: 0, seed: 1 });
    assert.equal(steps.length, expected.length);
    expected.forEach((want, n) => {
      for (const [name, value] of Object.entries(want)) {
        if (n === 0 && name === 'rewards/accuracies') continue; // all rewards are 0: trl counts that as wrong, we as half
        const got = steps[n]![name]!;
        assert.ok(Math.abs(got - value) <= 1e-3 * Math.max(1e-2, Math.abs(value)), `step ${n + 1}: ${name} is ${got}, trl has ${value}`);
      }
    });
  });

  it('doubts labels as it is told to: at the start a gradient shrinks by 1 − 2ε, and a tie has none', async () => {
    const gradNorm = async (p: number, labelNoise: number): Promise<number> => {
      const { comparisons } = tokenizeComparisons(tinyModel('lm').tokenizer, [example('say red', ['a good', 'bad'], [{ i: 0, j: 1, p }])], 32);
      return (await stepsOf(tinyModel('lm'), comparisons, { ...settings, epochs: 1, labelNoise }))[0]!['grad_norm']!;
    };
    const sure = await gradNorm(1, 0);
    assert.ok(sure > 0.01);
    assert.ok(Math.abs((await gradNorm(1, 0.2)) / sure - 0.6) < 1e-4);
    assert.ok((await gradNorm(0.5, 0)) < 1e-5 * sure);
  });

  it('learns what is preferred, and reports on held-out comparisons', async () => {
    const dpo = createDpo(tinyModel('lm'), data(), settings, resources);
    const { events, outcome } = await runSteps(dpo);
    await dpo.release();
    const [first] = events;
    // Before the first step policy and reference are the same, so that every comparison costs ln 2.
    assert.ok(first?.type === 'eval' && Math.abs(first.metrics['eval_loss']! - Math.LN2) < 1e-5, JSON.stringify(first));
    assert.ok(outcome!.summary['accuracy']! >= 0.9, JSON.stringify(outcome!.summary));
    const last = events.filter((e) => e.type === 'eval').at(-1)!;
    assert.ok(last.metrics['eval_rewards/margins']! > 0.2 && last.metrics['eval_loss']! < 0.6, JSON.stringify(last));
  });

  it('gives the same numbers whatever the micro-batch, and layer by layer', async () => {
    const outcomes: { params: Float32Array; losses: number[] }[] = [];
    for (const more of [{ maxCells: 8192 }, { maxCells: 1 }, { maxCells: 60 }, { maxCells: 60, recompute: true }]) {
      const model = tinyModel('lm');
      const dpo = createDpo(model, data(), { ...settings, maxSteps: 3, batchSize: 8 }, { ...resources, ...more });
      const { events } = await runSteps(dpo);
      await dpo.release();
      outcomes.push({ params: model.params.data, losses: events.flatMap((e) => (e.type === 'step' ? [e.metrics['loss']!] : [])) });
    }
    for (const other of outcomes.slice(1)) {
      other.losses.forEach((x, i) => { assert.ok(Math.abs(x - outcomes[0]!.losses[i]!) < 1e-5, `${x} is not ${outcomes[0]!.losses[i]!}`); });
      assert.ok(Math.max(...other.params.map((x, i) => Math.abs(x - outcomes[0]!.params[i]!))) < 1e-4);
    }
  });

  it('trains an adapter with the model beneath as the reference, which stays as it is', async () => {
    const model = tinyModel('lm');
    const base = model.params.data.slice();
    const net = addLora(model, { rank: 4, alpha: 8, targets: 'all-linear', rsLora: false }, 'lm', 1);
    const dpo = createDpo(net, data(), { ...settings, epochs: 8, optimizer: { ...optimizer, learningRate: 0.02 } }, resources);
    const { outcome } = await runSteps(dpo);
    await dpo.release();
    assert.deepEqual(model.params.data, base);
    assert.ok(outcome!.summary['accuracy']! >= 0.9, JSON.stringify(outcome!.summary));
  });

  it('goes on from a snapshot as if nothing had happened, bit for bit', async () => {
    const whole = tinyModel('lm');
    const straight = createDpo(whole, data(), settings, resources);
    const { outcome } = await runSteps(straight);
    await straight.release();
    const half = createDpo(tinyModel('lm'), data(), settings, resources);
    await runSteps(half, 7);
    const saved = await half.snapshot();
    const kept = { tensors: Object.fromEntries(Object.entries(saved.tensors).map(([name, t]) => [name, t.slice()])), state: structuredClone(saved.state) };
    await half.release();
    const again = tinyModel('lm');
    const resumed = createDpo(again, data(), settings, resources);
    resumed.restore(kept);
    const end = await runSteps(resumed);
    await resumed.release();
    assert.deepEqual(again.params.data, whole.params.data);
    assert.deepEqual(end.outcome!.summary, outcome!.summary);
  });

  it('says what is wrong when nothing is left to learn from', () => {
    assert.throws(() => createDpo(tinyModel('lm'), { train: [], test: [] }, settings, resources), { code: 'dpo.data' });
  });
});
