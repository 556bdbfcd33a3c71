import { totalsOf } from './additive';
import type { Finish } from './additive';
import type { ManyLayout } from './many';
import { manySums } from './many';
import type { Ratings } from './ratings';
import type { Weighting } from './weights';
import { weightMatrix, weightings } from './weights';

/**
 * Gwet's AC1 (`plain`) and AC2 (Gwet 2008; Gwet 2014, "Handbook of Inter-Rater Reliability", ch. 4–5): chance agreement
 * T_w Σ π(1−π)/(q(q−1)), with how often each value occurs, π, from all units and agreement from those with two ratings. It
 * stays near the percentage when one value is very frequent, where κ falls. Undefined when nothing was rated twice.
 */
export function gwetOf(layout: ManyLayout, values: readonly number[], weighting: Weighting): Finish {
  const { q, share, units } = layout;
  const all = weightMatrix(values, weighting).reduce((a, b) => a + b, 0);
  const agreement = agreementOf(layout, weighting);
  return (totals) => {
    const po = agreement(totals);
    if (po === undefined || q < 2) return undefined;
    let spread = 0;
    for (let c = 0; c < q; c++) {
      const p = totals[share + c]! / totals[units]!;
      spread += p * (1 - p);
    }
    const pe = (all * spread) / (q * (q - 1));
    return (po - pe) / (1 - pe);
  };
}

/**
 * Chance taken as all values equally frequent: Brennan and Prediger (1981), for two values PABAK (Byrt et al. 1993), for
 * many raters Randolph's free-marginal κ (2005). Weighted after Gwet (2014).
 */
export function freeMarginalOf(layout: ManyLayout, values: readonly number[], weighting: Weighting): Finish {
  const { q } = layout;
  const pe = weightMatrix(values, weighting).reduce((a, b) => a + b, 0) / (q * q);
  const agreement = agreementOf(layout, weighting);
  return (totals) => {
    const po = agreement(totals);
    return po === undefined || q < 2 ? undefined : (po - pe) / (1 - pe);
  };
}

/** Mean over units of the (weighted) share of agreeing pairs of ratings. */
export function agreementOf({ agree, several }: ManyLayout, weighting: Weighting): Finish {
  const at = agree + weightings.indexOf(weighting);
  return (totals) => (totals[several]! > 0 ? totals[at]! / totals[several]! : undefined);
}

/** AC1, or AC2 with weights, of ratings, without an interval. */
export function gwetAc(ratings: Ratings, weighting: Weighting = 'plain'): number | undefined {
  const { layout, sums } = manySums(ratings);
  return gwetOf(layout, ratings.values, weighting)(totalsOf(sums));
}

/** Brennan–Prediger of ratings, without an interval. */
export function brennanPrediger(ratings: Ratings, weighting: Weighting = 'plain'): number | undefined {
  const { layout, sums } = manySums(ratings);
  return freeMarginalOf(layout, ratings.values, weighting)(totalsOf(sums));
}
