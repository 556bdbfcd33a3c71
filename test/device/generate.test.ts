import assert from 'node:assert/strict';
import { createRng } from '../../src/base/rng';
import { createDevice } from '../../src/engine/device';
import { createCacheRooms } from '../../src/models/device-decoder';
import { cacheNames } from '../../src/models/decode-graph';
import { createGenerator, type Completion } from '../../src/models/generate';
import type { Kept } from '../../src/engine/session';
import { tinyModel } from '../unit/training/tiny';
import { needSoftware, worst } from './software';

describe('generation on WebGPU', function () {
  this.timeout(180_000);
  before(needSoftware);

  it('writes the same answers greedily, with rows that come and go', async () => {
    const { config, params } = tinyModel('lm');
    const prompts = [[3, 4, 5], [6], [7, 8, 9, 10, 11], [3, 3], [12, 4, 4, 4]];
    const answers: Completion[][] = [];
    for (const provider of ['cpu', 'webgpu'] as const) {
      const device = createDevice(provider, 1);
      const generator = createGenerator(config, params, { threads: 1, device, maxBatch: 3, maxLength: 24 });
      answers.push(await generator.generate(prompts, { temperature: 0, topK: 0, topP: 1, maxNewTokens: 8, stopIds: [2, 10] }, createRng(1)));
      await generator.release();
      await device.release();
    }
    const [here, there] = answers as [Completion[], Completion[]];
    assert.deepEqual(there.map((c) => c.ids), here.map((c) => c.ids));
    assert.ok(new Set(here.map((c) => c.ids.length)).size > 1, 'all answers are as long: rows did not come and go');
    here.forEach((c, i) => { assert.ok(worst(c.logprobs, there[i]!.logprobs) <= 1e-5, `answer ${i}`); });
  });

  it('takes rows out of a cache, puts caches together, and closes its gaps', async () => {
    const { config } = tinyModel('lm');
    const { layers, kvHeads, headDim } = config;
    const device = createDevice('webgpu', 1);
    const rooms = createCacheRooms(config, device, 1);
    const size = (rows: number, slots: number): number => rows * kvHeads * slots * headDim;
    /** Every number says where it is: its place, by row, head, slot and dimension. */
    const made = async (rows: number, slots: number, from: number): Promise<Record<string, Kept>> => {
      const entries = cacheNames(layers).map(async (name, k) => [name, await device.resident(Float32Array.from({ length: size(rows, slots) }, (_, i) => from + 10_000 * k + i), [rows, kvHeads, slots, headDim]).load()] as const);
      return Object.fromEntries(await Promise.all(entries));
    };
    const at = (row: number, head: number, slot: number, slots: number): number => ((row * kvHeads + head) * slots + slot) * headDim;
    const read = async (cache: Readonly<Record<string, Kept>>, rows: number, slots: number): Promise<Float32Array> => {
      const into = new Float32Array(size(rows, slots));
      await device.download(cache['values.1']!, into);
      return into;
    };
    const base = 10_000 * cacheNames(layers).indexOf('values.1');

    const taken = await rooms.take(await made(3, 4, 0), [2, 0]);
    const rows = await read(taken, 2, 4);
    assert.equal(rows[at(0, 1, 3, 4)], base + at(2, 1, 3, 4));
    assert.equal(rows[at(1, 1, 3, 4)], base + at(0, 1, 3, 4));

    const merged = await rooms.merge(taken, await made(1, 2, 5000), 5);
    const both = await read(merged, 3, 5);
    assert.equal(both[at(0, 1, 3, 5) + 1], base + at(2, 1, 3, 4) + 1);
    assert.equal(both[at(2, 1, 1, 5)], base + 5000 + at(0, 1, 1, 2));
    assert.equal(both[at(2, 1, 4, 5)], 0);

    const picked = await read(await rooms.pick(merged, [[3, 0], [1, 1], [1, 0]]), 3, 2);
    assert.equal(picked[at(0, 1, 0, 2)], base + at(2, 1, 3, 4));
    assert.equal(picked[at(0, 1, 1, 2) + 2], base + at(2, 1, 0, 4) + 2);
    assert.equal(picked[at(2, 0, 0, 2)], base + 5000 + at(0, 0, 1, 2));
    await rooms.release();
    await device.release();
  });
});
