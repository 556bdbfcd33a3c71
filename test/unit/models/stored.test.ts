import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng';
import type { JsonObject } from '../../../src/base/json';
import { input, newGraph, output, type Graph } from '../../../src/engine/graph';
import { linearLogProb, neg, reduceMean } from '../../../src/engine/ops';
import { createSession, type Feed } from '../../../src/engine/session';
import { openWeights } from '../../../src/modelio/weights';
import { writeSafetensors, type WeightDType } from '../../../src/modelio/write-safetensors';
import { parseModelConfig, type ModelConfig } from '../../../src/models/config';
import { createGenerator } from '../../../src/models/generate';
import { loadModel, loadParams, mergedTensors, namedTensors, type Storage } from '../../../src/models/load';
import { addLora, merged, type Net } from '../../../src/models/lora';
import { headWeight, hidden, logitsAt, paramInputs, rowsOf } from '../../../src/models/model';
import { elements, layoutParams, sizeOf, view } from '../../../src/models/params';
import { asMatMulNBits, fromBlocks, toBlocks } from '../../../src/models/quantise';
import { modelSpecs } from '../../../src/models/specs';
import { logProbGaps } from '../../../src/training/log-prob-gap';
import { outputGradients, weightFeeds } from '../../../src/training/trainable';
import { maxDifference } from '../engine/fixture';

const root = 'test/fixtures/models';
const names = readdirSync(root).filter((name) => existsSync(`${root}/${name}/config.json`));
const configOf = (name: string): ModelConfig => parseModelConfig(JSON.parse(readFileSync(`${root}/${name}/config.json`, 'utf8')) as JsonObject, name);
const bigints = (xs: readonly number[]): BigInt64Array => BigInt64Array.from(xs, BigInt);
const [batch, length] = [2, 9];

/** Loss, logits and, where there is an adapter, the gradients of its tensors. */
function graphOf({ config, params }: Net): Graph {
  const g = newGraph();
  const p = paramInputs(g, config, 'lm');
  const h = hidden(g, config, p, input(g, 'ids', 'int64', [batch, length]));
  const rows = rowsOf(g, h, input(g, 'rows', 'int64', [batch * length]));
  output(g, 'logits', logitsAt(g, config, p, rows));
  const { logProb } = linearLogProb(g, rows, headWeight(config, p), input(g, 'targets', 'int64', [batch * length]), 0.9);
  const loss = neg(g, reduceMean(g, logProb));
  output(g, 'loss', loss);
  if (params.adapter !== undefined) outputGradients(g, loss, p);
  return g;
}

async function run(net: Net): Promise<Record<string, Feed>> {
  const session = await createSession(graphOf(net), { threads: 2 });
  const ids = Array.from({ length: batch * length }, (_, i) => (7 * i + 3) % net.config.vocabSize);
  const results = await session.run({ ...weightFeeds(net.params), ids: bigints(ids), rows: bigints(ids.map((_, i) => i)), targets: bigints(ids.map((id) => (id * 5) % net.config.vocabSize)) });
  await session.release();
  return results;
}

async function answers({ config, params }: Net): Promise<{ ids: number[][]; logprobs: Float32Array }> {
  const generator = createGenerator(config, params, { threads: 1, maxBatch: 3, maxLength: 24 });
  const prompts = [[1, 2, 3], [4, 5, 6, 7, 8, 9, 10], [11]];
  const found = await generator.generate(prompts, { temperature: 1, topK: 0, topP: 1, maxNewTokens: 12, stopIds: [] }, createRng(3));
  await generator.release();
  return { ids: found.map((c) => c.ids), logprobs: Float32Array.from(found.flatMap((c) => c.logprobs)) };
}

async function open(folder: string, name: string, storage: Storage): Promise<Net> {
  return loadModel(configOf(name), 'lm', await openWeights(folder), name, storage);
}

/** The same weights as float32: what stored ones stand for. */
function widened({ config, params }: Net): Net {
  const { stored, ...plain } = config;
  assert.ok(stored !== undefined && stored.size > 0);
  const wide = layoutParams(modelSpecs(plain, 'lm'));
  for (const { name } of wide.specs) view(wide, name).set(elements(params, name));
  return { config: plain, params: wide };
}

