import assert from 'node:assert/strict';
import fc from 'fast-check';
import { intTable } from '../../../src/base/int-table';

describe('base/int-table', () => {
  it('knows what a map knows', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.nat(40), fc.nat(2 ** 31 - 2)), { maxLength: 200 }), fc.array(fc.nat(40)), (keys, others) => {
        const table = intTable();
        const map = new Map(keys.map((key, n) => [key, n]));
        for (const [key, n] of map) {
          assert.equal(table.get(key), -1);
          table.insert(key, n);
        }
        for (const key of [...keys, ...others]) assert.equal(table.get(key), map.get(key) ?? -1);
      }),
    );
  });

  it('keeps keys that follow each other in steps', () => {
    const table = intTable();
    for (let n = 0; n < 100_000; n++) table.insert(n * 4096, n);
    for (let n = 0; n < 100_000; n++) assert.equal(table.get(n * 4096), n);
  });
});
