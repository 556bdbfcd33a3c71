import assert from 'node:assert/strict';
import { createRng } from '../../../src/base/rng';
import { newGraph, constant, output } from '../../../src/engine/graph';
import { reshape } from '../../../src/engine/ops';
import { createSession } from '../../../src/engine/session';
import { configJson, parseModelConfig, type ModelConfig } from '../../../src/models/config';
import { createGenerator, type Completion, type SamplingParams } from '../../../src/models/generate';
import { hidden, initParams, logitsAt, paramConstants } from '../../../src/models/model';
import { cloneParams, view, type Params } from '../../../src/models/params';
import { expected, fixtureModel } from './fixture';

const options = { threads: 2, maxBatch: 8, maxLength: 128 };
const plain: SamplingParams = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 24, stopIds: [] };
const randomPrompts = (n: number, vocabulary: number): number[][] => {
  const rng = createRng(7);
  return Array.from({ length: n }, () => Array.from({ length: 1 + rng.int(20) }, () => rng.int(vocabulary)));
};

async function generate(config: ModelConfig, params: Params, prompts: number[][], sampling: SamplingParams, seed: number, more = {}): Promise<Completion[]> {
  const generator = createGenerator(config, params, { ...options, ...more });
  try {
    return await generator.generate(prompts, sampling, createRng(seed));
  } finally {
    await generator.release();
  }
}

/** Log-probabilities of the last `count` of `ids` by one pass of the training graph, in double precision from its logits. */
async function recompute(config: ModelConfig, params: Params, ids: readonly number[], count: number, temperature: number): Promise<number[]> {
  const g = newGraph();
  const p = paramConstants(g, params);
  const h = hidden(g, config, p, constant(g, BigInt64Array.from(ids, BigInt), 'int64', [1, ids.length], 'ids'));
  output(g, 'logits', logitsAt(g, config, p, reshape(g, h, [-1, config.hiddenSize])));
  const session = await createSession(g, { threads: 1 });
  const logits = Float32Array.from((await session.run({}))['logits'] as Float32Array);
  await session.release();
  return ids.slice(-count).map((id, i) => {
    const at = ids.length - count + i - 1;
    const row = Array.from(logits.subarray(at * config.vocabSize, (at + 1) * config.vocabSize), (x) => x / temperature);
    const max = Math.max(...row);
    return row[id]! - max - Math.log(row.reduce((sum, x) => sum + Math.exp(x - max), 0));
  });
}

