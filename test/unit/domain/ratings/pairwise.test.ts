import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRng } from '../../../../src/base/rng';
import { pairColumns } from './columns-of';
import type { PairColumns } from '../../../../src/domain/ratings/columns';
import type { Comparison } from './columns-of';
import { links, newTerm } from '../../../../src/domain/ratings/links';
import type { Ties } from '../../../../src/domain/ratings/links';
import { pairwise } from '../../../../src/domain/ratings/pairwise';
import { addScores, closeTo, drawComparison, fitPairs, winsOf, worthOf, zermelo } from './second-opinion';
import { choixPairwise2, choixRidge, davidsonProbabilities, map50, pudding } from './vectors';

const puddings = pairColumns(pudding.n, pudding.rows.flatMap(([i, j, , wi, wj, t]): Comparison[] => [
  { a: i - 1, b: j - 1, outcome: 1, weight: wi },
  { a: i - 1, b: j - 1, outcome: 0, weight: wj },
  { a: i - 1, b: j - 1, outcome: 0.5, weight: t },
]));

/** Comparisons of four models that hold together: a ring of wins, and whatever else. */
const connected: fc.Arbitrary<PairColumns> = fc
  .array(fc.record({ a: fc.nat(3), step: fc.integer({ min: 1, max: 3 }), outcome: fc.constantFrom(0, 0.5, 1), order: fc.constantFrom(-1, 0, 1) }), { maxLength: 40 })
  .map((rows) => pairColumns(4, [
    ...[0, 1, 2, 3].map((a) => ({ a, b: (a + 1) % 4, outcome: 1 as const, order: a % 2 === 0 ? (1 as const) : (-1 as const) })),
    ...rows.map(({ a, step, outcome, order }) => ({ a, b: (a + step) % 4, outcome: outcome, order: order })),
  ]));

