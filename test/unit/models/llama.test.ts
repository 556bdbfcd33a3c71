import assert from 'node:assert/strict';
import { createRng } from '../../../src/base/rng';
import { gradients } from '../../../src/engine/autodiff';
import { input, newGraph, output, type Graph } from '../../../src/engine/graph';
import { mul, neg, linearLogProb, reduceMean, reduceSum } from '../../../src/engine/ops';
import { adamwStep, clipScale, globalNorm } from '../../../src/engine/optimizer';
import { createSession } from '../../../src/engine/session';
import { headWeight, hidden, initParams, logitsAt, paramConstants, paramInputs, rowsOf, scores } from '../../../src/models/model';
import { modelSpecs } from '../../../src/models/specs';
import { view, zerosLike, type Params } from '../../../src/models/params';
import type { ModelConfig } from '../../../src/models/config';
import { configOf, fixture, maxDifference, paramsOf, relativeError, unpack, type Tensors } from '../engine/fixture';

interface Fixture {
  config: unknown;
  ids: number[][];
  params: Tensors;
  logits: string;
  loss: number;
  grads: Tensors;
  adamw: { lr: number; betas: [number, number]; eps: number; weightDecay: number; maxGradNorm: number };
  losses: number[];
  norms: number[];
  after: Tensors;
}

const bigints = (xs: readonly number[]): BigInt64Array => BigInt64Array.from(xs, BigInt);
const feedsOf = (params: Params): Record<string, Float32Array> => Object.fromEntries(params.specs.map(({ name }) => [name, view(params, name)]));

/** Mean next-token loss over all rows, with its gradients as `grad:name`, and all logits. */
function trainGraph(config: ModelConfig, ids: readonly number[][]): { g: Graph; feeds: Record<string, BigInt64Array> } {
  const [batch, length] = [ids.length, ids[0]!.length];
  const n = batch * (length - 1);
  const g = newGraph();
  const p = paramInputs(g, config, 'lm');
  const h = hidden(g, config, p, input(g, 'ids', 'int64', [batch, length]));
  const rows = rowsOf(g, h, input(g, 'rows', 'int64', [n]));
  const { logProb } = linearLogProb(g, rows, headWeight(config, p), input(g, 'targets', 'int64', [n]));
  const loss = neg(g, reduceMean(g, logProb));
  output(g, 'loss', loss);
  output(g, 'logits', logitsAt(g, config, p, rowsOf(g, h, input(g, 'all', 'int64', [batch * length]))));
  const names = Object.keys(p);
  gradients(g, loss, Object.values(p)).forEach((d, i) => { output(g, `grad:${names[i]!}`, d); });
  const rowIndex = ids.flatMap((row, b) => row.slice(1).map((_, t) => b * length + t));
  const feeds = {
    ids: bigints(ids.flat()),
    rows: bigints(rowIndex),
    targets: bigints(ids.flatMap((row) => row.slice(1))),
    all: bigints(ids.flat().map((_, i) => i)),
  };
  return { g, feeds };
}

describe('llama against transformers', () => {
  for (const file of ['llama-tied.json', 'llama-untied-bias.json']) {
    it(`${file}: logits, loss, every gradient and ten steps of AdamW`, async () => {
      const f = fixture(file) as Fixture;
      const config = configOf(f.config);
      const params = paramsOf(config, 'lm', f.params);
      assert.deepEqual(new Set(Object.keys(f.params)), new Set(params.specs.map((s) => s.name)));
      const { g, feeds } = trainGraph(config, f.ids);
      const session = await createSession(g, { threads: 2 });
      const grads = zerosLike(params);
      const all = { ...feedsOf(params), ...feeds };
      const into = Object.fromEntries(params.specs.map(({ name }) => [`grad:${name}`, view(grads, name)]));

      const { loss, logits } = await session.run(all, into);
      assert.ok(maxDifference(logits as Float32Array, unpack(f.logits)) < 1e-4, `logits differ by ${maxDifference(logits as Float32Array, unpack(f.logits))}`);
      assert.ok(Math.abs((loss as Float32Array)[0]! - f.loss) < 1e-5, `loss ${String(loss)} is not ${f.loss}`);
      for (const { name } of params.specs) {
        const error = relativeError(view(grads, name), unpack(f.grads[name]!));
        assert.ok(error < 1e-3, `gradient of ${name} is off by ${error}`);
      }

      const { lr, betas, eps, weightDecay, maxGradNorm } = f.adamw;
      const [m, v] = [new Float32Array(params.data.length), new Float32Array(params.data.length)];
      for (let step = 1; step <= 10; step++) {
        const out = await session.run(all, into);
        assert.ok(Math.abs((out['loss'] as Float32Array)[0]! - f.losses[step - 1]!) < 1e-5, `loss of step ${step}`);
        const norm = globalNorm(grads.data);
        assert.ok(Math.abs(norm / f.norms[step - 1]! - 1) < 1e-4, `gradient norm ${norm} of step ${step} is not ${f.norms[step - 1]!}`);
        adamwStep({ params, grads: grads.data, scale: clipScale(norm, maxGradNorm), m, v, step, learningRate: lr, beta1: betas[0], beta2: betas[1], eps, weightDecay });
      }
      for (const { name } of params.specs) {
        const error = relativeError(view(params, name), unpack(f.after[name]!));
        assert.ok(error < 1e-4, `${name} after ten steps is off by ${error}`);
      }
      await session.release();
    });
  }
});

