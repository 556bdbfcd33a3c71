import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRng } from '../../../src/base/rng';
import type { JsonObject } from '../../../src/base/json';
import { parseModelConfig, type ModelConfig } from '../../../src/models/config';
import { addLora, linearModules, type Net } from '../../../src/models/lora';
import { initParams } from '../../../src/models/model';
import { view, zerosLike } from '../../../src/models/params';
import type { Head } from '../../../src/models/specs';
import { languageModelTop } from '../../../src/training/language-model';
import { trainingPasses } from '../../../src/training/passes';
import { criticTop, policyTop } from '../../../src/training/ppo-graphs';
import { rewardTop } from '../../../src/training/reward';
import { createSft } from '../../../src/training/sft';
import type { Top } from '../../../src/training/top';
import type { SummingPass } from '../../../src/training/summing';
import { weightFeeds } from '../../../src/training/trainable';
import { maxDifference, relativeError } from '../engine/fixture';
import { optimizer, runSteps, tinyModel } from './tiny';

const root = 'test/fixtures/models';
const families = readdirSync(root).filter((name) => !name.includes('.') && name !== 'tokenizers');
const [rows, length, slots] = [3, 20, 25];

function random(name: string, head: Head): Net {
  const config = parseModelConfig(JSON.parse(readFileSync(`${root}/${name}/config.json`, 'utf8')) as JsonObject, name);
  return { config, params: initParams(config, head, createRng(3)) };
}

function feedsOf({ vocabSize }: ModelConfig): Record<string, Float32Array | BigInt64Array> {
  const rng = createRng(7);
  const ints = (n: number, below: number): BigInt64Array => BigInt64Array.from({ length: n }, () => BigInt(rng.int(below)));
  const floats = (n: number): Float32Array => Float32Array.from({ length: n }, () => rng.normal());
  return {
    ...{ ids: ints(rows * length, vocabSize), index: BigInt64Array.from(rng.shuffle(Array.from({ length: rows * length }, (_, i) => i)).slice(0, slots), BigInt), targets: ints(slots, vocabSize), slotWeights: floats(slots).fill(0, slots - 2) },
    ...{ advantages: floats(slots), oldLogProb: floats(slots).map((x) => x - 5), returns: floats(slots), oldValues: floats(slots) },
    ...{ ends: BigInt64Array.from({ length: rows }, (_, b) => BigInt(b * length + rng.int(length))), i: BigInt64Array.of(0n, 1n), j: BigInt64Array.of(2n, 2n), weightI: floats(2), weightJ: floats(2), weightCentre: floats(2), margin: new Float32Array(2)},
  };
}

/** Outputs, and gradients after two micro-batches that are alike. */
async function twice({ config, params }: Net, top: Top, more: { recompute: boolean; maxSlots?: number }): Promise<{ outputs: Record<string, ArrayLike<number>>; gradients: Record<string, Float32Array> }> {
  const passes = trainingPasses(config, { threads: 1, maxCells: 1e6, ...more });
  const pass = (await passes.get(top)) as SummingPass;
  const sums = zerosLike(params);
  const feeds = { ...weightFeeds(params), ...feedsOf(config) };
  const views = Object.fromEntries(sums.specs.map((s) => [s.name, view(sums, s.name)]));
  sums.data.fill(Number.NaN);
  await pass.backward(feeds, views, false);
  const outputs = await pass.backward(feeds, views, true);
  const copied = Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, Array.from(data as Float32Array)]));
  await passes.release();
  return { outputs: copied, gradients: views };
}

async function assertAlike(net: Net, top: Top, maxSlots?: number): Promise<void> {
  const whole = await twice(net, top, { recompute: false });
  const layered = await twice(net, top, { recompute: true, ...(maxSlots !== undefined && { maxSlots }) });
  assert.deepEqual(Object.keys(layered.outputs).sort(), Object.keys(whole.outputs).sort());
  for (const [name, want] of Object.entries(whole.outputs)) {
    const far = maxDifference(Float32Array.from(layered.outputs[name]!), want);
    assert.ok(far < 2e-6 * Math.max(1, ...Array.from(want, Math.abs)), `${top.key}: ${name} differs by ${far}`);
  }
  for (const [name, want] of Object.entries(whole.gradients)) {
    assert.ok(want.every(Number.isFinite) && layered.gradients[name]!.every(Number.isFinite), `${top.key}: ${name} is not finite`);
    const scale = Math.hypot(...want);
    const error = scale === 0 ? Math.hypot(...layered.gradients[name]!) : relativeError(layered.gradients[name]!, want);
    assert.ok(error < 1e-5, `${top.key}: gradient of ${name} is off by ${error}`);
  }
}

describe('training layer by layer', function () {
  this.timeout(60_000);

  for (const name of families) {
    it(`${name}: outputs and gradients of the whole graph`, async () => {
      const net = random(name, 'lm');
      await assertAlike(net, languageModelTop(net.config, [rows, length, slots]), 7);
      await assertAlike(addLora(net, { rank: 2, alpha: 3, targets: 'all-linear', rsLora: false }, 'lm', 4), languageModelTop(net.config, [rows, length, slots]));
    });
  }

  it('every loss, and an adapter on the last layer alone', async () => {
    const [policy, scored] = [random('qwen2', 'lm'), random('qwen2', 'score')];
    const shape = [rows, length, slots] as const;
    const last = { rank: 2, alpha: 3, rsLora: true, targets: linearModules(policy.config).slice(-2) };
    for (const [p, s] of [[policy, scored], [addLora(policy, last, 'lm', 5), addLora(scored, last, 'score', 5)]] as const) {
      await assertAlike(p, policyTop(p.config, shape, 0.8, 0.2), 10);
      await assertAlike(s, criticTop(s.config, shape, { mean: 0.3, std: 2 }, 0.2, 0.1), 10);
      await assertAlike(s, rewardTop(s.config, [rows, length], 2));
    }
  });

  it('a run ends where one with all activations ends', async () => {
    const of = (recompute: boolean): ReturnType<typeof createSft> => {
      const rng = createRng(2);
      const train = Array.from({ length: 12 }, () => ({ ids: Array.from({ length: 4 + rng.int(9) }, () => rng.int(20)), start: 2 }));
      return createSft(tinyModel('lm'), { train, test: [] }, { epochs: 3, batchSize: 4, optimizer, evalEvery: 0, seed: 1 }, { threads: 1, maxCells: 32, recompute, maxSlots: 5 });
    };
    const [whole, layered, again] = [of(false), of(true), of(true)];
    for (const run of [whole, layered, again]) await runSteps(run);
    assert.ok(relativeError(layered.params!().data, whole.params!().data) < 1e-4);
    assert.deepEqual(layered.params!().data, again.params!().data);
  });
});
