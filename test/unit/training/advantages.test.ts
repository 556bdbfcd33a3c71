import assert from 'node:assert/strict';
import fc from 'fast-check';
import { estimateAdvantages, explainedVariance, moments, whiten } from '../../../src/training/advantages';
import { allNear, near } from './near';

const rewards = Float64Array.of(-0.01, 0.02, -0.03, 1.5);
const values = Float64Array.of(0.2, 0.3, 0.1, 0.4);
const numbers = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 8 });

describe('advantages', () => {
  it('estimates and whitens as in the reference', () => {
    const { advantages, returns } = estimateAdvantages({ rewards, values }, 1, 0.95);
    allNear(advantages, [1.1057875, 1.06925, 1.315, 1.1], 1e-12);
    allNear(returns, [1.3057875, 1.36925, 1.415, 1.5], 1e-12);
    allNear(whiten([advantages], { population: true })[0]!, [-0.4270721, -0.8010762, 1.7144623, -0.486314], 1e-6);
    allNear(whiten([advantages])[0]!, [-0.3698554, -0.6937524, 1.4847681, -0.4211603], 1e-6);
  });

  it('with λ = 1 is the return to go minus the value, with λ = 0 the one-step error', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true })), { minLength: 1, maxLength: 12 }), (pairs) => {
        const episode = { rewards: Float64Array.from(pairs, (p) => p[0]), values: Float64Array.from(pairs, (p) => p[1]) };
        const long = estimateAdvantages(episode, 1, 1);
        const short = estimateAdvantages(episode, 0.9, 0);
        let toGo = 0;
        for (let t = pairs.length - 1; t >= 0; t--) {
          toGo += pairs[t]![0];
          near(long.returns[t], toGo, 1e-9);
          near(short.advantages[t], pairs[t]![0] + 0.9 * (pairs[t + 1]?.[1] ?? 0) - pairs[t]![1], 1e-9);
        }
      }),
    );
  });

  it('whitens over all tokens of the batch, however they are cut into episodes', () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 2, maxLength: 6 }), (episodes) => {
        const ragged = whiten(episodes.map((e) => Float64Array.from(e)));
        const flat = whiten([Float64Array.from(episodes.flat())])[0]!;
        allNear(ragged.flatMap((e) => [...e]), flat, 1e-9);
      }),
    );
  });

  it('keeps the mean when told to', () => {
    const scaled = whiten([Float64Array.of(1, 2), Float64Array.of(6)], { keepMean: true });
    const { mean, variance } = moments(scaled);
    near(mean, 3, 1e-9);
    near(variance, 1, 1e-6);
  });

  it('does not divide by nothing', () => {
    assert.deepEqual(whiten([Float64Array.of(3, 3, 3)]), [Float64Array.of(0, 0, 0)]);
    assert.deepEqual(whiten([Float64Array.of(3)]), [Float64Array.of(0)]);
    assert.deepEqual(moments([]), { n: 0, mean: 0, variance: 0 });
  });

  it('explains variance', () => {
    const returns = [Float64Array.of(1, 2), Float64Array.of(3, 4)];
    near(explainedVariance(returns, returns), 1, 0);
    near(explainedVariance([Float64Array.of(7, 7), Float64Array.of(7, 7)], returns), 0, 1e-12);
    near(explainedVariance([Float64Array.of(1, 1), Float64Array.of(3, 3)], returns), 0.8, 1e-12);
    near(explainedVariance([Float64Array.of(1)], [Float64Array.of(1)]), 0, 0);
  });
});
