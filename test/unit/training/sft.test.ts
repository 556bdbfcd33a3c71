import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/base/json';
import { cloneParams, type Params } from '../../../src/models/params';
import type { Snapshot } from '../../../src/training/algorithm';
import { createSft, type SftSettings } from '../../../src/training/sft';
import { supervised } from '../../../src/training/supervised';
import { tokenizeExamples } from '../../../src/training/tokenize';
import type { Trainable } from '../../../src/training/trainable';
import { allNear, near } from './near';
import { optimizer, resources, runSteps, tinyModel } from './tiny';

const settings: SftSettings = { epochs: 12, batchSize: 8, optimizer, evalEvery: 20, seed: 7 };
const examples = ['one two three four', 'two three', 'red green blue', 'a b c a b c a', 'please . please .', 'three'].flatMap((completion, i) => [
  { prompt: `say ${'good '.repeat(i % 3)}`, completion },
  { prompt: `count ${['a', 'b', 'c'][i % 3]!}`, completion: `${completion} .` },
]);

function data(completionOnly = true) {
  const { tokenizer } = tinyModel('lm');
  const { rows } = tokenizeExamples(tokenizer, examples, { maxLength: 32, completionOnly });
  return { train: rows, test: rows.slice(0, 4) };
}

describe('sft', () => {
  it('learns answers by heart from random weights', async () => {
    const model = tinyModel('lm');
    const sft = createSft(model, data(), { ...settings, epochs: 60 }, resources);
    const { events, outcome } = await runSteps(sft);
    await sft.release();
    const first = events.find((e) => e.type === 'eval');
    assert.ok(first?.type === 'eval' && first.step === 0 && first.metrics['eval_loss']! > 2);
    assert.ok(outcome!.summary['eval_loss']! < 0.6, JSON.stringify(outcome!.summary));
    near(outcome!.summary['eval_perplexity'], Math.exp(outcome!.summary['eval_loss']!), 1e-9);
    assert.equal(events.filter((e) => e.type === 'step').length, sft.total);
  });

  it('gives the same gradients whatever the micro-batch', async () => {
    const outcomes: { params: Float32Array; losses: number[] }[] = [];
    for (const maxCells of [1, 32, 8192]) {
      const model = tinyModel('lm');
      const sft = createSft(model, data(), { ...settings, maxSteps: 3 }, { ...resources, maxCells });
      const { events } = await runSteps(sft);
      await sft.release();
      outcomes.push({ params: model.params.data, losses: events.flatMap((e) => (e.type === 'step' ? [e.metrics['loss']!, e.metrics['grad_norm']!] : [])) });
    }
    for (const other of outcomes.slice(1)) {
      other.losses.forEach((x, i) => {
        near(x / outcomes[0]!.losses[i]!, 1, 1e-6);
      });
      allNear(other.params, outcomes[0]!.params, 1e-5);
    }
  });

  it('goes on from a snapshot as if nothing had happened, bit for bit', async () => {
    const whole = tinyModel('lm');
    const one = createSft(whole, data(), settings, resources);
    const { outcome } = await runSteps(one);
    for (const at of [1, 5, 17]) {
      const half = tinyModel('lm');
      const before = createSft(half, data(), settings, resources);
      await runSteps(before, at);
      const { tensors, state } = await before.snapshot();
      const kept = { tensors: Object.fromEntries(Object.entries(tensors).map(([k, v]) => [k, v.slice()])), state: JSON.parse(JSON.stringify(state)) as typeof state };
      await before.release();
      const resumed = tinyModel('lm', 99);
      const after = createSft(resumed, data(), settings, resources);
      after.restore(kept);
      assert.equal(after.done(), at);
      const end = await runSteps(after);
      await after.release();
      assert.deepEqual(resumed.params.data, whole.params.data);
      assert.deepEqual(end.outcome!.summary, outcome!.summary);
    }
    await one.release();
  });

  it('learns the completion only, or the prompt too', () => {
    const only = data(true).train[0]!;
    const both = data(false).train[0]!;
    assert.deepEqual(only.ids, both.ids);
    assert.equal(both.start, 1);
    assert.equal(only.ids.length - only.start, 5);
    assert.equal(only.ids.at(-1), 2);
  });

  it('says what does not fit, and refuses when nothing does', () => {
    const { tokenizer, config, params } = tinyModel('lm');
    const { rows, warnings } = tokenizeExamples(tokenizer, [{ prompt: 'a b c a b', completion: 'one' }, { prompt: 'a', completion: 'one two three four five' }, { text: 'a b' }], { maxLength: 5, completionOnly: true });
    assert.deepEqual(rows.map((r) => r.ids.length), [5, 3]);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0]!, /^1 example longer than 5 tokens/);
    assert.match(warnings[1]!, /^1 example left out/);
    assert.throws(() => createSft({ config, params: cloneParams(params) }, { train: [], test: [] }, settings, resources), /no example is left/);
  });

  it('stops before a gradient that is not finite touches the weights', async () => {
    const model = tinyModel('lm');
    model.params.data[3] = NaN;
    const sft = createSft(model, data(), settings, resources);
    await assert.rejects(runSteps(sft), (e: Error & { code?: string }) => e.code === 'guard.nonFinite');
    await sft.release();
  });
});

