import assert from 'node:assert/strict';
import { createRng } from '../../../../src/base/rng';
import { bestAt, bestOfN, bestOfNKl, doublings } from '../../../../src/domain/evaluation/best-of-n';
import { bootstrapClusters, estimateMetrics, meanByCluster, pairedByCluster } from '../../../../src/domain/evaluation/bootstrap';
import { curveAt, fitCurve, overOptimised } from '../../../../src/domain/evaluation/over-optimisation';
import { byScore, bySwap, winRate } from '../../../../src/domain/evaluation/win-rate';

const near = (a: number | undefined, b: number, by = 1e-9): void => {
  assert.ok(a !== undefined && Math.abs(a - b) <= by, `${a} is not ${b}`);
};

describe('best of n', () => {
  it('has the KL of log n − (n − 1)/n', () => {
    assert.equal(bestOfNKl(1), 0);
    near(bestOfNKl(2), 0.1931471806, 1e-10);
    near(bestOfNKl(16), 1.8350887222, 1e-10);
    near(bestOfNKl(64), 3.1745080833, 1e-10);
  });
  it('is the mean over all subsets of n answers', () => {
    const rng = createRng(1);
    const by = Array.from({ length: 7 }, () => rng.normal());
    const value = Array.from({ length: 7 }, () => rng.normal());
    for (const n of [1, 2, 3, 7]) {
      let [sum, subsets] = [0, 0];
      for (let mask = 0; mask < 128; mask++) {
        const chosen = by.map((_, i) => i).filter((i) => (mask >> i) & 1);
        if (chosen.length !== n) continue;
        sum += value[chosen.reduce((best, i) => (by[i]! > by[best]! ? i : best))]!;
        subsets++;
      }
      near(bestOfN(by, value, n), sum / subsets, 1e-12);
    }
  });
  it('shares the values of answers that cannot be told apart', () => {
    near(bestOfN([1, 1, 1], [0, 3, 6], 2), 3);
    // Of two of three, the pair without the low one is one of three; then the two high ones are alike.
    near(bestOfN([0, 5, 5], [9, 1, 2], 3), 1.5);
  });
  it('refuses more than there are', () => {
    assert.throws(() => bestOfN([1, 2], [1, 2], 3), /best of 3 needs as many answers, there are 2/);
    assert.throws(() => bestOfN([1, 2], [1, 2], 0), RangeError);
  });
  it('takes the first of equal scores', () => {
    assert.equal(bestAt([1, 3, 3, 2]), 1);
    assert.equal(bestAt([]), undefined);
    assert.deepEqual(doublings(64), [1, 2, 4, 8, 16, 32, 64]);
    assert.deepEqual(doublings(10), [1, 2, 4, 8, 10]);
  });
});

describe('bootstrap by cluster', () => {
  it('is as wide as theory says where answers of a prompt are alike, and wider than if they were independent', () => {
    const rng = createRng(3);
    const values = Array.from({ length: 200 }, () => rng.normal());
    const parts = values.flatMap((sum, cluster) => Array.from({ length: 4 }, () => ({ cluster, sum, weight: 1 })));
    const { value, low, high, clusters } = meanByCluster(parts, createRng(4), undefined, 2000);
    const mean = values.reduce((a, b) => a + b, 0) / 200;
    const sd = Math.sqrt(values.reduce((a, x) => a + (x - mean) ** 2, 0) / 200);
    near(value, mean, 1e-12);
    assert.equal(clusters, 200);
    near(high! - low!, (2 * 1.96 * sd) / Math.sqrt(200), 0.03);
  });
  it('weights texts by their tokens and is exp of the mean for a perplexity', () => {
    const parts = [{ cluster: 'a', sum: 10, weight: 5 }, { cluster: 'b', sum: 2, weight: 2 }];
    near(meanByCluster(parts, createRng(1), Math.exp).value, Math.exp(12 / 7), 1e-12);
  });
  it('pairs before and after: a constant change has no width', () => {
    const before = [1, 5, 9].map((sum, cluster) => ({ cluster, sum, weight: 1 }));
    const after = before.map((p) => ({ ...p, sum: p.sum + 2 }));
    const change = pairedByCluster(before, after, createRng(1));
    for (const x of [change.value, change.low, change.high]) near(x, 2, 1e-12);
  });
  it('gives no interval to one prompt', () => {
    assert.deepEqual(bootstrapClusters(1, () => 3, createRng(1)), { value: 3, clusters: 1 });
    assert.deepEqual(estimateMetrics('x', { value: 3, clusters: 1 }), { x: 3 });
    assert.deepEqual(estimateMetrics('x', { value: 3, low: 1, high: 4, clusters: 5 }), { x: 3, x_low: 1, x_high: 4 });
  });
});

