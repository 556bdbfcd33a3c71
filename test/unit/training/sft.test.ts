import assert from 'node:assert/strict';
import { cloneParams } from '../../../src/models/params';
import { createSft, type SftSettings } from '../../../src/training/sft';
import { tokenizeExamples } from '../../../src/training/tokenize';
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
