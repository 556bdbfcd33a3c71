import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createKvCache } from '../../../src/models/kv-cache';

const sizes = { layers: 2, kvHeads: 3, headDim: 2 };
const maxRows = 4;
const maxPositions = 100;

/** What a row's position holds: a number for each array, head and component, told apart by a serial number. */
const content = (serial: number, index: number, head: number, i: number): number => ((serial * 4 + index) * 3 + head) * 2 + i;

describe('models/kv-cache', () => {
  it('holds what was written, through growth, refilled rows and moves, like a plain list of lists', () => {
    const action = fc.record({ kind: fc.constantFrom('add', 'append', 'drop'), tokens: fc.integer({ min: 1, max: 40 }), row: fc.nat(maxRows - 1) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        const cache = createKvCache(sizes as never, maxRows, maxPositions);
        const rows: number[][] = [];
        let serial = 0;
        const fresh = (serials: readonly number[][], tokens: number): Float32Array => {
          const { layers, kvHeads, headDim } = sizes;
          const out = new Float32Array(serials.length * 2 * layers * kvHeads * tokens * headDim).fill(-1);
          serials.forEach((list, b) => {
            list.forEach((s, t) => {
              for (let index = 0; index < 2 * layers; index++)
                for (let h = 0; h < kvHeads; h++)
                  for (let i = 0; i < headDim; i++) out[(((b * 2 * layers + index) * kvHeads + h) * tokens + t) * headDim + i] = content(s, index, h, i);
            });
          });
          return out;
        };

        for (const { kind, tokens, row } of actions) {
          if (kind === 'add' && rows.length < maxRows) {
            // A row shorter than the others read with it: the rest of its tokens are padding.
            const list = Array.from({ length: tokens }, () => serial++);
            cache.reserve(Math.max(tokens + 2, ...rows.map((r) => r.length)), rows.length);
            cache.write(fresh([list], tokens + 2), { tokens: tokens + 2, firstRow: rows.length, from: [0], lengths: [tokens] });
            rows.push(list);
          } else if (kind === 'append' && rows.length > 0 && rows.every((r) => r.length < maxPositions)) {
            cache.reserve(Math.max(...rows.map((r) => r.length)) + 1, rows.length);
            const next = rows.map(() => serial++);
            cache.write(fresh(next.map((s) => [s]), 1), { tokens: 1, firstRow: 0, from: rows.map((r) => r.length), lengths: rows.map(() => 1) });
            rows.forEach((r, b) => r.push(next[b]!));
          } else if (kind === 'drop' && row < rows.length) {
            const last = rows.pop()!;
            if (row < rows.length) {
              cache.copyRow(rows.length, row, last.length);
              rows[row] = last;
            }
          }
          const capacity = cache.capacity();
          for (let index = 0; index < 2 * sizes.layers; index++) {
            const a = cache.array(index, rows.length);
            assert.equal(a.length, rows.length * sizes.kvHeads * capacity * sizes.headDim);
            rows.forEach((list, b) => {
              list.forEach((s, t) => {
                for (let h = 0; h < sizes.kvHeads; h++)
                  for (let i = 0; i < sizes.headDim; i++) assert.equal(a[((b * sizes.kvHeads + h) * capacity + t) * sizes.headDim + i], content(s, index, h, i));
              });
            });
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('shrinks when it is empty, and says no to more than it was made for', () => {
    const cache = createKvCache(sizes as never, maxRows, maxPositions);
    assert.equal(cache.reserve(33, 1), true);
    assert.equal(cache.capacity(), 64);
    assert.equal(cache.reserve(20, 1), false);
    assert.equal(cache.reserve(20, 0), true);
    assert.equal(cache.capacity(), 32);
    assert.throws(() => cache.reserve(129, 0), /129 positions in a cache for 128/);
  });
});