describe('win rate', () => {
  it('counts ties half and draws prompts', () => {
    const contests = [1, 1, 0.5, 0, 0.5, 1, 0, 1].map((won, i) => ({ prompt: i >> 1, won }));
    const { rate, wins, ties, losses } = winRate(contests, createRng(1))!;
    near(rate.value, 5 / 8);
    assert.deepEqual([wins, ties, losses, rate.clusters], [4, 2, 2, 4]);
    assert.ok(rate.low! < 0.625 && rate.high! > 0.625);
    assert.equal(winRate([], createRng(1)), undefined);
  });
  it('takes a judge at its word only where it says the same in both orders', () => {
    assert.equal(bySwap('first', 'second'), 1);
    assert.equal(bySwap('second', 'first'), 0);
    assert.equal(bySwap('first', 'first'), 0.5);
    assert.equal(bySwap('tie', 'tie'), 0.5);
    assert.equal(bySwap('tie', 'second'), 0.75);
    assert.deepEqual([byScore(2, 1), byScore(1, 2), byScore(1, 1)], [1, 0, 0.5]);
  });
});

describe('over-optimisation', () => {
  const ds = [0.44, 0.9, 1.3, 1.6, 1.8, 2.3];
  it('finds the curves that points lie on, and their peaks', () => {
    const bon = fitCurve('best-of-n', ds.map((d) => ({ d, gain: d * (2 - 0.5 * d) })))!;
    near(bon.alpha, 2);
    near(bon.beta, 0.5);
    near(bon.r2, 1);
    near(bon.peak!.d, 2);
    near(bon.peak!.gain, 2);
    const rl = fitCurve('rl', ds.map((d) => ({ d, gain: d * (1.2 - 0.8 * Math.log(d)) })))!;
    near(rl.alpha, 1.2);
    near(rl.beta, 0.8);
    near(rl.peak!.d, Math.exp(0.5));
    near(rl.peak!.gain, 0.8 * Math.exp(0.5));
    near(curveAt('rl', rl, 0), 0);
    // At the peak nothing near is higher.
    for (const by of [-0.01, 0.01]) assert.ok(curveAt('rl', rl, rl.peak!.d + by) < rl.peak!.gain);
  });
  it('marks no peak where the curve only rises, and fits nothing to one point', () => {
    assert.equal(fitCurve('best-of-n', ds.map((d) => ({ d, gain: d * (1 + 0.2 * d) })))!.peak, undefined);
    assert.equal(fitCurve('best-of-n', [{ d: 0, gain: 0 }, { d: 1, gain: 1 }]), undefined);
    assert.equal(fitCurve('rl', [{ d: 2, gain: 1 }, { d: 2, gain: 3 }]), undefined);
  });
  it('warns where the proxy rises while the held-out reward falls, and says how sure that is', () => {
    const rng = createRng(9);
    const noise = Array.from({ length: 60 }, () => rng.normal());
    const at = (name: string, kl: number, proxy: number, heldOut: number) => ({ name, kl, proxy: noise.map((x) => x + proxy), heldOut: noise.map((x) => x * 0.9 + heldOut + 0.01 * rng.normal()) });
    const points = [at('best of 4', 0.6, 1, 1), at('start', 0, 0, 0), at('best of 64', 3.2, 2, 0.5), at('best of 16', 1.8, 1.5, 0.9)];
    const warnings = overOptimised(points, createRng(1));
    assert.deepEqual(warnings.map((w) => [w.from, w.to, w.sure]), [['best of 4', 'best of 16', true], ['best of 4', 'best of 64', true]]);
    near(warnings[1]!.heldOut.value, -0.5, 0.02);
    assert.deepEqual(overOptimised(points.slice(0, 2), createRng(1)), []);
    // A fall within the noise is told, and is not called sure.
    const shaky = { ...at('best of 64', 3, 2, 0.98), heldOut: points[0]!.heldOut.map((x, i) => x - 0.02 + (i % 2 === 0 ? 2 : -2)) };
    assert.deepEqual(overOptimised([points[0]!, shaky], createRng(1)).map((w) => [w.to, w.sure]), [['best of 64', false]]);
  });
});
