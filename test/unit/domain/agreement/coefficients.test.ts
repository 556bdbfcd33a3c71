import assert from 'node:assert/strict';
import fc from 'fast-check';
import { krippendorffAlpha, levels } from '../../../../src/domain/agreement/alpha';
import { totalsOf } from '../../../../src/domain/agreement/additive';
import { fleissKappa, fleissOf, randolphKappa } from '../../../../src/domain/agreement/fleiss';
import { brennanPrediger, gwetAc } from '../../../../src/domain/agreement/gwet';
import { manySums } from '../../../../src/domain/agreement/many';
import { kendallW, meanRanks, pairSigns, tauB } from '../../../../src/domain/agreement/rankings';
import { ratingsOf } from '../../../../src/domain/agreement/ratings';
import { cohenKappa, sameShare, scottPi } from '../../../../src/domain/agreement/table';
import { near, tableOf, unitsOf } from './near';
import { abstractors, alpha15, anxiety, concordance, fleissWikipedia, paradoxes, randolph, sas, tied } from './vectors';

const range = (q: number): number[] => Array.from({ length: q }, (_, i) => i);
const z = 1.959963984540054;

/** Two raters on q values, every cell at least zero, at least one unit. */
const anyTable = (q: number): fc.Arbitrary<number[][]> => fc.array(fc.array(fc.nat(9), { minLength: q, maxLength: q }), { minLength: q, maxLength: q }).filter((t) => t.flat().some((n) => n > 0));

