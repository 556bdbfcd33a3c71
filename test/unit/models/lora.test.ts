import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRng } from '../../../src/base/rng';
import type { JsonObject } from '../../../src/base/json';
import { input, newGraph, output, type Graph } from '../../../src/engine/graph';
import { linearLogProb, mul, neg, reduceMean, reduceSum } from '../../../src/engine/ops';
import { createSession } from '../../../src/engine/session';
import { hashModel } from '../../../src/jobs/model-ref';
import { readAdapterFolder, writeAdapterFolder } from '../../../src/modelio/adapter-folder';
import { readModelFolder } from '../../../src/modelio/folder';
import { createGenerator } from '../../../src/models/generate';
import { headWeight, hidden, logitsAt, paramInputs, rowsOf } from '../../../src/models/model';
import { loadParams, namedTensors } from '../../../src/models/load';
import { addLora, linearModules, loadAdapter, merged, targetModules, targetNames, withoutAdapter, type Net } from '../../../src/models/lora';
import { specOf, view, zerosLike } from '../../../src/models/params';
import type { Head } from '../../../src/models/specs';
import { scoresOn } from '../../../src/training/score-model';
import { wholeTrunk } from '../../../src/training/top';
import { outputGradients, trainable, weightFeeds } from '../../../src/training/trainable';
import { maxDifference, relativeError, unpack, type Tensors } from '../engine/fixture';
import { fixtureModel } from './fixture';

const root = 'test/fixtures/lora';
/** See `make.py` there. */
const expected = JSON.parse(readFileSync(`${root}/expected.json`, 'utf8')) as {
  causal: { ids: number[][]; logits: string; loss: number; grads: Tensors; losses: number[]; after: Tensors };
  rs: { logits: string };
  reward: { ids: number[][]; scores: number[]; weights: number[]; grads: Tensors };
};
const bigints = (xs: readonly number[]): BigInt64Array => BigInt64Array.from(xs, BigInt);
const { ids } = expected.causal;
const [batch, length] = [ids.length, ids[0]!.length];

async function fixtureAdapter(name: 'causal' | 'rs' | 'reward'): Promise<Net> {
  const head: Head = name === 'reward' ? 'score' : 'lm';
  return loadAdapter(await fixtureModel(name === 'reward' ? 'reward' : 'bytelevel'), await readAdapterFolder(`${root}/${name}`), head);
}

/** Mean next-token loss and all logits; with `train` the gradients of what is trained. */
function causalGraph({ config }: Net, train: boolean): Graph {
  const g = newGraph();
  const p = paramInputs(g, config, 'lm');
  const h = hidden(g, config, p, input(g, 'ids', 'int64', [batch, length]));
  output(g, 'logits', logitsAt(g, config, p, rowsOf(g, h, input(g, 'all', 'int64', [batch * length]))));
  const n = batch * (length - 1);
  const { logProb } = linearLogProb(g, rowsOf(g, h, input(g, 'rows', 'int64', [n])), headWeight(config, p), input(g, 'targets', 'int64', [n]));
  const loss = neg(g, reduceMean(g, logProb));
  output(g, 'loss', loss);
  if (train) outputGradients(g, loss, p);
  return g;
}
const feeds = {
  ids: bigints(ids.flat()),
  all: bigints(ids.flat().map((_, i) => i)),
  rows: bigints(ids.flatMap((row, b) => row.slice(1).map((_, t) => b * length + t))),
  targets: bigints(ids.flatMap((row) => row.slice(1))),
};
async function logitsOf(net: Net): Promise<Float32Array> {
  const session = await createSession(causalGraph(net, false), { threads: 1 });
  const { logits } = await session.run({ ...weightFeeds(net.params), ...feeds });
  await session.release();
  return logits as Float32Array;
}

