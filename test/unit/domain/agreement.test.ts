import assert from 'node:assert/strict';
import fc from 'fast-check';
import { leaveOneOutCeiling, percentAgreement, wilson } from '../../../src/domain/agreement';
import { foldComparisons } from '../../../src/domain/comparisons';
import type { ComparisonExample } from '../../../src/domain/comparisons';
import { generationOf, labelOf } from './records-of';

/** Examples of two answers each: `votes[n][labeler]` is 1 (first), −1 (second), 0 (tie). */
function examplesOf(votes: Record<string, -1 | 0 | 1>[]): ComparisonExample[] {
  return votes.map((byLabeler, n) => ({
    promptHash: `h${n}`,
    prompt: 'p',
    responses: ['a', 'b'],
    split: 'test',
    pairs: Object.entries(byLabeler).map(([labeler, v]) => ({ i: v < 0 ? 1 : 0, j: v < 0 ? 0 : 1, p: v === 0 ? 0.5 : 1, weight: 1, labeler, label: `${labeler}${n}` })),
  }));
}

function near(a: number | undefined, b: number, tolerance = 5e-5): void {
  assert.ok(a !== undefined && Math.abs(a - b) <= tolerance, `${a} is not ${b}`);
}

describe('domain/agreement', () => {
  it('gives the published Wilson intervals', () => {
    // Wilson 1927 as computed by statsmodels' proportion_confint(method='wilson').
    near(wilson(15, 20)!.low, 0.5313);
    near(wilson(15, 20)!.high, 0.8881);
    near(wilson(0, 10)!.low, 0);
    near(wilson(0, 10)!.high, 0.2775);
    assert.equal(wilson(0, 0), undefined);
    near(wilson(10, 10)!.high, 1, 1e-12);
  });

  it('has an interval around the share, symmetric in success and failure', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 50 }), (a, b) => {
        const [x, y] = [wilson(a, a + b)!, wilson(b, a + b)!];
        assert.ok(x.low <= x.share + 1e-12 && x.share <= x.high + 1e-12);
        near(x.low, 1 - y.high, 1e-12);
      }),
    );
  });

  it('counts agreement under each tie rule', () => {
    const examples = examplesOf([{ a: 1, b: 1 }, { a: 1, b: -1 }, { a: 0, b: 1 }, { a: 0, b: 0 }, { a: 1 }]);
    const half = percentAgreement(examples, 'half');
    assert.deepEqual([half.all!.share, half.all!.n], [(1 + 0 + 0.5 + 1) / 4, 4]);
    const drop = percentAgreement(examples, 'drop');
    assert.deepEqual([drop.all!.share, drop.all!.n], [0.5, 2]);
    assert.deepEqual([...half.byPair.keys()], ['a b']);
    assert.equal(percentAgreement(examplesOf([{ a: 1 }]), 'half').all, undefined);
  });

  it('gives 5/6 for two rankings with ties, as published', () => {
    // labeling.md §7.3 #22: a1 b2 c2 d4 against a1 b3 c2 d4, pair signs: of six pairs one is a tie against a preference.
    const g = generationOf('p', 4);
    const labels = [labelOf(g, { id: 'x', labeler: 'x', ranks: [1, 2, 2, 4] }), labelOf(g, { id: 'y', labeler: 'y', ranks: [1, 3, 2, 4] })];
    const { examples } = foldComparisons(labels, [g], { admitted: new Map([['x', 1], ['y', 1]]) });
    near(percentAgreement(examples, 'half').all!.share, 5.5 / 6, 1e-12);
    near(percentAgreement(examples, 'drop').all!.share, 1, 1e-12);
  });

  it('foretells each labeler by the majority of the others', () => {
    const c = leaveOneOutCeiling(examplesOf([{ a: 1, b: 1, c: -1 }, { a: 1, b: -1 }, { a: 1 }, { a: 0, b: 1, c: 1 }]));
    // Item 0: a sees {1,−1} → ½; b the same; c sees {1,1} → 0. Item 1: 0 and 0. Item 2: nobody else. Item 3: a is a tie; b sees {0,1} → 1; c the same.
    near(c.ceiling!.share, (0.5 + 0.5 + 0 + 0 + 0 + 1 + 1) / 7, 1e-12);
    assert.deepEqual([...c.byLabeler].map(([id, s]) => [id, s.share, s.n]), [['a', 0.25, 2], ['b', 0.5, 3], ['c', 0.5, 2]]);
    const alone = leaveOneOutCeiling(examplesOf([{ a: 1 }]));
    assert.equal(alone.ceiling, undefined);
    assert.match(alone.reason!, /no two labelers/);
  });

  it('finds the noise of simulated labelers', () => {
    // Each of two labelers is right with probability q: they agree with q² + (1−q)².
    let state = 1;
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const q = 0.85;
    const vote = (): 1 | -1 => (random() < q ? 1 : -1);
    const votes = Array.from({ length: 20000 }, () => ({ a: vote(), b: vote() }));
    near(percentAgreement(examplesOf(votes), 'half').all!.share, q * q + (1 - q) * (1 - q), 0.01);
    near(leaveOneOutCeiling(examplesOf(votes)).ceiling!.share, q * q + (1 - q) * (1 - q), 0.01);
  });
});