describe('domain/agreement coefficients', () => {
  it('α: the published figures at every level, with missing ratings', () => {
    for (const level of levels) near(krippendorffAlpha(ratingsOf(alpha15.raters), level), alpha15.expected[level]);
  });

  it('two raters: Cohen, Scott, Gwet, Brennan–Prediger and α of the abstractors', () => {
    const table = tableOf(abstractors.table);
    const ratings = ratingsOf(unitsOf(abstractors.table), range(3));
    near(cohenKappa(table, range(3))!.kappa, abstractors.kappa);
    near(cohenKappa(table, range(3))!.ase, abstractors.kappaSe, 3e-4); // irrCAC has another (n − 1) estimator
    near(scottPi(table, 3), abstractors.scottPi);
    near(gwetAc(ratings), abstractors.ac1);
    near(brennanPrediger(ratings), abstractors.brennanPrediger);
    near(krippendorffAlpha(ratings, 'nominal'), abstractors.alpha);
    near(sameShare(table, 3), abstractors.agreement, 1e-12);
  });

  it('κ, plain and weighted, with both standard errors, as SAS prints them', () => {
    const table = tableOf(sas.table);
    for (const weighting of ['plain', 'linear'] as const) {
      const { kappa, ase, ase0 } = cohenKappa(table, range(3), weighting)!;
      const expected = sas[weighting];
      near(kappa, expected.kappa, 5e-5);
      near(ase, expected.ase, 5e-5);
      near(ase0, expected.ase0, 5e-5);
      near(kappa - z * ase, expected.ci[0], 6e-5);
      near(kappa + z * ase, expected.ci[1], 6e-5);
    }
    near(cohenKappa(table, range(3), 'quadratic')!.kappa, sas.quadratic);
  });

  it('κ takes the declared scale, not the values that happened to be used', () => {
    const full = [1, 2, 3, 4, 5, 6];
    const used = full.filter((v) => [...anxiety.second, ...anxiety.third].some((x) => x === v));
    assert.deepEqual(used, [1, 2, 3, 4, 6]);
    const kappaOn = (values: readonly number[], index: (v: number) => number, weighting: 'linear' | 'quadratic'): number => {
      const table = new Array<number>(values.length ** 2).fill(0);
      anxiety.second.forEach((a, i) => table[index(a) * values.length + index(anxiety.third[i]!)]!++);
      return cohenKappa(table, values, weighting)!.kappa;
    };
    for (const weighting of ['linear', 'quadratic'] as const) {
      near(kappaOn(full, (v) => v - 1, weighting), anxiety[weighting].full, 6e-5);
      // As irr: what was not used does not exist, and 6 comes right after 4.
      near(kappaOn(range(5), (v) => used.indexOf(v), weighting), anxiety[weighting].dropped, 6e-5);
    }
  });

  it('Fleiss and Randolph', () => {
    near(fleissKappa(fleissWikipedia.counts), fleissWikipedia.kappa);
    for (const { counts, fleiss, free } of randolph) {
      near(fleissKappa(counts), fleiss, 6e-7);
      near(randolphKappa(counts), free, 6e-7);
    }
    assert.throws(() => fleissKappa([[2, 0], [1, 2]]), RangeError);
    // The same from ratings, whose sums are what a bootstrap draws.
    const matrix = Array.from({ length: 14 }, (_, r) => fleissWikipedia.counts.map((row) => row.flatMap((n, c) => Array<number>(n).fill(c))[r]!));
    const { layout, sums } = manySums(ratingsOf(matrix, range(5)));
    near(fleissOf(layout)(totalsOf(sums)), fleissWikipedia.kappa);
    near(brennanPrediger(ratingsOf(matrix, range(5))), randolphKappa(fleissWikipedia.counts)!, 1e-12);
  });

  it('the prevalence paradox: the same agreement, another κ', () => {
    for (const { table, agreement, kappa, ac1, pabak } of paradoxes) {
      const ratings = ratingsOf(unitsOf(table), [0, 1]);
      near(sameShare(tableOf(table), 2), agreement, 1e-12);
      near(cohenKappa(tableOf(table), [0, 1])!.kappa, kappa);
      near(gwetAc(ratings), ac1);
      near(brennanPrediger(ratings), pabak, 1e-12);
    }
  });

  it('rankings: W, with ties, and τ-b', () => {
    near(kendallW(concordance.ranks), concordance.w);
    near(tauB(pairSigns(tied.a), pairSigns(tied.b)), tied.tauB);
    assert.deepEqual(meanRanks([1, 2, 2, 4]), [1, 2.5, 2.5, 4]);
    assert.equal(kendallW([[1, 1, 1], [2, 2, 2]]), undefined);
    assert.equal(tauB([0, 0], [1, -1]), undefined);
    near(kendallW([[1, 2, 2, 4], [1, 2, 2, 4]]), 1, 1e-12);
    // W of two rankings without ties is (ρ + 1)/2; here ρ = 1 − 6 · 2/60.
    near(kendallW([[1, 2, 3, 4], [2, 1, 3, 4]]), (0.8 + 1) / 2, 1e-12);
  });

  it('is undefined, not 0 or 1, when only one value occurs', () => {
    const one = ratingsOf([[2, 2, 2], [2, 2, 2]], [1, 2, 3]);
    for (const level of levels) assert.equal(krippendorffAlpha(one, level), undefined);
    assert.equal(cohenKappa([0, 0, 0, 3], [0, 1]), undefined);
    assert.equal(scottPi([0, 0, 0, 3], 2), undefined);
    assert.equal(fleissKappa([[0, 2], [0, 2]]), undefined);
    assert.equal(krippendorffAlpha(ratingsOf([[1, null], [null, 1]]), 'nominal'), undefined);
    assert.equal(gwetAc(ratingsOf([[1, null], [null, 1]])), undefined);
  });

  it('α of two raters without gaps is 1 − (1 − π)(1 − 1/2n), at every n', () => {
    fc.assert(fc.property(anyTable(3), (table) => {
      const n = table.flat().reduce((a, b) => a + b, 0);
      const pi = scottPi(tableOf(table), 3);
      const alpha = krippendorffAlpha(ratingsOf(unitsOf(table), range(3)), 'nominal');
      if (pi === undefined) assert.equal(alpha, undefined);
      else near(alpha, 1 - (1 - pi) * (1 - 1 / (2 * n)), 1e-9);
    }));
  });

  it('Fleiss of two raters is Scott, not Cohen', () => {
    fc.assert(fc.property(anyTable(3), (table) => {
      const [first, second] = unitsOf(table);
      const counts = first.map((a, u) => range(3).map((c) => Number(a === c) + Number(second[u] === c)));
      const pi = scottPi(tableOf(table), 3);
      if (pi !== undefined) near(fleissKappa(counts), pi, 1e-9);
    }));
  });

  it('quadratic κ, interval α and AC2 do not change when the scale is recoded linearly', () => {
    fc.assert(fc.property(anyTable(4), fc.integer({ min: 1, max: 9 }), fc.integer({ min: -5, max: 5 }), (table, by, plus) => {
      const [values, recoded] = [range(4), range(4).map((v) => v * by + plus)];
      const same = (a: number | undefined, b: number | undefined): void => {
        if (b === undefined) assert.equal(a, undefined);
        else near(a, b, 1e-9);
      };
      for (const weighting of ['linear', 'quadratic'] as const) same(cohenKappa(tableOf(table), recoded, weighting)?.kappa, cohenKappa(tableOf(table), values, weighting)?.kappa);
      const [first, second] = unitsOf(table);
      const [plain, other] = [ratingsOf([first, second], values), ratingsOf([first.map((v) => v * by + plus), second.map((v) => v * by + plus)], recoded)];
      for (const level of ['nominal', 'ordinal', 'interval'] as const) same(krippendorffAlpha(other, level), krippendorffAlpha(plain, level));
      same(gwetAc(other, 'quadratic'), gwetAc(plain, 'quadratic'));
    }));
  });

  it('nominal coefficients do not change when labels or raters are swapped', () => {
    fc.assert(fc.property(anyTable(3), (table) => {
      const turned = [...table].reverse().map((row) => [...row].reverse());
      const crossed = table.map((_, a) => table.map((row) => row[a]!));
      const all = (t: number[][]): (number | undefined)[] => [cohenKappa(tableOf(t), range(3))?.kappa, scottPi(tableOf(t), 3), gwetAc(ratingsOf(unitsOf(t), range(3))), krippendorffAlpha(ratingsOf(unitsOf(t), range(3)), 'nominal')];
      const rounded = (t: number[][]): string[] => all(t).map((v) => (v === undefined ? '–' : (v + 0).toFixed(9).replace(/^-(0\.0+)$/, '$1')));
      assert.deepEqual(rounded(turned), rounded(table));
      assert.deepEqual(rounded(crossed), rounded(table));
    }));
  });
});
