import type { ManyLayout } from './many';
import { coincidenceAt, manySums } from './many';
import { totalsOf } from './additive';
import type { Finish } from './additive';
import type { Ratings } from './ratings';

/** What is known of the distance between values (Krippendorff 2019, §12.4). */
export type Level = 'nominal' | 'ordinal' | 'interval' | 'ratio';
export const levels: readonly Level[] = ['nominal', 'ordinal', 'interval', 'ratio'];

/**
 * Krippendorff's α = 1 − Do/De (Krippendorff 2004, "Content Analysis", ch. 11) of coincidences; ratings may be missing, units
 * with one rating leave. The ordinal distance depends on how often values occur, so that it is taken from these sums, each
 * bootstrap draw's its own. Undefined when only one value occurs.
 */
export function alphaOf({ q, coincidence }: ManyLayout, values: readonly number[], level: Level): Finish {
  const marginals = new Float64Array(q);
  const upTo = new Float64Array(q + 1);
  return (totals) => {
    marginals.fill(0);
    for (let c = 0; c < q; c++) {
      for (let k = c; k < q; k++) {
        const o = totals[coincidence + coincidenceAt(q, c, k)]!;
        marginals[c]! += o;
        if (k > c) marginals[k]! += o;
      }
    }
    for (let c = 0; c < q; c++) upTo[c + 1] = upTo[c]! + marginals[c]!;
    const n = upTo[q]!;
    let [observed, expected] = [0, 0];
    for (let c = 0; c < q; c++) {
      if (marginals[c] === 0) continue;
      for (let k = c + 1; k < q; k++) {
        if (marginals[k] === 0) continue;
        const d = level === 'nominal' ? 1 : level === 'ordinal' ? upTo[k + 1]! - upTo[c]! - (marginals[c]! + marginals[k]!) / 2 : level === 'interval' ? values[c]! - values[k]! : (values[c]! - values[k]!) / (values[c]! + values[k]!);
        observed += totals[coincidence + coincidenceAt(q, c, k)]! * d * d;
        expected += marginals[c]! * marginals[k]! * d * d;
      }
    }
    return expected > 0 ? 1 - ((n - 1) * observed) / expected : undefined;
  };
}

/** α of ratings, without an interval. */
export function krippendorffAlpha(ratings: Ratings, level: Level): number | undefined {
  const { layout, sums } = manySums(ratings);
  return alphaOf(layout, ratings.values, level)(totalsOf(sums));
}
