import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRng } from '../../../src/base/rng';
import type { JsonObject } from '../../../src/base/json';
import { parseModelConfig } from '../../../src/models/config';
import { addLora, type Net } from '../../../src/models/lora';
import { initParams } from '../../../src/models/model';
import { view, zerosLike } from '../../../src/models/params';
import { languageModelTop } from '../../../src/training/language-model';
import { capacityOf, fillRows, layRows, packingOf, tokensOf } from '../../../src/training/packing';
import { trainingPasses } from '../../../src/training/passes';
import { packRows, type PackedRows, type Row } from '../../../src/training/rows';
import { createSft } from '../../../src/training/sft';
import type { SummingPass } from '../../../src/training/summing';
import { weightFeeds } from '../../../src/training/trainable';
import { relativeError } from '../engine/fixture';
import { allNear, near } from './near';
import { optimizer, resources, runSteps, tinyModel } from './tiny';

const root = 'test/fixtures/models';
const families = readdirSync(root).filter((name) => !name.includes('.') && name !== 'tokenizers');

/** Texts of many lengths, some longer than the fixtures' sliding windows; of some the answer alone counts. */
function texts(vocabSize: number): Row[] {
  const rng = createRng(5);
  return [3, 19, 7, 12, 5, 22, 9, 4, 16].map((length, i) => ({ ids: Array.from({ length }, () => rng.int(vocabSize)), start: i % 2 === 0 ? 1 : Math.floor(length / 2) }));
}

async function lossAndGradients({ config, params }: Net, packed: PackedRows, layout?: { positions: BigInt64Array; segments: BigInt64Array }): Promise<{ loss: number; gradients: Record<string, Float32Array> }> {
  const passes = trainingPasses(config, { threads: 1, maxCells: 1e6 });
  const pass = (await passes.get(languageModelTop(config, packed.shape, layout !== undefined))) as SummingPass;
  const sums = zerosLike(params);
  const gradients = Object.fromEntries(sums.specs.map((s) => [s.name, view(sums, s.name)]));
  const slotWeights = new Float32Array(packed.shape[2]).fill(1 / packed.tokens, 0, packed.tokens);
  const { logProb } = await pass.backward({ ...weightFeeds(params), ids: packed.ids, index: packed.index, targets: packed.targets, slotWeights, ...layout }, gradients, false);
  const loss = -(logProb as Float32Array).subarray(0, packed.tokens).reduce((a, b) => a + b, 0) / packed.tokens;
  await passes.release();
  return { loss, gradients };
}

