import assert from 'node:assert/strict';
import { createRng } from '../../../../src/base/rng';
import type { Rng } from '../../../../src/base/rng';
import { bootstrap, coefficientsOf, sumByCluster } from '../../../../src/domain/agreement/additive';
import { alphaOf } from '../../../../src/domain/agreement/alpha';
import { agreementOf } from '../../../../src/domain/agreement/gwet';
import { manySums } from '../../../../src/domain/agreement/many';
import { buildRatings, ratingsOf } from '../../../../src/domain/agreement/ratings';
import type { Ratings } from '../../../../src/domain/agreement/ratings';

/** Two raters who each see the truth (0 or 1, equally often) with probability `right`, several comparisons a prompt that share their difficulty. */
function simulated(rng: Rng, prompts: number, perPrompt: number, right: (hard: boolean) => number, clustered: boolean): Ratings {
  const builder = buildRatings(prompts * perPrompt, [0, 1]);
  for (let p = 0; p < prompts; p++) {
    const hard = rng.next() < 0.5;
    for (let i = 0; i < perPrompt; i++) {
      const truth = rng.int(2);
      for (const rater of [0, 1]) builder.add(p * perPrompt + i, rater, rng.next() < right(hard) ? truth : 1 - truth);
    }
  }
  return builder.finish((u) => (clustered ? Math.floor(u / perPrompt) : u), clustered ? prompts : prompts * perPrompt, 2);
}

describe('domain/agreement bootstrap', () => {
  it('covers the true α in 95 ± 2 % of simulations', () => {
    // Truth: both agree with probability r² + (1 − r)², averaged over easy and hard prompts; both values are equally
    // frequent, so that α is 2 × agreement − 1.
    const right = (hard: boolean): number => (hard ? 0.7 : 0.95);
    const agreement = [0.7, 0.95].reduce((sum, r) => sum + (r * r + (1 - r) ** 2) / 2, 0);
    const rng = createRng('coverage');
    let covered = 0;
    const runs = 1000;
    for (let run = 0; run < runs; run++) {
      const ratings = simulated(rng, 150, 3, right, true);
      const { layout, sums } = manySums(ratings);
      const [interval] = bootstrap(sums, [alphaOf(layout, ratings.values, 'nominal')], { rng: rng.fork(`run ${run}`), draws: 400 });
      covered += Number(interval!.low <= 2 * agreement - 1 && 2 * agreement - 1 <= interval!.high);
    }
    assert.ok(Math.abs(covered / runs - 0.95) <= 0.02, `${covered} of ${runs}`);
  });

  it('is wider by prompt than by pair, when the pairs of a prompt hang together', () => {
    const width = (clustered: boolean): number => {
      const { layout, sums } = manySums(simulated(createRng('wide'), 100, 6, (hard) => (hard ? 0.5 : 1), clustered));
      const [interval] = bootstrap(sums, [agreementOf(layout, 'plain')], { rng: createRng('draws') });
      return interval!.high - interval!.low;
    };
    assert.ok(width(true) > 1.3 * width(false), `${width(true)} against ${width(false)}`);
  });

  it('gives the same interval for the same seed', () => {
    const { layout, sums } = manySums(simulated(createRng(1), 50, 2, () => 0.8, true));
    const draw = (seed: number): unknown => bootstrap(sums, [agreementOf(layout, 'plain')], { rng: createRng(seed) });
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
  });

  it('counts the draws in which a coefficient is undefined', () => {
    // One unit of ten has another value: without it α is 0 ÷ 0, which happens in (9/10)^10 = 35 % of draws.
    const ratings = ratingsOf([[1, 1, 1, 1, 1, 1, 1, 1, 1, 2], [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]], [1, 2]);
    const { layout, sums } = manySums(ratings);
    const [c] = coefficientsOf(sums, [{ finish: alphaOf(layout, ratings.values, 'nominal'), n: 10, undefinedReason: '–' }], { rng: createRng('x') });
    assert.equal(c!.value, 1);
    assert.ok(Math.abs(c!.undefinedDraws! - 349) < 50, `${c!.undefinedDraws} of 1000`);
  });

  it('draws groups of very many prompts, to nearly the same interval', () => {
    // Independent prompts: the interval of a share is known, p ± 1.96 √(p(1 − p)/n).
    const n = 20_000;
    const rng = createRng('votes');
    const sums = sumByCluster(2, Array.from({ length: n }, (_, u) => u), (u, add) => {
      add(0, Number(rng.next() < 0.8));
      add(1, 1);
    });
    const [interval] = bootstrap(sums, [([yes, all]) => yes! / all!], { rng: createRng('many') });
    const half = 1.96 * Math.sqrt((0.8 * 0.2) / n);
    assert.ok(Math.abs((interval!.high - interval!.low) / (2 * half) - 1) < 0.1, `${interval!.high - interval!.low} is not ${2 * half}`);
  });

  it('has no interval for one prompt, and says so', () => {
    const sums = sumByCluster(1, [0, 0, 0], (u, add) => {
      add(0, u);
    });
    assert.deepEqual(coefficientsOf(sums, [{ finish: ([total]) => total, n: 3, undefinedReason: '–' }], { rng: createRng(1) }), [{ value: 3, n: 3, reason: 'An interval needs judgements of at least two prompts.' }]);
  });
});
