import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng';
import { chunkByCells, evenChunks, lengthBucketedBatches, roundUp } from '../../../src/training/batching';

describe('batching', () => {
  it('uses every example once, the same way for the same seed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 90 }), fc.integer({ min: 1, max: 9 }), fc.nat(), (lengths, size, seed) => {
        const batches = lengthBucketedBatches(lengths, size, createRng(seed), 3);
        assert.deepEqual(batches.flat().sort((a, b) => a - b), lengths.map((_, i) => i));
        assert.ok(batches.every((b) => b.length >= 1 && b.length <= size));
        assert.deepEqual(batches, lengthBucketedBatches(lengths, size, createRng(seed), 3));
      }),
    );
  });

  it('puts like lengths together', () => {
    const rng = createRng(1);
    const lengths = Array.from({ length: 256 }, () => rng.int(100) + 1);
    const padded = (batches: number[][]) => batches.reduce((s, b) => s + b.length * Math.max(...b.map((i) => lengths[i]!)), 0);
    const real = lengths.reduce((a, b) => a + b, 0);
    assert.ok(padded(lengthBucketedBatches(lengths, 8, createRng(2))) < 1.2 * real);
    assert.notDeepEqual(lengthBucketedBatches(lengths, 8, createRng(2)), lengthBucketedBatches(lengths, 8, createRng(3)));
  });

  it('chunks by padded size and rows, in order, losing nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 })), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 5 }), (items, cells, rows) => {
        const chunks = chunkByCells(items, (x) => x, cells, rows);
        assert.deepEqual(chunks.flat(), items);
        for (const c of chunks) assert.ok(c.length === 1 || (c.length * Math.max(...c) <= cells && c.length <= rows));
      }),
    );
  });

  it('cuts a batch into as few chunks of like size', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 })), fc.integer({ min: 1, max: 100 }), (items, cells) => {
        const even = evenChunks(items, (x) => x, cells);
        assert.deepEqual(even.flat(), items);
        assert.equal(even.length, chunkByCells(items, (x) => x, cells).length);
        for (const c of even) assert.ok(c.length === 1 || c.length * Math.max(...c) <= cells);
      }),
    );
    assert.deepEqual(evenChunks([5, 5, 5, 5, 5, 5, 5, 5], (x) => x, 35).map((c) => c.length), [4, 4]);
    assert.deepEqual(evenChunks([5, 5, 5, 5], (x) => x, 30, () => 2).map((c) => c.length), [2, 2]);
  });

  it('rounds up to few sizes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100000 }), (n) => {
        const r = roundUp(n, 16);
        assert.ok(r >= n && r >= 16 && (r === 16 || r < 1.25 * n + 4), `${n} → ${r}`);
        assert.equal(roundUp(r, 16), r);
      }),
    );
    assert.deepEqual([1, 16, 17, 21, 25, 29, 33, 40, 41].map((n) => roundUp(n, 16)), [16, 16, 20, 24, 28, 32, 40, 40, 48]);
  });
});
