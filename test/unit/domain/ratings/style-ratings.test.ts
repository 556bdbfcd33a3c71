import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRng } from '../../../../src/base/rng';
import { rate } from '../../../../src/domain/ratings/report';
import { toPoints } from '../../../../src/domain/ratings/scale';
import { styleRidge } from '../../../../src/domain/ratings/style';
import { t95 } from '../../../../src/domain/ratings/student';
import { pairColumns } from './columns-of';
import type { Comparison } from './columns-of';
import { directFit } from './direct';
import { closeTo, drawComparison } from './second-opinion';

const models = 5;

describe('ratings with control for style', () => {
  it('are those of a plain logistic regression, with their intervals and the order effect', () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 12 }), (seed, count, clusters) => {
      const rng = createRng(seed);
      const rows = Array.from({ length: 120 }, (_, n): Comparison => {
        const row = drawComparison([0.8, 0.3, 0, -0.4, -0.7], rng, { cluster: n % clusters, delta: 0.3 });
        // Some of them of an unknown order, some ties, and weights that differ.
        return { ...row, weight: 1 + (n % 3), ...(n % 7 === 0 ? { outcome: 0.5 as const } : {}), ...(n % 5 === 0 ? { order: 0 as const } : {}) };
      });
      const covariates = Array.from({ length: count }, (_, k) => ({ name: `covariate ${k}`, values: Float64Array.from(rows, () => rng.normal()) }));
      const data = pairColumns(models, rows, covariates);
      const report = rate({ method: 'bradley-terry', pairs: data, draws: 0, seed: 0 });
      const plain = directFit(data, false, Array.from({ length: models + count }, () => styleRidge));
      const half = (direct: typeof plain, at: number): number => t95(clusters - 1) * Math.sqrt(direct.robust[at]![at]!);

      assert.ok(closeTo(report.models.map((m) => m.rating), plain.x.slice(0, models).map(toPoints), 1e-7), 'ratings, in points');
      assert.ok(closeTo(report.precision.theta, plain.x.slice(0, models), 1e-9));
      assert.ok(closeTo(report.style.map((s) => s.value), plain.x.slice(models), 1e-9));
      assert.ok(closeTo(report.precision.robust, plain.robust.flat(), 1e-9), 'covariance');
      report.style.forEach(({ value, interval }, k) => {
        assert.ok(closeTo([interval!.low, interval!.high], [value - half(plain, models + k), value + half(plain, models + k)], 1e-9), 'intervals');
      });
      // The order effect itself is not penalised.
      const ordered = directFit(data, true, Array.from({ length: models + 1 + count }, (_, k) => (k === models ? 0 : styleRidge)));
      const { value, low, high } = report.order.delta!;
      assert.ok(closeTo([value, low, high], [ordered.x[models]!, ordered.x[models]! - half(ordered, models), ordered.x[models]! + half(ordered, models)], 1e-9), 'order effect');
    }), { numRuns: 25 });
  });

  it('have the covariance of a plain fit without covariates, too, where equal comparisons are counted together', () => {
    const rng = createRng('no covariates');
    const data = pairColumns(models, Array.from({ length: 400 }, (_, n) => drawComparison([0.8, 0.3, 0, -0.4, -0.7], rng, { cluster: n % 30, delta: 0.3 })));
    const report = rate({ method: 'bradley-terry', pairs: data, draws: 0, seed: 0 });
    const plain = directFit(data, false, new Array<number>(models).fill(0));
    const ordered = directFit(data, true, new Array<number>(models + 1).fill(0));
    assert.ok(closeTo(report.precision.theta, plain.x.slice(0, models), 1e-9));
    assert.ok(closeTo(report.precision.robust, plain.robust.flat(), 1e-9));
    const { value, high } = report.order.delta!;
    assert.ok(closeTo([value, high - value], [ordered.x[models]!, t95(29) * Math.sqrt(ordered.robust[models]![models]!)], 1e-9));
  });
});
