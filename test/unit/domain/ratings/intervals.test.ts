import assert from 'node:assert/strict';
import { createRng } from '../../../../src/base/rng';
import { quantile } from '../../../../src/domain/ratings/bootstrap';
import { pairColumns } from './columns-of';
import type { PairColumns } from '../../../../src/domain/ratings/columns';
import type { Comparison } from './columns-of';
import { intervalsOf, rankIntervals } from '../../../../src/domain/ratings/intervals';
import type { Intervals } from '../../../../src/domain/ratings/intervals';
import { maximize, ridgeOf } from '../../../../src/domain/ratings/newton';
import { orderEffect } from '../../../../src/domain/ratings/order-effect';
import { pairwise } from '../../../../src/domain/ratings/pairwise';
import { comparisonsToSeparate, varianceOfDifference } from '../../../../src/domain/ratings/separate';
import { normalTail, t95, tailOf, z95 } from '../../../../src/domain/ratings/student';
import { drawComparison, drawRanking } from './second-opinion';

function intervals(data: PairColumns, draws: number, budget?: number): Intervals & { x: Float64Array } {
  const model = pairwise(data, { ties: 'half' });
  const none = ridgeOf(model, 0);
  const fit = maximize(model.weighted(data.weight), model.start(), none);
  return { ...intervalsOf(model, fit, none, ridgeOf(model, 0.5, 0.5), { draws, rng: createRng('intervals'), ...(budget === undefined ? {} : { budget }) }), x: fit.x };
}

/** Every pair of rankings of five, those of one ranking in one cluster. */
function rankedPairsData(theta: readonly number[], rankings: number, seed: string): PairColumns {
  const rng = createRng(seed);
  const rows: Comparison[] = [];
  for (let r = 0; r < rankings; r++) {
    // The prompt favours some models: what makes comparisons of one prompt alike.
    const order = drawRanking(theta.map((t) => t + 0.8 * rng.normal()), rng);
    order.forEach((better, k) => {
      for (const worse of order.slice(k + 1)) rows.push({ a: better, b: worse, outcome: 1, cluster: r });
    });
  }
  return pairColumns(theta.length, rows);
}

const width = ({ low, high }: Pick<Intervals, 'low' | 'high'>): number => high.reduce((s, h, i) => s + h - low[i]!, 0) / low.length;

