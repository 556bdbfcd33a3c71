import assert from 'node:assert/strict';
import fc from 'fast-check';
import { counted, fillSlots, mapTokens, packRows, passesOf, splitSlots, type Row } from '../../../src/training/rows';

const row = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 2, maxLength: 40 }).chain((ids) => fc.integer({ min: 1, max: ids.length - 1 }).map((start): Row => ({ ids, start })));
const rows = fc.array(row, { minLength: 1, maxLength: 12 });

describe('rows', () => {
  it('packs every counted token once, predicted from the place before it', () => {
    fc.assert(
      fc.property(rows, (some) => {
        const { ids, index, targets, tokens, shape } = packRows(some);
        const [count, length, slots] = shape;
        assert.equal(ids.length, count * length);
        assert.equal(tokens, some.reduce((n, r) => n + counted(r), 0));
        assert.ok(slots >= tokens && index.length === slots && targets.length === slots);
        let slot = 0;
        some.forEach((r, b) => {
          for (let t = r.start; t < r.ids.length; t++, slot++) {
            assert.equal(index[slot], BigInt(b * length + t - 1));
            assert.equal(targets[slot], BigInt(r.ids[t]!));
            assert.equal(ids[b * length + t - 1], BigInt(r.ids[t - 1]!));
          }
        });
      }),
    );
  });

  it('cuts slots into rows and puts them together again', () => {
    fc.assert(
      fc.property(rows, (some) => {
        const { shape, tokens } = packRows(some);
        const flat = Float32Array.from({ length: shape[2] }, (_, i) => (i < tokens ? i + 1 : 0));
        const pieces = splitSlots(some, flat);
        assert.deepEqual(pieces.map((p) => p.length), some.map(counted));
        assert.deepEqual(fillSlots(pieces, shape[2]), flat);
      }),
    );
  });

  it('gives each row its own results, whatever the passes', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 5 }), async (some, maxCells, maxRows) => {
        const passes = passesOf(some, { maxCells, maxRows });
        assert.deepEqual(passes.flat().sort((a, b) => a - b), some.map((_, i) => i));
        const found = await mapTokens(some, { maxCells, maxRows }, (packed) => Promise.resolve(Float32Array.from(packed.targets, Number)));
        assert.deepEqual(found.map((f) => [...f]), some.map((r) => r.ids.slice(r.start)));
      }),
    );
  });
});