describe('llama', () => {
  const config = configOf((fixture('llama-tied.json') as Fixture).config);

  it('what real tokens see does not depend on padding', async () => {
    const params = initParams(config, 'score', createRng(1));
    const g = newGraph();
    const p = paramConstants(g, params);
    const h = hidden(g, config, p, input(g, 'ids', 'int64', [2, 8]));
    output(g, 'scores', scores(g, config, p, rowsOf(g, h, input(g, 'rows', 'int64', [2]))));
    const session = await createSession(g, { threads: 1 });
    const run = async (pad: number): Promise<number[]> => {
      const ids = bigints([1, 2, 3, 4, 5, pad, pad, pad, 7, 8, 9, 10, 11, 12, 13, 14]);
      return [...((await session.run({ ids, rows: bigints([4, 15]) }))['scores'] as Float32Array)];
    };
    assert.deepEqual(await run(0), await run(39));
    await session.release();
  });

  it('weights as constants and as inputs give the same numbers', async () => {
    const params = initParams(config, 'lm', createRng(2));
    const ids = [[5, 6, 7, 8, 9, 10]];
    const results: Float32Array[] = [];
    for (const baked of [true, false]) {
      const g = newGraph();
      const p = baked ? paramConstants(g, params) : paramInputs(g, config, 'lm');
      const h = hidden(g, config, p, input(g, 'ids', 'int64', [1, 6]));
      output(g, 'logits', logitsAt(g, config, p, rowsOf(g, h, input(g, 'rows', 'int64', [3]))));
      const session = await createSession(g, { threads: 1 });
      results.push((await session.run({ ...(baked ? {} : feedsOf(params)), ids: bigints(ids.flat()), rows: bigints([5, 0, 5]) }))['logits'] as Float32Array);
      await session.release();
    }
    assert.ok(maxDifference(results[0]!, results[1]!) < 1e-5);
  });

  it('splitting a batch into micro-batches gives the same gradient', async () => {
    const params = initParams(config, 'score', createRng(3));
    const rows = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]];
    const gradient = async (batch: number): Promise<Float32Array> => {
      const g = newGraph();
      const p = paramInputs(g, config, 'score');
      const h = hidden(g, config, p, input(g, 'ids', 'int64', [batch, 4]));
      const r = scores(g, config, p, rowsOf(g, h, input(g, 'rows', 'int64', [batch])));
      const names = Object.keys(p);
      gradients(g, reduceSum(g, mul(g, r, r)), Object.values(p)).forEach((d, i) => { output(g, `grad:${names[i]!}`, d); });
      const session = await createSession(g, { threads: 2 });
      const sum = new Float32Array(params.data.length);
      for (let b = 0; b < rows.length; b += batch) {
        const part = zerosLike(params);
        const feeds = { ...feedsOf(params), ids: bigints(rows.slice(b, b + batch).flat()), rows: bigints(Array.from({ length: batch }, (_, i) => 4 * i + 3)) };
        await session.run(feeds, Object.fromEntries(params.specs.map(({ name }) => [`grad:${name}`, view(part, name)])));
        part.data.forEach((x, i) => (sum[i]! += x));
      }
      await session.release();
      return sum;
    };
    assert.ok(relativeError(await gradient(1), await gradient(4)) < 1e-5);
  });

  it('a new model has the spread that transformers gives it, and N(0, 1/√(d+1)) in the score head', () => {
    const wide = { ...config, vocabSize: 500, hiddenSize: 400, attentionBias: true, initializerRange: 0.02 };
    const params = initParams(wide, 'score', createRng('init'));
    const std = (name: string): number => {
      const data = view(params, name);
      return Math.sqrt(data.reduce((s, x) => s + x * x, 0) / data.length);
    };
    assert.ok(Math.abs(std('model.embed_tokens.weight') / 0.02 - 1) < 0.01);
    assert.ok(Math.abs(std('score.weight') * Math.sqrt(401) - 1) < 0.15);
    assert.ok(view(params, 'model.norm.weight').every((x) => x === 1));
    assert.ok(view(params, 'model.layers.0.self_attn.q_proj.bias').every((x) => x === 0));
    assert.deepEqual(initParams(wide, 'score', createRng('init')).data, params.data);
  });

  it('names what a head adds', () => {
    const names = (untied: boolean, head: 'lm' | 'score' | 'none'): string[] => modelSpecs({ ...config, tieWordEmbeddings: !untied }, head).map((s) => s.name);
    assert.ok(!names(false, 'lm').includes('lm_head.weight'));
    assert.ok(names(true, 'lm').includes('lm_head.weight'));
    assert.ok(!names(true, 'score').includes('lm_head.weight') && names(true, 'score').includes('score.weight'));
    assert.equal(names(true, 'none').length, names(true, 'lm').length - 1);
  });
});
