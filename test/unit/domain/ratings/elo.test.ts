import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRng } from '../../../../src/base/rng';
import { pairColumns } from './columns-of';
import { averagedElo, playElo } from '../../../../src/domain/ratings/elo';
import { closeTo, drawComparison, winsOf } from './second-opinion';
import { eloCycle } from './vectors';

describe('Elo', () => {
  const options = { k: eloCycle.k, scale: 400, start: eloCycle.start };
  const cycle = winsOf(3, eloCycle.games);

  it('depends on the order of the games', () => {
    assert.ok(closeTo(playElo(cycle, Int32Array.of(0, 1, 2), options), eloCycle.ratings, 5e-5));
    assert.ok(closeTo(playElo(cycle, Int32Array.of(2, 1, 0), options), eloCycle.reversed, 5e-5));
  });

  it('gives what it takes', () => {
    const games = fc.array(fc.record({ a: fc.nat(4), step: fc.integer({ min: 1, max: 4 }), outcome: fc.constantFrom<(0 | 0.5 | 1)[]>(0, 0.5, 1), weight: fc.double({ min: 0.1, max: 3, noNaN: true }) }), { minLength: 1, maxLength: 60 });
    fc.assert(fc.property(games, (rows) => {
      const data = pairColumns(5, rows.map(({ a, step, outcome, weight }) => ({ a, b: (a + step) % 5, outcome, weight })));
      const sum = playElo(data, data.a.map((_, i) => i)).reduce((s, r) => s + r, 0);
      return Math.abs(sum - 5000) < 1e-8;
    }));
  });

  it('is even for a cycle when orders are averaged, and the same for the same seed', () => {
    const one = averagedElo(cycle, createRng(1), { orders: 3000, draws: 10 }, options);
    assert.ok(closeTo(one.ratings, [1500, 1500, 1500], 0.1));
    assert.deepEqual(averagedElo(cycle, createRng(1), { orders: 3000, draws: 10 }, options), one);
  });

  it('says how many orders and draws it took, and orders the models as they are', () => {
    const rng = createRng('elo');
    const data = pairColumns(3, Array.from({ length: 600 }, (_, n) => drawComparison([1, 0, -1], rng, { cluster: n % 50 })));
    const { ratings, low, high, orders, draws, ordersPerDraw, percentiles } = averagedElo(data, rng, { orders: 20, draws: 300 });
    assert.deepEqual([orders, draws, ordersPerDraw, percentiles], [20, 300, 20, true]);
    assert.ok(ratings[0]! > ratings[1]! && ratings[1]! > ratings[2]!);
    ratings.forEach((r, i) => { assert.ok(low[i]! < r && r < high[i]!); });
  });
});
