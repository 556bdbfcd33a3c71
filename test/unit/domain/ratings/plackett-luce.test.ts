import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRng } from '../../../../src/base/rng';
import { pairColumns, rankingColumns } from './columns-of';
import type { RankingColumns } from '../../../../src/domain/ratings/columns';
import type { Comparison } from './columns-of';
import { maximize, ridgeOf } from '../../../../src/domain/ratings/newton';
import type { Fit } from '../../../../src/domain/ratings/newton';
import { plackettLuce } from '../../../../src/domain/ratings/plackett-luce';
import { addScores, closeTo, drawRanking, fitPairs } from './second-opinion';
import { choixRankings2 } from './vectors';

const bestFirst = (order: readonly number[]): { model: readonly number[]; rank: number[] } => ({ model: order, rank: order.map((_, i) => i + 1) });

function fitRankings(data: RankingColumns, lambda = 0): Fit {
  const model = plackettLuce(data);
  return maximize(model.weighted(data.weight), model.start(), ridgeOf(model, lambda));
}

/** The log-likelihood at θ by its definition, for rankings without ties. */
function byDefinition(order: readonly number[], rest: readonly number[], theta: readonly number[]): number {
  return order.reduce((sum, i, k) => sum + theta[i]! - Math.log([...order.slice(k), ...rest].reduce((s, l) => s + Math.exp(theta[l]!), 0)), 0);
}

function logLikAt(data: RankingColumns, theta: readonly number[]): number {
  const n = data.models;
  return plackettLuce(data).weighted(data.weight).evaluate(Float64Array.from(theta), new Float64Array(n), new Float64Array(n * n));
}

describe('Plackett–Luce', () => {
  it('is choix\'s for rankings-2', () => {
    const { x } = fitRankings(rankingColumns(choixRankings2.n, choixRankings2.rankings.map(bestFirst)));
    assert.ok(closeTo(x, choixRankings2.computed, 5e-9));
    assert.ok(closeTo(x, choixRankings2.published, 1e-4));
  });

  it('is Bradley–Terry for two, ties included', () => {
    const pairs = fc.array(fc.record({ a: fc.nat(2), step: fc.integer({ min: 1, max: 2 }), outcome: fc.constantFrom<(0 | 0.5 | 1)[]>(0, 0.5, 1) }), { minLength: 1, maxLength: 25 });
    fc.assert(fc.property(pairs, (rows) => {
      const list: Comparison[] = rows.map(({ a, step, outcome }) => ({ a, b: (a + step) % 3, outcome }));
      const rankings = rankingColumns(3, list.map(({ a, b, outcome }) => ({ model: [a, b], rank: outcome === 0.5 ? [1, 1] : outcome === 1 ? [1, 2] : [2, 1] })));
      const [one, other] = [fitRankings(rankings, 0.3), fitPairs(pairColumns(3, list), { ties: 'half' }, 0.3)];
      return closeTo(one.x, other.x, 1e-8) && Math.abs(one.logLik - other.logLik) < 1e-8;
    }), { numRuns: 60 });
  });

  it('keeps the rest of a top-k ranking in the denominators and leaves out what a subset leaves out', () => {
    const theta = [0.5, -0.2, 0.1, -0.9];
    const topK = rankingColumns(4, [{ model: [2, 0, 1, 3], rank: [1, 2, 0, 0] }]);
    const subset = rankingColumns(4, [{ model: [2, 0], rank: [1, 2] }]);
    assert.ok(Math.abs(logLikAt(topK, theta) - byDefinition([2, 0], [1, 3], theta)) < 1e-12);
    assert.ok(Math.abs(logLikAt(subset, theta) - byDefinition([2, 0], [], theta)) < 1e-12);
    assert.ok(logLikAt(topK, theta) < logLikAt(subset, theta));
  });

  it('is not the same from worst to best', () => {
    const rankings = [[0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 1, 0]];
    const forth = fitRankings(rankingColumns(3, rankings.map(bestFirst)));
    const back = fitRankings(rankingColumns(3, rankings.map((r) => bestFirst([...r].reverse()))));
    assert.ok(!closeTo(forth.x, back.x.map((v) => -v), 1e-3));
  });

  it('takes a tied group as the mean of its orders', () => {
    const theta = [0.7, 0.2, -0.4, 0];
    const tied = rankingColumns(4, [{ model: [3, 0, 1, 2], rank: [1, 2, 2, 2] }]);
    const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    const mean = orders.reduce((s, o) => s + byDefinition([3, ...o], [], theta), 0) / 6;
    assert.ok(Math.abs(logLikAt(tied, theta) - mean) < 1e-12);
  });

  it('lets every answer of one model stand in the denominators', () => {
    const theta = [0.4, -0.3];
    const data = rankingColumns(2, [{ model: [0, 1, 0], rank: [1, 2, 3] }]);
    const expected = theta[0]! - Math.log(2 * Math.exp(theta[0]!) + Math.exp(theta[1]!)) + theta[1]! - Math.log(Math.exp(theta[0]!) + Math.exp(theta[1]!));
    assert.ok(Math.abs(logLikAt(data, theta) - expected) < 1e-12);
  });

  it('has the derivatives that differences of the likelihood give, ties and large ties and rests included', () => {
    const data = rankingColumns(4, [
      { model: [0, 1, 2, 3], rank: [1, 2, 2, 4] },
      { model: [3, 1, 0], rank: [1, 0, 0], weight: 2 },
      { model: [0, 1, 2, 3, 0, 1, 2, 3], rank: [1, 1, 1, 1, 1, 1, 1, 8] },
      { model: [2, 2, 1], rank: [1, 1, 3] },
    ]);
    const model = plackettLuce(data);
    const objective = model.weighted(data.weight);
    const at = (x: Float64Array): { value: number; gradient: Float64Array; information: Float64Array } => {
      const gradient = new Float64Array(4);
      const information = new Float64Array(16);
      return { value: objective.evaluate(x, gradient, information), gradient, information };
    };
    const x = Float64Array.of(0.5, -0.1, 0.3, -0.7);
    const here = at(x);
    const scores = model.scores(x);
    const summed = new Float64Array(4);
    addScores(summed, scores, data.weight);
    assert.ok(closeTo(summed, here.gradient, 1e-12));
    for (let i = 0; i < 4; i++) {
      const [up, down] = [1e-5, -1e-5].map((h) => at(x.map((v, k) => (k === i ? v + h : v))));
      assert.ok(Math.abs((up!.value - down!.value) / 2e-5 - here.gradient[i]!) < 1e-7);
      for (let j = 0; j < 4; j++) assert.ok(Math.abs((down!.gradient[j]! - up!.gradient[j]!) / 2e-5 - here.information[i * 4 + j]!) < 1e-7);
    }
  });

  it('finds the worth that rankings were drawn with', () => {
    const rng = createRng('pl');
    const theta = [0.9, 0.2, 0, -0.4, -0.7];
    const data = rankingColumns(5, Array.from({ length: 4000 }, () => bestFirst(drawRanking(theta, rng))));
    assert.ok(closeTo(fitRankings(data).x, theta, 0.07));
  });
});