describe('ratings of paired comparisons', () => {
  it('are choix\'s for pairwise-2', () => {
    assert.ok(closeTo(fitPairs(winsOf(choixPairwise2.n, choixPairwise2.wins)).x, choixPairwise2.theta, 1e-8));
  });

  it('are equal for a pure cycle', () => {
    assert.ok(closeTo(fitPairs(winsOf(3, [[0, 1], [1, 2], [2, 0]])).x, [0, 0, 0], 1e-12));
  });

  it('are choix\'s with a ridge', () => {
    assert.ok(closeTo(fitPairs(winsOf(choixRidge.n, choixRidge.wins), { ties: 'half' }, 1).x, choixRidge.theta, 5e-9));
  });

  for (const { lambda, theta } of map50) {
    it(`are finite for 5–0 with ridge ${lambda}`, () => {
      assert.ok(closeTo(fitPairs(winsOf(2, Array.from({ length: 5 }, () => [0, 1] as const)), { ties: 'half' }, lambda).x, [theta, -theta], 5e-9));
    });
  }

  it('are Davidson\'s for his puddings, at convergence', () => {
    const fit = fitPairs(puddings, { ties: 'davidson' });
    const { worth, nu, logLik } = pudding.davidson;
    assert.ok(fit.converged);
    assert.ok(closeTo(worthOf(fit.x, 6), worth, 1e-8));
    assert.ok(Math.abs(Math.exp(fit.x[6]!) - nu) < 1e-6);
    assert.ok(Math.abs(fit.logLik - logLik) < 1e-7);
    // What was printed in 1970 had stopped earlier.
    assert.ok(closeTo(worthOf(fit.x, 6), pudding.published.worth, 2.5e-5));
    assert.ok(Math.abs(Math.exp(fit.x[6]!) - pudding.published.nu) < 2e-5);
  });

  it('are Rao and Kupper\'s for the same', () => {
    const fit = fitPairs(puddings, { ties: 'rao-kupper' });
    // The figures that are compared with were found to five in 1e8: their gradient is 1e-5, ours 1e-8.
    assert.ok(closeTo(worthOf(fit.x, 6), pudding.raoKupper.worth, 5e-8));
    assert.ok(Math.abs(Math.exp(fit.x[6]!) - pudding.raoKupper.theta) < 1e-7);
    assert.ok(Math.abs(fit.logLik - pudding.raoKupper.logLik) < 1e-7);
  });

  it('are others when ties are half wins', () => {
    assert.ok(closeTo(worthOf(fitPairs(puddings).x, 6), pudding.half.worth, 1e-8));
  });

  for (const { pi, nu, win, loss, tie } of davidsonProbabilities) {
    it(`give Davidson's chances for ${pi.join(' : ')}, ν ${nu}`, () => {
      const chances = [1, 0, 0.5].map((outcome) => {
        const term = newTerm();
        links.davidson.term(Math.log(pi[0] / pi[1]), Math.log(nu), outcome, term);
        return Math.exp(term.value);
      });
      assert.ok(closeTo(chances, [win, loss, tie], 1e-6));
    });
  }

  it('are the same by Newton and by Zermelo\'s iteration', () => {
    fc.assert(fc.property(connected, (data) => closeTo(fitPairs(data).x, zermelo(data), 1e-7)), { numRuns: 40 });
  });

  it('do not depend on which model is called the first of a pair', () => {
    fc.assert(fc.property(connected, fc.constantFrom<Ties>('half', 'davidson', 'rao-kupper'), fc.integer(), (data, ties, seed) => {
      const rng = createRng(seed);
      const withTie = pairColumns(4, [...rowsOf(data), { a: 0, b: 1, outcome: 0.5 }]);
      const turned = pairColumns(4, rowsOf(withTie).map((r) => (rng.int(2) === 0 ? r : { ...r, a: r.b, b: r.a, outcome: (1 - r.outcome) as 0 | 0.5 | 1, order: -(r.order ?? 0) as -1 | 0 | 1 })));
      return closeTo(fitPairs(turned, { ties, order: true }, 0.1).x, fitPairs(withTie, { ties, order: true }, 0.1).x, 1e-8);
    }), { numRuns: 60 });
  });

  it('turn round when every outcome does', () => {
    fc.assert(fc.property(connected, (data) => {
      const turned = { ...data, outcome: data.outcome.map((o) => 1 - o) };
      return closeTo(fitPairs(turned).x, fitPairs(data).x.map((v) => -v), 1e-8);
    }), { numRuns: 40 });
  });

  it('are centred, and the likelihood knows them only up to a constant', () => {
    fc.assert(fc.property(connected, fc.double({ min: -3, max: 3, noNaN: true }), (data, shift) => {
      const model = pairwise(data, { ties: 'davidson', order: true });
      const objective = model.weighted(data.weight);
      const at = (x: Float64Array): number => objective.evaluate(x, new Float64Array(model.size), new Float64Array(model.size ** 2));
      const x = Float64Array.of(0.3, -0.2, 0.9, 0, 0.1, -0.5);
      const moved = x.map((v, i) => (i < 4 ? v + shift : v));
      const { x: found } = fitPairs(data);
      return Math.abs(at(x) - at(moved)) < 1e-9 && Math.abs(found.reduce((s, v) => s + v, 0)) < 1e-9;
    }), { numRuns: 40 });
  });

  it('of Davidson are Bradley–Terry\'s when ν is next to nothing', () => {
    fc.assert(fc.property(connected, (all) => {
      const data = pairColumns(4, rowsOf(all).filter((r) => r.outcome !== 0.5));
      const model = pairwise(data, { ties: 'davidson' });
      const size = model.size;
      const at = (x: Float64Array): [number, Float64Array] => {
        const gradient = new Float64Array(size);
        return [model.weighted(data.weight).evaluate(x, gradient, new Float64Array(size * size)), gradient];
      };
      const plain = fitPairs(data);
      const [value, gradient] = at(Float64Array.of(...plain.x, -40));
      return Math.abs(value - plain.logLik) < 1e-9 && gradient.slice(0, 4).every((g) => Math.abs(g) < 1e-7);
    }), { numRuns: 40 });
  });

  it('have the derivatives that differences of the likelihood give', () => {
    const rows: Comparison[] = Array.from({ length: 30 }, (_, n) => ({ a: n % 4, b: (n + 1 + (n % 3)) % 4, outcome: ([0, 0.5, 1] as const)[(n * 7) % 3]!, order: ([-1, 0, 1] as const)[n % 3]!, weight: 1 + (n % 2) }));
    const length = { name: 'words', values: Float64Array.from(rows, (_, n) => Math.sin(n)) };
    for (const ties of ['half', 'davidson', 'rao-kupper'] as const) {
      const data = pairColumns(4, rows, [length]);
      const model = pairwise(data, { ties, order: true });
      const { size } = model;
      const objective = model.weighted(data.weight);
      const x = Float64Array.from({ length: size }, (_, i) => 0.4 + 0.1 * Math.cos(i));
      const gradientAt = (p: Float64Array): { value: number; gradient: Float64Array; information: Float64Array } => {
        const gradient = new Float64Array(size);
        const information = new Float64Array(size * size);
        return { value: objective.evaluate(p, gradient, information), gradient, information };
      };
      const here = gradientAt(x);
      const scores = model.scores(x);
      const summed = new Float64Array(size);
      addScores(summed, scores, data.weight);
      assert.ok(closeTo(summed, here.gradient, 1e-12), `${ties}: scores add up to the gradient`);
      for (let i = 0; i < size; i++) {
        const [up, down] = [1e-5, -1e-5].map((h) => gradientAt(x.map((v, k) => (k === i ? v + h : v))));
        assert.ok(Math.abs((up!.value - down!.value) / 2e-5 - here.gradient[i]!) < 1e-6, `${ties}: gradient ${i}`);
        for (let j = 0; j <= i; j++) assert.ok(Math.abs((down!.gradient[j]! - up!.gradient[j]!) / 2e-5 - here.information[i * size + j]!) < 1e-6, `${ties}: information ${i} ${j}`);
      }
    }
  });

  it('find the order effect that comparisons were drawn with', () => {
    const rng = createRng('order effect');
    const theta = [0.8, 0.1, -0.3, -0.6];
    const data = pairColumns(4, Array.from({ length: 20_000 }, () => drawComparison(theta, rng, { delta: 0.5 })));
    const { x } = fitPairs(data, { ties: 'half', order: true });
    assert.ok(Math.abs(x[4]! - 0.5) < 0.06, `${x[4]}`);
    assert.ok(closeTo(x, theta, 0.08));
  });

  it('are the same whether equal comparisons are counted together or not', () => {
    fc.assert(fc.property(connected, (data) => {
      const zero = { name: 'nothing', values: new Float64Array(data.a.length) };
      const one = fitPairs(data, { ties: 'half', order: true }, 0.2);
      const each = fitPairs({ ...data, covariates: [zero] }, { ties: 'half', order: true }, 0.2);
      return closeTo(each.x, one.x, 1e-9);
    }), { numRuns: 30 });
  });
});

function rowsOf(data: PairColumns): Comparison[] {
  return Array.from(data.a, (a, c) => ({ a, b: data.b[c]!, outcome: data.outcome[c] as 0 | 0.5 | 1, order: data.order[c] as -1 | 0 | 1, weight: data.weight[c]!, cluster: data.cluster[c]! }));
}