/** An adapter whose B is not zero. */
function withAdapter(net: Net): Net {
  const out = addLora(net, { rank: 2, alpha: 3, rsLora: false, targets: 'all-linear' }, 'lm', 5);
  out.params.data.forEach((x, i, a) => { if (x === 0) a[i] = Math.sin(i) / 20; });
  return out;
}

describe('models that are only run, in fewer bytes', function () {
  this.timeout(30_000);
  let folder: string;
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'stored-')); });
  after(async () => { await rm(folder, { recursive: true, force: true }); });

  async function copyOf(name: string, dtype: WeightDType): Promise<string> {
    const config = configOf(name);
    const params = layoutParams(modelSpecs(config, 'lm'));
    await loadParams(params, await openWeights(`${root}/${name}`), name);
    const path = await mkdtemp(join(folder, `${name}-`));
    await writeSafetensors(join(path, 'model.safetensors'), namedTensors(params), { dtype });
    return path;
  }

  for (const [i, name] of names.entries()) {
    // Both forms for one family, either for the others.
    for (const dtype of (['float16', 'bfloat16'] as const).filter((_, k) => name === 'llama' || k === i % 2)) {
      it(`${name}, ${dtype}: what is computed and learned is as with the same weights in float32`, async () => {
        const path = await copyOf(name, dtype);
        const [stored, plain] = [await open(path, name, 'stored'), await open(path, name, 'float32')];
        assert.ok(stored.params.data.length < 0.2 * plain.params.data.length, 'most of the weights are stored');
        assert.equal(plain.params.stored, undefined);
        const held = (): boolean[] => [...new Set([...stored.params.stored!.values()].map((s) => s.kind === 'halves' && s.held()))];
        const mapped = await answers(stored);
        assert.deepEqual(held(), [false], 'what only answers stays in its file');
        assert.deepEqual(merged(withAdapter(stored).params).data, merged(withAdapter(plain).params).data);

        const [a, b] = [await run(withAdapter(stored)), await run(withAdapter(plain))];
        assert.deepEqual(Object.keys(a), Object.keys(b));
        assert.ok(Object.keys(a).length > 6);
        for (const key of Object.keys(b)) assert.ok(maxDifference(a[key] as Float32Array, b[key] as Float32Array) <= 2e-6, `${key} differs by ${maxDifference(a[key] as Float32Array, b[key] as Float32Array)}`);

        assert.deepEqual(held(), [true], 'what trains is fed with what was read');
        assert.deepEqual(await answers(stored), mapped);
        for (const make of [(n: Net) => n, withAdapter]) {
          const [x, y] = [await answers(make(stored)), await answers(make(plain))];
          assert.deepEqual(x.ids, y.ids);
          assert.ok(maxDifference(x.logprobs, y.logprobs) <= 1e-5);
        }
      });
    }
    it(`${name}: 8 and 4 bits train as the weights that they stand for, and generate nearly so`, async () => {
      const path = await copyOf(name, 'bfloat16');
      const means = { int8: 0, int4: 0 };
      for (const storage of ['int8', 'int4'] as const) {
        const blocks = await open(path, name, storage);
        const kinds = [...blocks.params.stored!.values()].map((s) => s.kind);
        assert.ok(kinds.includes('blocks') && kinds.includes('halves'));
        const wide = widened(blocks);
        const [a, b] = [await run(withAdapter(blocks)), await run(withAdapter(wide))];
        for (const key of Object.keys(b)) assert.ok(maxDifference(a[key] as Float32Array, b[key] as Float32Array) <= 2e-6, `${key} differs by ${maxDifference(a[key] as Float32Array, b[key] as Float32Array)}`);
        assert.deepEqual(mergedTensors(withAdapter(blocks).params).map((t) => (t.data as () => Float32Array)()), mergedTensors(withAdapter(wide).params).map((t) => (t.data as () => Float32Array)()));
        const rows = [[1, 2, 3, 9, 8, 7, 6], [4, 5, 6, 7, 8, 9, 10, 11]].map((ids) => ({ ids, start: 2 }));
        const resources = { threads: 1, maxCells: 64 };
        // What is multiplied with blocks is rounded to 8 bits: these models of 32 numbers a token feel it more than real ones.
        const own = await logProbGaps(withAdapter(blocks), withAdapter(wide), rows, true, resources);
        assert.equal(own.generation.tokens, 11);
        assert.ok(own.generation.mean > 0 && own.generation.mean < 0.05 && own.generation.max < 0.25, `${storage}: ${JSON.stringify(own)}`);
        assert.ok(own.training!.max <= 1e-5, `${storage}: ${JSON.stringify(own)}`);
        const { training } = await logProbGaps(blocks, await open(path, name, 'stored'), rows, true, resources);
        means[storage] += training!.mean;
      }
      assert.ok(means.int8 > 0 && 4 * means.int8 < means.int4 && means.int4 < 1.5, `gaps to the unrounded model: ${JSON.stringify(means)}`);
    });
  }

  it('float32 files stay float32, and a matrix that is stored cannot be written to', async () => {
    const net = await open(`${root}/llama`, 'llama', 'stored');
    assert.equal(net.params.stored, undefined);
    assert.equal((await open(await copyOf('llama', 'float16'), 'llama', 'auto')).params.stored, undefined, 'a small model');
    const halves = await open(await copyOf('llama', 'float16'), 'llama', 'stored');
    assert.throws(() => view(halves.params, 'model.layers.0.mlp.up_proj.weight'), /stored in fewer bytes/);
  });

  it('a file that changed after it was opened is refused', async () => {
    const path = await copyOf('llama', 'bfloat16');
    const net = await open(path, 'llama', 'stored');
    await writeFile(join(path, 'model.safetensors'), 'something else');
    assert.throws(() => weightFeeds(net.params), { code: 'safetensors.changed' });
  });
});