describe('LoRA against PEFT', () => {
  it('all-linear: logits, loss, gradients of A and B, ten steps of AdamW; what is beneath stays as it is', async () => {
    const net = await fixtureAdapter('causal');
    const beneath = net.params.base!.data.slice();
    const f = expected.causal;
    assert.deepEqual(new Set(Object.keys(f.grads)), new Set(net.params.specs.map((s) => s.name)));
    const graph = causalGraph(net, true);
    assert.deepEqual(new Set(graph.outputs.map((o) => o.name)), new Set(['logits', 'loss', ...Object.keys(f.grads).map((n) => `grad:${n}`)]));
    const session = await createSession(graph, { threads: 1 });
    const out = await session.run({ ...weightFeeds(net.params), ...feeds });
    assert.ok(maxDifference(out['logits'] as Float32Array, unpack(f.logits)) <= 1e-4);
    assert.ok(Math.abs((out['loss'] as Float32Array)[0]! - f.loss) <= 1e-5);
    for (const [name, packed] of Object.entries(f.grads)) {
      const error = relativeError(out[`grad:${name}`] as Float32Array, unpack(packed));
      assert.ok(error <= 1e-3, `${name}: ${error}`);
    }
    const trained = trainable('adapter', net.params, { learningRate: 1e-2, schedule: 'constant', warmupSteps: 0, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, maxGradNorm: 1 }, { threads: 1 });
    for (const [step, loss] of f.losses.entries()) {
      const found = (await trained.backward(session, feeds))['loss'] as Float32Array;
      assert.ok(Math.abs(found[0]! - loss) <= 1e-4, `step ${step}: ${found[0]!}, PyTorch ${loss}`);
      await trained.update(step, 10);
    }
    for (const [name, packed] of Object.entries(f.after)) assert.ok(maxDifference(view(net.params, name), unpack(packed)) <= 1e-4, name);
    assert.deepEqual(net.params.base!.data, beneath);
    await session.release();
    // Weights, gradients and moments are the adapter's alone, and so is a checkpoint.
    const size = Object.values(f.grads).reduce((n, p) => n + unpack(p).length, 0);
    assert.deepEqual(Object.values((await trained.snapshot()).tensors).map((t) => t.length), [size, size, size]);
  });

  it('rsLoRA on two layers: logits', async () => {
    const net = await fixtureAdapter('rs');
    assert.ok(maxDifference(await logitsOf(net), unpack(expected.rs.logits)) <= 1e-4);
  });

  it('a reward model: scores, and gradients of the adapter and of the score head', async () => {
    const net = await fixtureAdapter('reward');
    const f = expected.reward;
    const g = newGraph();
    const trunk = wholeTrunk(g, net.config, 'score', [3, 9]);
    const scores = scoresOn(g, net.config, trunk, 3);
    output(g, 'scores', scores);
    outputGradients(g, reduceSum(g, mul(g, scores, input(g, 'w', 'float32', [3]))), trunk.weights);
    const session = await createSession(g, { threads: 1 });
    const out = await session.run({ ...weightFeeds(net.params), ids: bigints(f.ids.flat()), ends: bigints([8, 17, 26]), w: Float32Array.from(f.weights) });
    await session.release();
    assert.ok(maxDifference(out['scores'] as Float32Array, f.scores) <= 1e-4);
    assert.deepEqual(new Set(Object.keys(f.grads)), new Set(net.params.specs.map((s) => s.name)));
    for (const [name, packed] of Object.entries(f.grads)) {
      const error = relativeError(out[`grad:${name}`] as Float32Array, unpack(packed));
      assert.ok(error <= 1e-3, `${name}: ${error}`);
    }
    assert.notDeepEqual(view(merged(net.params), 'score.weight'), view(net.params.base!, 'score.weight'));
  });
});

