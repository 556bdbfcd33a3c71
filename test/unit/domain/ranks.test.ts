import assert from 'node:assert/strict';
import fc from 'fast-check';
import { competitionRanks, rankedPairs, toItemOrder, toShownOrder } from '../../../src/domain/ranks';

const pairs = (...args: Parameters<typeof rankedPairs>): string => rankedPairs(...args).map(({ i, j, p }) => `${i}${p === 1 ? '>' : '='}${j}`).join(' ');

describe('domain/ranks', () => {
  it('brings ranks into the standard competition form', () => {
    assert.deepEqual(competitionRanks([1, 2, 2, 3]), [1, 2, 2, 4]);
    assert.deepEqual(competitionRanks([7, null, 3, 3]), [3, null, 1, 1]);
    assert.deepEqual(competitionRanks([]), []);
  });

  it('gives every pair of a ranking once, ties as halves, each weighing 1/pairs', () => {
    assert.equal(pairs('ranked', 3, [2, 1, 3]), '1>0 0>2 1>2');
    assert.equal(pairs('ranked', 3, [1, 2, 2]), '0>1 0>2 1=2');
    const weights = rankedPairs('ranked', 4, [1, 2, 3, 4]).map((p) => p.weight);
    assert.deepEqual(weights, new Array(6).fill(1 / 6));
  });

  it('keeps the two meanings of an unranked item apart', () => {
    assert.equal(pairs('ranked', 4, [1, 2, null, null], 'top_k'), '0>1 0>2 0>3 1>2 1>3');
    assert.equal(pairs('ranked', 4, [1, 2, null, null], 'subset'), '0>1');
    assert.equal(pairs('ranked', 3, [null, 1, null], 'top_k'), '1>0 1>2');
    assert.equal(pairs('ranked', 2, [1, null]), '', 'nothing is assumed when the meaning is not said');
  });

  it('takes only ranked and tie as comparisons', () => {
    assert.equal(pairs('tie', 3, undefined), '0=1 0=2 1=2');
    for (const verdict of ['all_bad', 'unsure', 'skipped'] as const) assert.equal(pairs(verdict, 3, [1, 2, 3]), '');
  });

  it('depends on the order of ranks alone; weights sum to 1', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 1, max: 5 })), { minLength: 2, maxLength: 9 }), fc.constantFrom('top_k' as const, 'subset' as const), (ranks, unranked) => {
        const found = rankedPairs('ranked', ranks.length, ranks, unranked);
        assert.deepEqual(rankedPairs('ranked', ranks.length, competitionRanks(ranks), unranked), found);
        assert.deepEqual(rankedPairs('ranked', ranks.length, ranks.map((r) => (r === null ? null : 10 * r + 3)), unranked), found);
        if (found.length > 0) assert.ok(Math.abs(found.reduce((s, p) => s + p.weight, 0) - 1) < 1e-12);
        const known = ranks.filter((r) => r !== null).length;
        const missing = ranks.length - known;
        assert.equal(found.length, (known * (known - 1)) / 2 + (unranked === 'top_k' ? known * missing : 0));
      }),
    );
  });

  it('goes from the order on screen to the order of items and back', () => {
    assert.deepEqual(toItemOrder(['left', 'middle', 'right'], [2, 0, 1]), ['middle', 'right', 'left']);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(8), { minLength: 1 }), (seen) => {
        const shown = seen.map((v) => [...seen].sort((a, b) => a - b).indexOf(v));
        const values = shown.map((_, i) => `v${i}`);
        assert.deepEqual(toShownOrder(toItemOrder(values, shown), shown), values);
      }),
    );
  });
});
