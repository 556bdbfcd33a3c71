import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/base/json';
import { createRng } from '../../../src/base/rng';
import { gradients } from '../../../src/engine/autodiff';
import { input, newGraph, output } from '../../../src/engine/graph';
import { gather, linearLogProb, mul, neg, reduceMean } from '../../../src/engine/ops';
import { createSession } from '../../../src/engine/session';
import { writeAdapterFolder } from '../../../src/modelio/adapter-folder';
import { causalConfig, scoreConfig } from '../../../src/modelio/head-config';
import { openWeights, type Weights } from '../../../src/modelio/weights';
import { writeModelFolder } from '../../../src/modelio/write-folder';
import { configJson, parseModelConfig, type ModelConfig } from '../../../src/models/config';
import { families } from '../../../src/models/families/all';
import { createGenerator } from '../../../src/models/generate';
import { headWeight, hidden, hiddenAtEnds, initParams, logitsAt, paramInputs, rowsOf, scores } from '../../../src/models/model';
import { loadParams, namedTensors } from '../../../src/models/load';
import { addLora, merged, targetNames } from '../../../src/models/lora';
import { layoutParams, view, type Params } from '../../../src/models/params';
import { modelSpecs, type Head } from '../../../src/models/specs';
import { packShared, rowsFor } from '../../../src/training/shared-rows';
import { wholeTrunk } from '../../../src/training/top';
import { weightFeeds } from '../../../src/training/trainable';
import { maxDifference, unpack } from '../engine/fixture';

const root = 'test/fixtures/models';

/** See `make.py` there. */
interface Expected {
  readonly ids: number[][];
  readonly places: number[];
  readonly logits: string;
  readonly loss: number;
  readonly grads: Readonly<Record<string, { norm: number; dots: number[]; at: number[]; entries: number[] }>>;
  readonly scores: number[];
  readonly prompts: number[][];
  readonly greedy: number[][];
}

const names = readdirSync(root).filter((name) => existsSync(`${root}/${name}/expected.json`));
const read = (path: string): unknown => JSON.parse(readFileSync(`${root}/${path}`, 'utf8'));
const bigints = (xs: readonly number[]): BigInt64Array => BigInt64Array.from(xs, BigInt);
const feedsOf = (params: Params): Record<string, Float32Array> => Object.fromEntries(params.specs.map(({ name }) => [name, view(params, name)]));

async function load(name: string, head: Head): Promise<{ json: JsonObject; config: ModelConfig; params: Params }> {
  const json = read(`${name}/config.json`) as JsonObject;
  const config = parseModelConfig(json, `${name}/config.json`);
  const params = layoutParams(modelSpecs(config, head));
  await loadParams(params, await openWeights(`${root}/${name}`), name, ['score.weight']);
  if (head === 'score') view(params, 'score.weight').forEach((_, i, a) => (a[i] = Math.cos(1.7 * i) / 4));
  return { json, config, params };
}

/** The largest distance of a gradient from the reference, in units of the reference: its norm, four products, and eight entries. */
function gradientError(got: Float32Array, { norm, dots, at, entries }: Expected['grads'][string]): number {
  const own = Math.sqrt(got.reduce((s, x) => s + x * x, 0));
  const errors = [own - norm];
  dots.forEach((dot, k) => errors.push(got.reduce((s, x, i) => s + x * Math.cos((1.3 + 0.37 * k) * i + 0.5 + k), 0) - dot));
  const each = norm / Math.sqrt(got.length);
  const sampled = at.map((i, j) => Math.abs(got[i]! - entries[j]!) / (Math.abs(entries[j]!) + each));
  return Math.max(...errors.map((e) => Math.abs(e) / norm), ...sampled);
}