describe('intervals of ratings', () => {
  it('are wider by prompt than by pair when pairs come from rankings', () => {
    const data = rankedPairsData([0.5, 0.2, 0, -0.3, -0.4], 60, 'wider');
    const alone = { ...data, cluster: data.cluster.map((_, c) => c), clusters: data.a.length };
    const [clustered, single] = [intervals(data, 400), intervals(alone, 400)];
    assert.equal(clustered.method, 'bootstrap');
    assert.ok(width(clustered) > 1.15 * width(single), `${width(clustered)} ${width(single)}`);
  });

  it('are much the same by bootstrap and by sandwich', () => {
    const data = rankedPairsData([0.5, 0.2, 0, -0.3, -0.4], 300, 'same');
    const [drawn, sandwiched] = [intervals(data, 1000), intervals(data, 1000, 0)];
    assert.deepEqual([drawn.method, drawn.draws, sandwiched.method, sandwiched.draws], ['bootstrap', 1000, 'sandwich', 0]);
    assert.ok(Math.abs(width(drawn) / width(sandwiched) - 1) < 0.06, `${width(drawn)} ${width(sandwiched)}`);
  });

  it('take fewer draws before they give the bootstrap up, and say how many', () => {
    const data = rankedPairsData([0.5, 0, -0.5], 100, 'fewer');
    const { cost } = pairwise(data, { ties: 'half' });
    const some = intervals(data, 1000, cost * 300.5);
    assert.deepEqual([some.method, some.draws], ['bootstrap', 300]);
    assert.equal(intervals(data, 1000, cost * 199).method, 'sandwich');
  });

  // 95 % ± 2, over prompts that favour some models: within a prompt comparisons are far from independent.
  it('hold the truth in 95 of 100 simulations (sandwich, 40 prompts of 8)', () => {
    const rng = createRng('coverage');
    const theta = [0.6, 0, -0.6];
    let inside = 0;
    let naive = 0;
    const simulations = 3000;
    for (let s = 0; s < simulations; s++) {
      const rows: Comparison[] = [];
      for (let cluster = 0; cluster < 40; cluster++) {
        const twin = rng.int(2) === 0;
        for (let n = 0; n < 4; n++) {
          const row = drawComparison(theta, rng, { cluster });
          // A second labeler who says the same for half of the prompts.
          rows.push(row, twin ? { ...row } : drawComparison(theta, rng, { cluster }));
        }
      }
      const { x, covariance, naive: independent } = intervals(pairColumns(3, rows), 1, 0);
      const off = Math.abs(x[0]! - x[1]! - 0.6);
      if (off <= z95 * Math.sqrt(varianceOfDifference(covariance, 3, 0, 1))) inside++;
      if (off <= z95 * Math.sqrt(varianceOfDifference(independent, 3, 0, 1))) naive++;
    }
    assert.ok(Math.abs(inside / simulations - 0.95) < 0.02, `${inside / simulations}`);
    assert.ok(naive / simulations < 0.93, `${naive / simulations} without clusters`);
  });

  it('hold the truth in 95 of 100 simulations (bootstrap, 50 prompts of 4)', () => {
    const rng = createRng('coverage of the bootstrap');
    let inside = 0;
    const simulations = 800;
    for (let s = 0; s < simulations; s++) {
      const data = pairColumns(3, Array.from({ length: 200 }, (_, n) => drawComparison([0.5, 0, -0.5], rng, { cluster: n >> 2 })));
      const { low, high } = intervals(data, 200);
      if (low[0]! <= 0.5 && 0.5 <= high[0]!) inside++;
    }
    assert.ok(Math.abs(inside / simulations - 0.95) < 0.02, `${inside / simulations}`);
  });

  it('count the draws that needed a ridge and do not drop them', () => {
    const data = pairColumns(2, [1, 1, 1, 1, 1, 1, 0].map((o) => ({ a: 0, b: 1, outcome: o as 0 | 1 })));
    const { separated, draws, low, high } = intervals(data, 500);
    assert.ok(separated > 100 && separated < 300, `${separated}`); // (6/7)^7 = 34 % of draws lack the one loss
    assert.equal(draws, 500);
    assert.ok(Number.isFinite(low[0]) && Number.isFinite(high[0]));
  });

  it('are not there for one prompt', () => {
    const data = pairColumns(2, [1, 0, 1].map((o) => ({ a: 0, b: 1, outcome: o as 0 | 1, cluster: 0 })));
    const { method, low } = intervals(data, 100);
    assert.equal(method, 'none');
    assert.ok(Number.isNaN(low[0]));
  });

  it('are Student\'s with few prompts', () => {
    // scipy.stats.t.ppf(0.975, n), norm.sf
    for (const [degrees, expected] of [[1, 12.7062], [2, 4.30265], [5, 2.57058], [10, 2.22814], [30, 2.04227]] as const) assert.ok(Math.abs(t95(degrees) / expected - 1) < 2e-3, `${degrees}`);
    assert.ok(Math.abs(normalTail(1.959964) - 0.025) < 1e-6);
    assert.ok(Math.abs(tailOf(100_000) - 0.025) < 1e-5);
    assert.ok(tailOf(10) < 0.01);
  });

  it('give ranks that they leave possible', () => {
    const ranks = rankIntervals([5, 3, 2, 0], [7, 6, 4, 1], 4);
    assert.deepEqual(ranks, [{ best: 1, worst: 2 }, { best: 1, worst: 3 }, { best: 2, worst: 3 }, { best: 4, worst: 4 }]);
  });

  it('have quantiles as R and numpy have them', () => {
    assert.deepEqual([0, 0.025, 0.5, 0.975, 1].map((p) => Math.round(1e9 * quantile(Float64Array.of(1, 2, 3, 4, 10), p)) / 1e9), [1, 1.1, 3, 10 - 0.6, 10]);
  });
});