describe('LoRA', () => {
  it('merged weights give the adapter’s logits, and the same answers', async () => {
    const net = await fixtureAdapter('causal');
    const plain: Net = { config: withoutAdapter(net).config, params: merged(net.params) };
    assert.ok(maxDifference(await logitsOf(net), await logitsOf(plain)) <= 1e-4);
    assert.ok(maxDifference(await logitsOf(plain), await logitsOf(withoutAdapter(net))) > 0.1);
    const answers = [net, plain].map(async ({ config, params }) => {
      const generator = createGenerator(config, params, { threads: 1, maxBatch: 2, maxLength: 24 });
      const done = await generator.generate([[0, 50, 60], [0, 70]], { temperature: 1, topK: 0, topP: 1, maxNewTokens: 12, stopIds: [1] }, createRng(4));
      await generator.release();
      return done;
    });
    assert.deepEqual(await answers[0], await answers[1]);
  });

  it('starts as the model beneath, with A uniform up to 1/√in and B zero, by the seed', async () => {
    const model = await fixtureModel('bytelevel');
    const settings = { rank: 5, alpha: 10, rsLora: false, targets: 'all-linear' };
    const net = addLora(model, settings, 'lm', 3);
    assert.deepEqual(merged(net.params).data, model.params.data);
    assert.equal(maxDifference(await logitsOf(net), await logitsOf(model)), 0);
    for (const module of linearModules(model.config)) {
      const width = specOf(model.params, `${module}.weight`).shape[1]!;
      const a = view(net.params, `${module}.lora_A.weight`);
      assert.ok(view(net.params, `${module}.lora_B.weight`).every((x) => x === 0));
      const bound = 1 / Math.sqrt(width);
      assert.ok(a.every((x) => Math.abs(x) <= bound));
      const std = Math.sqrt(a.reduce((s, x) => s + x * x, 0) / a.length);
      assert.ok(Math.abs(std / (bound / Math.sqrt(3)) - 1) < 0.2, `${module}: ${std}`);
    }
    assert.deepEqual(addLora(model, settings, 'lm', 3).params.data, net.params.data);
    assert.notDeepEqual(addLora(model, settings, 'lm', 4).params.data, net.params.data);
  });

  it('finds layers by name as PEFT does, and names those there are', async () => {
    const { config } = await fixtureModel('bytelevel');
    assert.deepEqual(targetModules(config, ['v_proj', 'layers.1.mlp.up_proj']), ['model.layers.0.self_attn.v_proj', 'model.layers.1.self_attn.v_proj', 'model.layers.1.mlp.up_proj']);
    assert.equal(targetModules(config, 'all-linear').length, 14);
    assert.equal(targetModules(config, 'q_proj').length, 2);
    for (const wrong of [['q_proj', 'c_attn'], 'proj', 'lm_head', 'embed_tokens', []]) {
      assert.throws(() => targetModules(config, wrong), /has no linear layer .*It has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj; "all-linear"/);
    }
    assert.throws(() => targetModules(config, ['q_proj', 'c_attn']), /layer "c_attn"\./);
    const adapter = { rank: 1, alpha: 1, rsLora: false };
    assert.deepEqual(targetNames(config, { ...adapter, modules: targetModules(config, ['v_proj', 'q_proj']) }), ['q_proj', 'v_proj']);
    const some = targetModules(config, ['layers.1.mlp.up_proj']);
    assert.deepEqual(targetNames(config, { ...adapter, modules: some }), some);
  });
});