describe('packing of texts into rows', () => {
  it('reads every place once, and has fillers read one that nothing counts on', () => {
    const all = texts(50);
    let fillers = 0;
    for (const rows of all.map((_, i) => all.slice(i))) for (const packed of [packRows(rows), layRows(fillRows(rows, (r) => r.ids.length, 40))]) {
      const places = [...packed.index].map(Number);
      const used = new Set(places.slice(0, packed.tokens));
      assert.equal(used.size, packed.tokens);
      for (const filler of places.slice(packed.tokens)) assert.ok(!used.has(filler));
      fillers += places.length - packed.tokens;
    }
    assert.ok(fillers > 0);
  });

  it('puts every text once into a row that has room, and begins its positions anew', () => {
    const rows = texts(50);
    const filled = fillRows(rows, (r) => r.ids.length, 24);
    assert.deepEqual(filled.flat().map((r) => rows.indexOf(r)).sort((a, b) => a - b), rows.map((_, i) => i));
    assert.ok(filled.every((row) => tokensOf(row) <= 24) && filled.length === 5, 'no fewer than the 97 tokens need');
    const { shape, ids, layout, index, targets, tokens } = layRows(filled);
    assert.deepEqual([shape[0], shape[1], tokens], [5, 24, rows.reduce((n, r) => n + r.ids.length - r.start, 0)]);
    for (const [b, row] of filled.entries()) {
      let at = b * 24;
      for (const [k, { ids: own }] of row.entries()) {
        const part = [...own.keys()].map((t) => at + t);
        assert.deepEqual(part.map((i) => [ids[i], layout.positions[i], layout.segments[i]]), own.map((id, t) => [BigInt(id), BigInt(t), BigInt(k + 1)]));
        at += own.length;
      }
    }
    // What is counted is predicted by the token before it, of the same text.
    for (let n = 0; n < tokens; n++) {
      const at = Number(index[n]);
      assert.deepEqual([ids[at + 1], layout.segments[at + 1]], [targets[n], layout.segments[at]]);
    }
  });

  for (const family of families) {
    it(`${family}: the same loss and gradients as a text a row`, async () => {
      const config = parseModelConfig(JSON.parse(readFileSync(`${root}/${family}/config.json`, 'utf8')) as JsonObject, family);
      const base: Net = { config, params: initParams(config, 'lm', createRng(3)) };
      const rows = texts(config.vocabSize);
      const laid = layRows(fillRows(rows, (r) => r.ids.length, 48));
      assert.ok(laid.shape[0] < rows.length / 2);
      for (const net of family === 'llama' ? [base, addLora(base, { rank: 2, alpha: 4, targets: 'all-linear', rsLora: false }, 'lm', 1)] : [base]) {
        const [apart, together] = [await lossAndGradients(net, packRows(rows)), await lossAndGradients(net, laid, laid.layout)];
        near(together.loss / apart.loss, 1, 1e-5);
        for (const [name, want] of Object.entries(apart.gradients)) {
          const error = Math.hypot(...want) === 0 ? Math.hypot(...together.gradients[name]!) : relativeError(together.gradients[name]!, want);
          assert.ok(error < 1e-5, `gradient of ${name} is off by ${error}`);
        }
      }
    });
  }

  it('trains as without, whatever the micro-batch, and goes on from a snapshot bit for bit', async () => {
    const settings = { epochs: 1, maxSteps: 4, batchSize: 9, optimizer, evalEvery: 0, seed: 7 };
    const train = async (packing: number, maxCells = 8192) => {
      const model = tinyModel('lm');
      const sft = createSft(model, { train: texts(20), test: [] }, { ...settings, packing }, { ...resources, maxCells });
      const { events } = await runSteps(sft);
      await sft.release();
      return { weights: model.params.data, losses: events.flatMap((e) => (e.type === 'step' ? [e.metrics['loss']!] : [])) };
    };
    const apart = await train(1);
    for (const other of [await train(3), await train(2, 60)]) {
      allNear(other.losses, apart.losses, 1e-5);
      allNear(other.weights, apart.weights, 1e-5);
    }
    const whole = await train(3);
    const half = tinyModel('lm');
    const before = createSft(half, { train: texts(20), test: [] }, { ...settings, packing: 3 }, resources);
    await runSteps(before, 2);
    const { tensors, state } = await before.snapshot();
    const resumed = tinyModel('lm', 99);
    const after = createSft(resumed, { train: texts(20), test: [] }, { ...settings, packing: 3 }, resources);
    after.restore({ tensors: Object.fromEntries(Object.entries(tensors).map(([k, v]) => [k, v.slice()])), state });
    await runSteps(after);
    await before.release();
    await after.release();
    assert.deepEqual(resumed.params.data, whole.weights);
  });

  it('packs where that saves, by the data and the shape of the model alone', () => {
    const { config } = tinyModel('lm');
    const wide = { ...config, hiddenSize: 1536, heads: 12, kvHeads: 2, headDim: 128, intermediateSize: 8960 };
    const rng = createRng(1);
    const uneven = Array.from({ length: 200 }, () => 8 + rng.int(249));
    assert.equal(packingOf(wide, uneven, 64, false), 1);
    const times = packingOf(wide, uneven, 64, 'auto');
    assert.ok(times > 1);
    assert.equal(packingOf(wide, uneven, 64, true), times);
    assert.equal(packingOf(wide, Array.from({ length: 32 }, () => 64), 16, 'auto'), 1, 'nothing is padded');
    assert.ok(packingOf(wide, Array.from({ length: 32 }, () => 64), 16, true) > 1);
    assert.equal(packingOf(wide, [], 16, true), 1);
    assert.equal(packingOf({ ...config }, uneven, 64, 'auto'), 1, 'of a narrow model attention costs more than padding');
    assert.equal(capacityOf([9, 65], 2), 160);
  });
});