describe('early stop', () => {
  /** A loss that falls to step 6 and then rises; evaluation every two steps. */
  function steps(patience: number, trained: { params: { data: Float32Array }; restored: number[] }) {
    const at = (): number => trained.params.data[0]!;
    const trainable = {
      params: trained.params,
      sync: () => Promise.resolve(),
      snapshot: () => Promise.resolve({ tensors: { 'x.weights': trained.params.data }, state: {} }),
      restore: ({ tensors }: Snapshot) => {
        trained.params.data.set(tensors['x.weights']!);
        trained.restored.push(at());
      },
    } as unknown as Trainable;
    return supervised<number>(
      {
        ...{ examples: [1, 2, 3, 4], lengthOf: () => 1, holdsOut: true, trained: trainable, params: trained.params as Params },
        train: () => Promise.resolve({ metrics: { loss: (trained.params.data[0] = at() + 1) }, tokens: 1 }),
        evaluate: () => Promise.resolve({ eval_loss: (at() - 6) ** 2 }),
        // eslint-disable-next-line require-yield -- nothing is measured
        finish: async function* ({ total }) {
          return Promise.resolve({ summary: { total, weight: at() } });
        },
        release: () => Promise.resolve(),
      },
      { epochs: 10, batchSize: 2, evalEvery: 2, earlyStop: { patience }, seed: 1 },
    );
  }
  const fresh = () => ({ params: { data: Float32Array.of(0) }, restored: [] as number[] });

  it('ends after the patience is over, with the weights that were best, also when it was stopped on the way', async () => {
    const one = steps(2, fresh());
    const { outcome, events } = await runSteps(one);
    assert.deepEqual(outcome!.summary, { total: 10, weight: 6, best_step: 6 });
    assert.deepEqual(events.flatMap((e) => (e.type === 'eval' ? [e.step] : [])), [0, 2, 4, 6, 8, 10]);
    for (const at of [5, 7, 10]) {
      const before = steps(2, fresh());
      await runSteps(before, at);
      const { tensors, state } = await before.snapshot();
      const after = steps(2, fresh());
      after.restore({ tensors: Object.fromEntries(Object.entries(tensors).map(([k, v]) => [k, v.slice()])), state: JSON.parse(JSON.stringify(state)) as JsonObject });
      assert.deepEqual((await runSteps(after)).outcome, outcome);
    }
    assert.deepEqual((await runSteps(steps(9, fresh()))).outcome!.summary, { total: 20, weight: 6, best_step: 6 }, 'patience that is never over still keeps the best');
  });

  it('needs something held out, and evaluations', () => {
    const { config, params } = tinyModel('lm');
    assert.throws(() => createSft({ config, params }, { train: [{ ids: [1, 2], start: 1 }], test: [] }, { epochs: 1, batchSize: 1, optimizer, evalEvery: 1, seed: 1, earlyStop: { patience: 1 } }, resources), /held out/);
    assert.throws(() => createSft({ config, params }, { train: [{ ids: [1, 2], start: 1 }], test: [{ ids: [1, 2], start: 1 }] }, { epochs: 1, batchSize: 1, optimizer, evalEvery: 0, seed: 1, earlyStop: { patience: 1 } }, resources), /evalEvery is 0/);
  });
});