describe('models/families against transformers', () => {
  it('has a fixture for every family', () => {
    const made = new Set(names.map((name) => (read(`${name}/config.json`) as JsonObject)['model_type']));
    assert.deepEqual(families.map((f) => f.modelType).filter((type) => !made.has(type)), []);
  });

  for (const name of names) {
    const expected = read(`${name}/expected.json`) as Expected;

    it(`${name}: logits, loss and every gradient`, async () => {
      const { config, params } = await load(name, 'lm');
      const { ids, places } = expected;
      const [batch, length] = [ids.length, ids[0]!.length];
      const g = newGraph();
      const p = paramInputs(g, config, 'lm');
      const h = hidden(g, config, p, input(g, 'ids', 'int64', [batch, length]));
      const n = batch * (length - 1);
      const { logProb } = linearLogProb(g, rowsOf(g, h, input(g, 'rows', 'int64', [n])), headWeight(config, p), input(g, 'targets', 'int64', [n]));
      const loss = neg(g, reduceMean(g, logProb));
      output(g, 'loss', loss);
      output(g, 'logits', logitsAt(g, config, p, rowsOf(g, h, input(g, 'places', 'int64', [batch * places.length]))));
      const weights = Object.keys(p);
      gradients(g, loss, Object.values(p)).forEach((d, i) => { output(g, `grad:${weights[i]!}`, d); });
      const session = await createSession(g, { threads: 2 });
      const out = await session.run({
        ...feedsOf(params),
        ids: bigints(ids.flat()),
        rows: bigints(ids.flatMap((row, b) => row.slice(1).map((_, t) => b * length + t))),
        targets: bigints(ids.flatMap((row) => row.slice(1))),
        places: bigints(ids.flatMap((_, b) => places.map((t) => b * length + t))),
      });
      const far = maxDifference(out['logits'] as Float32Array, unpack(expected.logits));
      assert.ok(far < 1e-4, `logits differ by ${far}`);
      assert.ok(Math.abs((out['loss'] as Float32Array)[0]! / expected.loss - 1) < 1e-5, `loss ${String(out['loss'])} is not ${expected.loss}`);
      assert.deepEqual(new Set(weights), new Set(Object.keys(expected.grads)));
      const errors = weights.map((w) => ({ w, error: gradientError(out[`grad:${w}`] as Float32Array, expected.grads[w]!) })).sort((a, b) => b.error - a.error);
      assert.ok(errors[0]!.error < 1e-3, `gradients off by ${errors.slice(0, 3).map(({ w, error }) => `${w} ${error}`).join(', ')}`);
      await session.release();
    });

    it(`${name}: the last block for one place a row gives the same scores and gradients as for all`, async () => {
      const { config, params } = await load(name, 'score');
      const { ids } = expected;
      const [batch, length] = [ids.length, ids[0]!.length];
      const ends = bigints(ids.map((_, b) => b * length + Math.max(0, length - 1 - 3 * b)));
      const [narrow, wide] = await Promise.all([true, false].map(async (only) => {
        const g = newGraph();
        const p = paramInputs(g, config, 'score');
        const [idsIn, endsIn] = [input(g, 'ids', 'int64', [batch, length]), input(g, 'ends', 'int64', [batch])];
        const r = scores(g, config, p, only ? hiddenAtEnds(g, config, p, idsIn, endsIn) : rowsOf(g, hidden(g, config, p, idsIn), endsIn));
        output(g, 'scores', r);
        const weights = Object.keys(p);
        gradients(g, reduceMean(g, mul(g, r, r)), Object.values(p)).forEach((d, i) => { output(g, `grad:${weights[i]!}`, d); });
        const session = await createSession(g, { threads: 1 });
        const out = await session.run({ ...feedsOf(params), ids: bigints(ids.flat()), ends });
        await session.release();
        return out as Record<string, Float32Array>;
      }));
      const norm = (a: Float32Array): number => Math.sqrt(a.reduce((s, x) => s + x * x, 0));
      const far = Object.keys(wide!).map((key) => ({ key, error: norm(wide![key]!.map((x, i) => x - narrow![key]![i]!)) / (norm(wide![key]!) + 1e-6) })).sort((a, b) => b.error - a.error);
      assert.ok(norm(wide!['scores']!) > 0.01);
      assert.ok(far[0]!.error < 1e-4, far.slice(0, 3).map(({ key, error }) => `${key} ${error}`).join(', '));
    });

    it(`${name}: answers that share a row with their prompt have the scores and gradients of rows of their own`, async () => {
      const { config, params } = await load(name, 'score');
      const [first, second] = [expected.ids[0]!, expected.ids[1] ?? expected.ids[0]!.toReversed()];
      // Two prompts: one with three answers (two rows), one with two; texts as long as the windows of the fixtures and longer.
      const half = first.length >> 1;
      const prompts = [[first, [...first.slice(0, half), ...second.slice(half)], [...first.slice(0, half), ...second.slice(0, 2)]], [[...second, ...first.slice(2, 5)], [...second.slice(0, -1), 3, 4]]];
      const [apart, shared] = await Promise.all([1, 2].map(async (each) => {
        const { shape, feeds } = packShared(prompts, each);
        const places = prompts.flatMap((texts, c) => {
          const base = each * prompts.slice(0, c).reduce((n, t) => n + rowsFor(t, each), 0);
          return texts.map((_t, k) => base + k);
        });
        const g = newGraph();
        const { weights, atEnds } = wholeTrunk(g, config, 'score', shape, each > 1);
        const r = gather(g, scores(g, config, weights, atEnds(input(g, 'ends', 'int64', [shape[0] * each]))), input(g, 'places', 'int64', [places.length]));
        output(g, 'scores', r);
        const names = Object.keys(weights);
        gradients(g, reduceMean(g, mul(g, r, r)), Object.values(weights)).forEach((d, i) => { output(g, `grad:${names[i]!}`, d); });
        const session = await createSession(g, { threads: 1 });
        const out = await session.run({ ...feedsOf(params), ...feeds, places: bigints(places) });
        await session.release();
        return out as Record<string, Float32Array>;
      }));
      const norm = (a: Float32Array): number => Math.sqrt(a.reduce((s, x) => s + x * x, 0));
      const far = Object.keys(apart!).map((key) => ({ key, error: norm(apart![key]!.map((x, i) => x - shared![key]![i]!)) / (norm(apart![key]!) + 1e-6) })).sort((a, b) => b.error - a.error);
      assert.ok(norm(apart!['scores']!) > 0.01);
      assert.ok(far[0]!.error < 1e-4, far.slice(0, 3).map(({ key, error }) => `${key} ${error}`).join(', '));
    });

    it(`${name}: greedy tokens with a cache, prompts of different lengths, refilled rows`, async () => {
      const { config, params } = await load(name, 'lm');
      for (const [maxBatch, feed] of [[8, false], [2, false], [8, true]] as const) {
        const generator = createGenerator(config, params, { threads: 2, maxBatch, maxLength: 96, feed });
        const answers = await generator.generate(expected.prompts, { temperature: 0, topK: 0, topP: 1, maxNewTokens: 40, stopIds: [] }, createRng(1));
        await generator.release();
        assert.deepEqual(answers.map((a) => a.ids), expected.greedy);
      }
    });

    it(`${name}: scores of a head; written folders read back equal`, async () => {
      // With PLUMBLINE_WRITE_MODELS=DIR the folders stay there, and `make.py --check DIR` compares them in transformers.
      const keep = process.env['PLUMBLINE_WRITE_MODELS'];
      const folder = keep === undefined ? await mkdtemp(join(tmpdir(), 'plumbline-')) : keep;
      const { json, config, params } = await load(name, 'lm');
      const reward = await load(name, 'score');
      const g = newGraph();
      const p = paramInputs(g, config, 'score');
      const [batch, length] = [expected.ids.length, expected.ids[0]!.length];
      const h = hidden(g, config, p, input(g, 'ids', 'int64', [batch, length]));
      output(g, 'scores', scores(g, config, p, rowsOf(g, h, input(g, 'ends', 'int64', [batch]))));
      const session = await createSession(g, { threads: 1 });
      const out = await session.run({ ...feedsOf(reward.params), ids: bigints(expected.ids.flat()), ends: bigints(expected.ids.map((_, b) => b * length + length - 1)) });
      await session.release();
      assert.ok(maxDifference(out['scores'] as Float32Array, expected.scores) < 1e-4);

      await writeModelFolder(join(folder, name, 'causal'), { config: causalConfig(json, 'float32'), tensors: namedTensors(params) });
      await writeModelFolder(join(folder, name, 'score'), { config: scoreConfig(json, 'float32', { padId: 0 }), tensors: namedTensors(reward.params) });
      for (const [kind, head, source] of [['causal', 'lm', params], ['score', 'score', reward.params]] as const) {
        const again = JSON.parse(readFileSync(join(folder, name, kind, 'config.json'), 'utf8')) as JsonObject;
        assert.deepEqual(parseModelConfig(again, kind), config);
        const copy = initParams(config, head, createRng(9));
        await loadParams(copy, await openWeights(join(folder, name, kind)), kind);
        assert.deepEqual(copy.data, source.data);
      }
      await writeModelFolder(join(folder, name, 'new'), { config: { ...configJson(config), bos_token_id: null, eos_token_id: null, pad_token_id: null }, tensors: namedTensors(params) });
      if (keep === undefined) await rm(folder, { recursive: true });
    });

    it(`${name}: a new model's configuration reads back, and a written one without the keys of transformers 5`, async () => {
      const { json, config } = await load(name, 'lm');
      assert.deepEqual(parseModelConfig(configJson(config), 'new'), config);
      const old = Object.fromEntries(Object.entries(causalConfig(json, 'float32')).filter(([key]) => key !== 'rope_parameters'));
      assert.deepEqual(parseModelConfig(old, 'old'), config);
    });
  }

  it('reads GPT-2 as it was published: names without a prefix, masks among the weights', async () => {
    const { params } = await load('gpt2', 'lm');
    const weights = await openWeights(`${root}/gpt2`);
    const bare = (name: string): string => name.replace(/^transformer\./, '');
    const mask = weights.tensors.get('transformer.wte.weight')!;
    const published: Weights = {
      ...weights,
      tensors: new Map([...[...weights.tensors].map(([name, entry]) => [bare(name), entry] as const), ['h.0.attn.bias', mask], ['h.0.attn.masked_bias', mask]]),
      read: (name, into) => weights.read(name === 'lm_head.weight' ? name : `transformer.${name}`, into),
    };
    const again = initParams((await load('gpt2', 'lm')).config, 'lm', createRng(0));
    await loadParams(again, published, 'gpt2');
    assert.deepEqual(again.data, params.data);
    const foreign: Weights = { ...published, tensors: new Map([...published.tensors, ['h.0.attn.q_norm.weight', mask]]) };
    await assert.rejects(loadParams(again, foreign, 'gpt2'), /gpt2 has a tensor "h.0.attn.q_norm.weight" that config.json does not account for/);
  });

  it('answers within the positions that GPT-2 knows, and pads beyond them', async () => {
    const { config, params } = await load('gpt2', 'lm');
    const generator = createGenerator(config, params, { threads: 1, maxBatch: 2, maxLength: 500 });
    const answers = await generator.generate([[1, 2, 3]], { temperature: 0, topK: 0, topP: 1, maxNewTokens: 200, stopIds: [] }, createRng(1));
    assert.equal(answers[0]!.ids.length, config.maxPositions - 3);
    await generator.release();
    const g = newGraph();
    const h = hidden(g, config, paramInputs(g, config, 'none'), input(g, 'ids', 'int64', [1, 128]));
    assert.deepEqual(h.shape, [1, 128, config.hiddenSize]);
  });

  for (const name of names) {
    it(`${name}: an adapter in the graph, and merged for generation, agree`, async () => {
      const { config, params } = await load(name, 'lm');
      const net = addLora({ config, params }, { rank: 3, alpha: 6, targets: 'all-linear', rsLora: false }, 'lm', 1);
      const rng = createRng(2);
      for (const { name: tensor } of net.params.specs) if (tensor.endsWith('.lora_B.weight')) view(net.params, tensor).forEach((_, i, a) => (a[i] = 0.2 * rng.normal()));
      const logitsOf = async (c: ModelConfig, all: Params): Promise<Float32Array> => {
        const g = newGraph();
        const p = paramInputs(g, c, 'lm');
        const h = hidden(g, c, p, input(g, 'ids', 'int64', [1, 20]));
        output(g, 'logits', logitsAt(g, c, p, rowsOf(g, h, input(g, 'rows', 'int64', [20]))));
        const session = await createSession(g, { threads: 1 });
        const out = await session.run({ ...weightFeeds(all), ids: bigints(Array.from({ length: 20 }, (_, i) => 3 * i + 1)), rows: bigints([...Array(20).keys()]) });
        await session.release();
        return (out['logits'] as Float32Array).slice();
      };
      const [with_, merged_, without] = [await logitsOf(net.config, net.params), await logitsOf(config, merged(net.params)), await logitsOf(config, params)];
      assert.ok(maxDifference(with_, merged_) < 1e-4, `differ by ${maxDifference(with_, merged_)}`);
      assert.ok(maxDifference(with_, without) > 0.01);
      const [baked, fed] = await Promise.all([false, true].map(async (feed) => {
        const generator = createGenerator(net.config, net.params, { threads: 1, maxBatch: 2, maxLength: 32, feed });
        const answers = await generator.generate([[1, 5, 9], [4, 7]], { temperature: 0, topK: 0, topP: 1, maxNewTokens: 12, stopIds: [] }, createRng(1));
        await generator.release();
        return answers;
      }));
      assert.deepEqual(fed!.map((a) => a.ids), baked!.map((a) => a.ids));
      assert.ok(maxDifference(Float32Array.from(fed!.flatMap((a) => a.logprobs)), baked!.flatMap((a) => a.logprobs)) < 1e-4);
      const keep = process.env['PLUMBLINE_WRITE_MODELS'];
      if (keep === undefined) return;
      const lora = net.config.lora!;
      const fanInFanOut = params.specs.some((s) => s.flipped === true);
      await writeAdapterFolder(join(keep, name, 'adapter'), { ...lora, targets: targetNames(net.config, lora), fanInFanOut, base: '', task: 'CAUSAL_LM', tensors: namedTensors(net.params) });
      writeFileSync(join(keep, name, 'adapter', 'logits.json'), JSON.stringify([...with_]));
    });
  }
});