describe('models/generate', () => {
  for (const name of ['bytelevel', 'fallback', 'half'] as const) {
    it(`greedy: the tokens of transformers, prompts of different lengths in one batch (${name})`, async () => {
      const { config, params } = await fixtureModel(name);
      const { prompts, greedy, stop } = expected[name];
      const answers = await generate(config, params, prompts, { ...plain, temperature: 0, stopIds: stop }, 1);
      assert.deepEqual(answers.map((a) => a.ids), greedy);
      assert.deepEqual(answers.map((a) => a.finished), greedy.map((ids) => stop.includes(ids.at(-1)!)));
    });

    it(`log-probabilities of sampled tokens are those of a full forward pass (${name})`, async () => {
      const { config, params } = await fixtureModel(name);
      const prompts = expected[name].prompts;
      for (const sampling of [plain, { ...plain, temperature: 0.7 }, { ...plain, temperature: 1.5, topK: 20, topP: 0.9 }, { ...plain, temperature: 0 }]) {
        const answers = await generate(config, params, prompts, sampling, 2);
        for (const [i, a] of answers.entries()) {
          const again = await recompute(config, params, [...prompts[i]!, ...a.ids], a.ids.length, sampling.temperature || 1);
          a.logprobs.forEach((x, t) => { assert.ok(Math.abs(x - again[t]!) < 1e-4, `row ${i}, token ${t}: ${x} and ${again[t]!}`); });
        }
      }
    });
  }

  for (const [headDim, heads, kvHeads] of [[8, 4, 4], [16, 8, 4], [20, 3, 1], [32, 4, 2], [48, 6, 6], [2, 2, 1]] as const) {
    it(`heads of ${headDim}, ${heads} to ${kvHeads}, biases, across the steps in which the cache grows`, async () => {
      const config = parseModelConfig({ ...configJson((await fixtureModel('bytelevel')).config), head_dim: headDim, num_attention_heads: heads, num_key_value_heads: kvHeads, attention_bias: true, mlp_bias: true, initializer_range: 0.3, vocab_size: 101 }, 'x');
      const params = initParams(config, 'lm', createRng(3));
      const rng = createRng(4);
      for (const s of params.specs) if (s.name.endsWith('.bias')) view(params, s.name).forEach((_, i, a) => (a[i] = 0.3 * rng.normal()));
      const prompts = randomPrompts(3, 101);
      const answers = await generate(config, params, prompts, { ...plain, maxNewTokens: 70 }, 5);
      for (const [i, a] of answers.entries()) {
        assert.equal(a.ids.length, 70);
        const again = await recompute(config, params, [...prompts[i]!, ...a.ids], 70, 1);
        a.logprobs.forEach((x, t) => { assert.ok(Math.abs(x - again[t]!) < 1e-4, `row ${i}, token ${t}: ${x} and ${again[t]!}`); });
      }
    });
  }

  it('gives a prompt the same answer whatever the batch: its size, its neighbours, rows refilled or not', async () => {
    const { config, params } = await fixtureModel('bytelevel');
    const prompts = randomPrompts(17, config.vocabSize);
    const sampling = { ...plain, maxNewTokens: 40, stopIds: [5, 6, 7, 8, 9, 10, 11, 12] };
    const base = await generate(config, params, prompts, sampling, 6, { maxBatch: 32 });
    assert.ok(new Set(base.map((a) => a.ids.length)).size > 5, 'answers end at different times');
    assert.ok(base.some((a) => a.finished) && base.some((a) => !a.finished));
    for (const a of base) assert.deepEqual(a.ids.findIndex((id) => sampling.stopIds.includes(id)), a.finished ? a.ids.length - 1 : -1);
    for (const maxBatch of [1, 2, 3, 7]) {
      const other = await generate(config, params, prompts, sampling, 6, { maxBatch });
      assert.deepEqual(other.map((a) => a.ids), base.map((a) => a.ids), `batch ${maxBatch}`);
      other.forEach((a, i) => { a.logprobs.forEach((x, t) => { assert.ok(Math.abs(x - base[i]!.logprobs[t]!) < 1e-5); }); });
    }
    const fewer = await generate(config, params, prompts.slice(0, 4), sampling, 6);
    assert.deepEqual(fewer.map((a) => a.ids), base.slice(0, 4).map((a) => a.ids));
    const otherSeed = await generate(config, params, prompts, sampling, 8, { maxBatch: 32 });
    assert.notDeepEqual(otherSeed.map((a) => a.ids), base.map((a) => a.ids));
  });

  it('repeats itself bit for bit, moves the generator of random numbers on, and gives equal prompts different answers', async () => {
    const { config, params } = await fixtureModel('fallback');
    const generator = createGenerator(config, params, options);
    const rng = createRng(1);
    const first = await generator.generate([[5, 6], [5, 6]], plain, rng);
    const second = await generator.generate([[5, 6], [5, 6]], plain, rng);
    assert.deepEqual(await generator.generate([[5, 6], [5, 6]], plain, createRng(1)), first);
    assert.notDeepEqual(second, first);
    assert.notDeepEqual(first[0]!.ids, first[1]!.ids);
    await generator.release();
  });

  it('takes over new weights as they are when it is told, and only then', async () => {
    const { config, params } = await fixtureModel('bytelevel');
    const moving = cloneParams(params);
    const generator = createGenerator(config, moving, options);
    const greedy = { ...plain, temperature: 0, stopIds: expected.bytelevel.stop };
    moving.data.fill(0);
    assert.deepEqual((await generator.generate(expected.bytelevel.prompts, greedy, createRng(0))).map((a) => a.ids), expected.bytelevel.greedy, 'the weights of the time of creation');
    const update = generator.update(moving);
    moving.data.set(params.data);
    await update;
    assert.deepEqual((await generator.generate([[5]], greedy, createRng(0)))[0]!.ids, new Array(24).fill(0), 'zeros: all tokens alike');
    await generator.update(moving);
    assert.deepEqual((await generator.generate(expected.bytelevel.prompts, greedy, createRng(0))).map((a) => a.ids), expected.bytelevel.greedy);
    await generator.rest();
    await assert.rejects(generator.generate([[5]], greedy, createRng(0)), /let its weights go/);
    await generator.update(moving);
    assert.deepEqual((await generator.generate(expected.bytelevel.prompts, greedy, createRng(0))).map((a) => a.ids), expected.bytelevel.greedy);
    await generator.release();
  });

  it('ends where the length does', async () => {
    const { config, params } = await fixtureModel('bytelevel');
    const answers = await generate(config, params, [[5], [5, 6, 7, 8, 9, 10]], plain, 1, { maxLength: 10 });
    assert.deepEqual(answers.map((a) => [a.ids.length, a.finished]), [[9, false], [4, false]]);
    assert.deepEqual(await generate(config, params, [], plain, 1), []);
  });

  it('reports progress', async () => {
    const { config, params } = await fixtureModel('bytelevel');
    const seen: number[] = [];
    const generator = createGenerator(config, params, { ...options, maxBatch: 2 });
    await generator.generate(randomPrompts(5, 300), { ...plain, maxNewTokens: 3 }, createRng(0), (p) => seen.push(p.tokens));
    assert.deepEqual([seen[0], seen.at(-1)], [4, 15]);
    await generator.release();
  });

  it('refuses prompts that cannot be answered, and weights that are not numbers', async () => {
    const { config, params } = await fixtureModel('bytelevel');
    const fails = (prompts: number[][], message: RegExp): Promise<void> => assert.rejects(generate(config, params, prompts, plain, 1), message);
    await fails([[5], []], /prompt 2 is empty/);
    await fails([[320]], /prompt 1 holds token 320, but the model has tokens 0 to 319/);
    await fails([[0.5]], /holds token 0\.5/);
    await fails([new Array<number>(128).fill(5)], /has 128 tokens; with an answer it must fit into 128/);
    await assert.rejects(generate(config, params, [[5]], { ...plain, temperature: -1 }, 1), /temperature -1/);
    const broken = cloneParams(params);
    broken.data.fill(NaN);
    await assert.rejects(generate(config, broken, [[5]], plain, 1), /weights are not finite/);
  });
});