describe('models/quantise', () => {
  const rng = createRng(1);
  const data = Float32Array.from({ length: 64 * 96 }, () => rng.normal());
  data.fill(0, 0, 32); // A block of zeros.
  data[40] = -30; // One that stands out.

  it('rounds to the nearest of 255 or 16 steps of each block of 32', () => {
    for (const bits of [8, 4] as const) {
      const back = fromBlocks(toBlocks(data, 96, bits));
      for (let b = 0; b < data.length; b += 32) {
        const block = data.subarray(b, b + 32);
        const most = block.reduce((m, x) => (Math.abs(x) > Math.abs(m) ? x : m), 0);
        const step = bits === 8 ? Math.abs(most) / 127 : Math.abs(most) / 8;
        block.forEach((x, i) => {
          // With 4 bits there is no step on the far side of the largest: −8 has no +8.
          const nearest = bits === 4 && x * most < 0 ? Math.max(0, Math.abs(x) - 7.5 * step) : 0;
          assert.ok(Math.abs(back[b + i]! - x) <= step / 2 + nearest + 1e-6 * Math.abs(most), `${bits} bits, element ${b + i}: ${back[b + i]!} for ${x}`);
        });
      }
      assert.ok(back.subarray(0, 32).every((x) => x === 0));
      assert.equal(back[40], -30);
      // What is on the steps stays there.
      assert.deepEqual(fromBlocks(toBlocks(back, 96, bits)), back);
    }
  });

  it('bytes and scales: 8 bits 36 bytes a block, 4 bits 20', () => {
    const sizes = ([8, 4] as const).map((bits) => toBlocks(data, 96, bits)).map(({ values, scales }) => values.byteLength + scales.byteLength);
    assert.deepEqual(sizes, [(data.length / 32) * 36, (data.length / 32) * 20]);
  });

  it('4 bits for MatMulNBits: neighbours share a byte', () => {
    const blocks = toBlocks(data, 96, 4);
    const [ours, theirs] = [blocks.values, asMatMulNBits(blocks)];
    for (let i = 0; i < sizeOf([64, 96]); i++) {
      const [block, j] = [Math.floor(i / 32), i % 32];
      const own = (ours[block * 16 + (j % 16)]! >> (j < 16 ? 0 : 4)) & 15;
      assert.equal((theirs[block * 16 + (j >> 1)]! >> (4 * (j & 1))) & 15, own);
    }
  });
});