describe('how many comparisons would separate two', () => {
  const alone = { nu: 0, naive: 0.04, variance: 0.04 };

  it('is none when they are apart', () => {
    assert.deepEqual(comparisonsToSeparate({ ...alone, difference: 0.5 }), { apart: true, more: 0 });
  });

  it('is what makes the standard error small enough for a chance of 80 %', () => {
    const { more } = comparisonsToSeparate({ ...alone, difference: 0.2 });
    const p = 1 / (1 + Math.exp(-0.2));
    const error = 1 / Math.sqrt(25 + more * p * (1 - p));
    assert.ok(Math.abs(0.2 / error - (1.959964 + 0.841621)) < 0.01);
  });

  it('is more when comparisons of a prompt are alike, and with ties', () => {
    const plain = comparisonsToSeparate({ ...alone, difference: 0.2 }).more;
    assert.ok(comparisonsToSeparate({ ...alone, variance: 0.08, difference: 0.2 }).more > 1.5 * plain);
    assert.ok(comparisonsToSeparate({ ...alone, nu: 1, difference: 0.2 }).more > 1.3 * plain);
  });

  it('is beyond any number when they look alike', () => {
    assert.deepEqual(comparisonsToSeparate({ ...alone, difference: 0 }), { apart: false, more: Infinity });
  });

  it('foretells what simulation gives', () => {
    // 100 comparisons of two models 0.3 apart; so many more must separate them in about 80 of 100 cases.
    const variance = 1 / (100 * 0.25 * 0.978);
    const { more } = comparisonsToSeparate({ difference: 0.3, variance, naive: variance, nu: 0 });
    const rng = createRng('separate');
    let apart = 0;
    for (let s = 0; s < 400; s++) {
      let wins = 0;
      const n = 100 + more;
      for (let c = 0; c < n; c++) if (rng.next() < 1 / (1 + Math.exp(-0.3))) wins++;
      const p = wins / n;
      if (Math.log(p / (1 - p)) > z95 / Math.sqrt(n * p * (1 - p))) apart++;
    }
    assert.ok(Math.abs(apart / 400 - 0.8) < 0.06, `${apart / 400}`);
  });
});

describe('the order effect', () => {
  it('is found with an interval that holds it', () => {
    const rng = createRng('first');
    let inside = 0;
    for (let s = 0; s < 400; s++) {
      const data = pairColumns(3, Array.from({ length: 400 }, (_, n) => drawComparison([0.5, 0, -0.5], rng, { delta: 0.3, cluster: n >> 2 })));
      const { delta, known, decided, firstWins } = orderEffect(data, 'half', 0);
      if (delta!.low <= 0.3 && 0.3 <= delta!.high) inside++;
      assert.deepEqual([known, decided], [400, 400]);
      assert.ok(firstWins > 170);
    }
    assert.ok(Math.abs(inside / 400 - 0.95) < 0.03, `${inside / 400}`);
  });

  it('is not claimed where it is unknown or cannot be told from the ratings', () => {
    const rows = [1, 1, 0, 1].map((o, cluster) => ({ a: 0, b: 1, outcome: o as 0 | 1, cluster }));
    assert.deepEqual(orderEffect(pairColumns(2, rows), 'half', 0), { known: 0, decided: 0, firstWins: 0, reason: 'unknown' });
    assert.equal(orderEffect(pairColumns(2, rows.map((r) => ({ ...r, order: 1 as const }))), 'half', 0).reason, 'confounded');
    assert.equal(orderEffect(pairColumns(2, rows.map((r) => ({ ...r, order: 1 as const, cluster: 0 }))), 'half', 0).reason, 'few-prompts');
  });
});
