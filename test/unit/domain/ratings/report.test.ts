import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRng } from '../../../../src/base/rng';
import { pairColumns, rankingColumns } from './columns-of';
import type { Comparison } from './columns-of';
import { methods, rate } from '../../../../src/domain/ratings/report';
import { computeRatings } from '../../../../src/statistics/ratings';
import { drawComparison } from './second-opinion';

const rng = createRng('report');
const rows: Comparison[] = Array.from({ length: 900 }, (_, n) => {
  const row = drawComparison([0.9, 0.1, -1], rng, { cluster: n % 60 });
  return n % 9 === 0 ? { ...row, outcome: 0.5 } : row;
});
const pairs = pairColumns(3, rows);
const rankings = rankingColumns(3, rows.map(({ a, b, outcome, cluster }) => ({ model: [a, b], rank: outcome === 0.5 ? [1, 1] : outcome === 1 ? [1, 2] : [2, 1], cluster: cluster! })));

describe('the report of ratings', () => {
  for (const method of methods) {
    it(`rates by ${method}`, () => {
      const report = rate({ method, pairs, rankings, draws: 200, seed: 3 });
      const ratings = report.models.map((m) => m.rating);
      assert.ok(Math.abs(ratings.reduce((s, r) => s + r, 0) - 3000) < 1e-6, 'the mean is 1000');
      assert.ok(ratings[0]! > ratings[1]! && ratings[1]! > ratings[2]!);
      for (const m of report.models) {
        assert.ok(m.interval!.low < m.rating && m.rating < m.interval!.high);
        assert.equal(m.wins + m.ties + m.losses, m.comparisons);
      }
      if (method !== 'elo') assert.deepEqual(report.models.map((m) => m.ranks), [1, 2, 3].map((r) => ({ best: r, worst: r })));
      assert.equal(report.models.reduce((s, m) => s + m.comparisons, 0), 1800);
      assert.equal(report.groups.length, 1);
      assert.equal(report.ridge, undefined);
      assert.equal(report.nu !== undefined, method === 'davidson');
      assert.deepEqual(rate({ method, pairs, rankings, draws: 200, seed: 3 }), report, 'the same seed gives the same numbers');
      assert.deepEqual(structuredClone(computeRatings({ method, pairs, rankings, draws: 200, seed: 3 })), report, 'it crosses from the worker');
    });
  }

  it('gives Bradley–Terry and Plackett–Luce of two the same ratings', () => {
    const [bt, pl] = (['bradley-terry', 'plackett-luce'] as const).map((method) => rate({ method, pairs, rankings, draws: 0, seed: 0 }));
    bt!.models.forEach((m, i) => {
      assert.ok(Math.abs(m.rating - pl!.models[i]!.rating) < 1e-6);
    });
  });

  it('says who cannot be compared, and that a ridge was used', () => {
    const report = rate({ method: 'bradley-terry', pairs: pairColumns(5, [[0, 1], [1, 0], [0, 2], [3, 4], [4, 3]].map(([a, b], cluster) => ({ a: a!, b: b!, outcome: 1, cluster }))), draws: 50, seed: 0 });
    assert.deepEqual(report.groups.map((g) => [...g]).sort(), [[0, 1], [2], [3, 4]]);
    const at = (model: number): number => report.groups.findIndex((g) => g.includes(model));
    assert.ok(at(0) < at(2), 'the unbeaten group comes first');
    assert.equal(report.islands.length, 2);
    assert.deepEqual(report.ridge, { lambda: 0.5, reason: 'not-connected' });
    assert.ok(report.models.every((m) => Number.isFinite(m.rating) && Number.isFinite(m.interval!.low)));
  });

  it('has ν 0 without ties, and rates all the same when there is nothing but ties', () => {
    const decided = rate({ method: 'davidson', pairs: pairColumns(2, [1, 0, 1].map((o) => ({ a: 0, b: 1, outcome: o as 0 | 1 }))), draws: 0, seed: 0 });
    assert.equal(decided.nu, 0);
    const tied = rate({ method: 'davidson', pairs: pairColumns(2, [1, 2, 3].map(() => ({ a: 0, b: 1, outcome: 0.5 as const }))), draws: 20, seed: 0 });
    assert.deepEqual(tied.models.map((m) => m.rating), [1000, 1000]);
  });

  it('has finite numbers with the mean at 1000 whatever was labeled', () => {
    const some = fc.array(fc.record({ a: fc.nat(4), step: fc.integer({ min: 1, max: 4 }), outcome: fc.constantFrom<(0 | 0.5 | 1)[]>(0, 0.5, 1), order: fc.constantFrom<(-1 | 0 | 1)[]>(-1, 0, 1), cluster: fc.nat(3) }), { minLength: 1, maxLength: 12 });
    fc.assert(fc.property(some, fc.constantFrom(...methods), fc.boolean(), (list, method, style) => {
      const all: Comparison[] = list.map(({ step, ...r }) => ({ ...r, b: (r.a + step) % 5 }));
      const covariates = style ? [{ name: 'words', values: Float64Array.from(all, (_, i) => Math.cos(i)) }] : [];
      const of = pairColumns(5, all, covariates);
      const ranked = rankingColumns(5, all.map(({ a, b, outcome, cluster }) => ({ model: [a, b], rank: outcome === 0.5 ? [1, 1] : outcome === 1 ? [1, 2] : [2, 1], cluster: cluster! })));
      const report = rate({ method, pairs: of, rankings: ranked, draws: 20, seed: 1 });
      const numbers = report.models.flatMap((m) => [m.rating, ...(m.interval ? [m.interval.low, m.interval.high] : [])]);
      assert.ok(numbers.every(Number.isFinite), JSON.stringify(numbers));
      assert.ok(Math.abs(report.models.reduce((sum, m) => sum + m.rating, 0) / 5 - 1000) < 1e-6);
      assert.ok(report.precision.robust.every(Number.isFinite));
      for (const m of report.models) assert.ok(m.ranks.best <= m.ranks.worst);
      const { delta } = report.order;
      assert.ok(delta === undefined || [delta.value, delta.low, delta.high].every(Number.isFinite));
    }), { numRuns: 150 });
  });
});