describe('adapter folders', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'plumbline-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('are written as they are read', async () => {
    for (const name of ['causal', 'rs', 'reward'] as const) {
      const net = await fixtureAdapter(name);
      const adapter = net.config.lora!;
      const head = name === 'reward' ? 'score' : 'lm';
      const target = join(folder, name);
      await writeAdapterFolder(target, { ...adapter, targets: targetNames(net.config, adapter), base: 'base', task: head === 'score' ? 'SEQ_CLS' : 'CAUSAL_LM', tensors: namedTensors(net.params) });
      const read = await readAdapterFolder(target);
      assert.equal(read.base, 'base');
      const again = await loadAdapter(withoutAdapter(net), read, head);
      assert.deepEqual(again.config.lora, adapter);
      assert.deepEqual(again.params.data, net.params.data);
      const [ours, theirs] = await Promise.all([target, `${root}/${name}`].map(async (f) => JSON.parse(await readFile(join(f, 'adapter_config.json'), 'utf8')) as JsonObject));
      for (const key of ['r', 'lora_alpha', 'use_rslora', 'bias', 'use_dora', 'task_type', 'peft_type', 'fan_in_fan_out']) assert.deepEqual(ours![key], theirs![key], key);
      const [our, their] = [ours, theirs].map((c) => targetModules(net.config, c!['target_modules'] as string[]));
      assert.deepEqual(our, their);
    }
  });

  it('are refused by name when they use what is not supported', async () => {
    const refused = async (change: JsonObject, says: RegExp): Promise<void> => {
      const target = join(folder, 'a');
      await cp(`${root}/causal`, target, { recursive: true });
      const config = JSON.parse(await readFile(join(target, 'adapter_config.json'), 'utf8')) as JsonObject;
      await writeFile(join(target, 'adapter_config.json'), JSON.stringify({ ...config, ...change }));
      await assert.rejects(readAdapterFolder(target), says);
    };
    await refused({ use_dora: true }, /adapter_config\.json: use_dora true: DoRA is not supported\./);
    await refused({ bias: 'lora_only' }, /bias "lora_only": trained biases are not supported; supported: "none"/);
    await refused({ peft_type: 'IA3' }, /peft_type "IA3" is not supported; supported: "LORA"/);
    await refused({ rank_pattern: { q_proj: 2 } }, /rank_pattern .*differ between layers/);
    await refused({ init_lora_weights: 'pissa' }, /init_lora_weights "pissa".*changes the model beneath/);
    await refused({ r: 0 }, /r is 0, expected a positive whole number/);
    await refused({ lora_alpha: 'x' }, /lora_alpha is "x"/);
  });

  it('stand for the model they are on, with the adapter merged', async () => {
    for (const name of ['causal', 'rs'] as const) {
      const net = await fixtureAdapter(name);
      const source = await readModelFolder(`${root}/${name}`);
      assert.equal(source.folder.endsWith('test/fixtures/modelio/bytelevel'), true);
      const params = zerosLike(net.params.base!);
      await loadParams(params, source.weights, name);
      assert.deepEqual(params.data, merged(net.params).data);
      assert.equal((await source.hash()).hash, await hashModel(`${root}/${name}`));
    }
    assert.notEqual(await hashModel(`${root}/causal`), await hashModel(`${root}/rs`));
    await assert.rejects(readModelFolder(`${root}/reward`), /belongs to a reward model.*model\//);
    const lost = join(folder, 'lost');
    await cp(`${root}/causal`, lost, { recursive: true });
    await assert.rejects(readModelFolder(lost), /names "\.\.\/modelio\/bytelevel" as the model it is on, which is no folder here/);
    await assert.rejects(hashModel(lost), /which is no folder here/);
    const config = JSON.parse(await readFile(join(lost, 'adapter_config.json'), 'utf8')) as JsonObject;
    await writeFile(join(lost, 'adapter_config.json'), JSON.stringify({ ...config, base_model_name_or_path: resolve('test/fixtures/modelio/fallback') }));
    await assert.rejects(readModelFolder(lost), /the adapter of ".*" is \[.*\] · \[.*\], and the weight beneath it \[.*\]\. Was it made for this model\?/);
  });

  it('are refused when they do not fit the model', async () => {
    const { config, params } = await fixtureModel('fallback');
    await assert.rejects(loadAdapter({ config, params }, await readAdapterFolder(`${root}/causal`), 'lm'), /has shape .*the model and r ask for .*Was it made for this model\?/);
    const small = await fixtureModel('bytelevel');
    await assert.rejects(loadAdapter({ ...small, config: { ...small.config, layers: 1 } }, await readAdapterFolder(`${root}/causal`), 'lm'), /is on "model\.layers\.1\..*", which is no linear layer/);
    await assert.rejects(loadAdapter(small, await readAdapterFolder(`${root}/reward`), 'lm'), /score head/);
  });
});
