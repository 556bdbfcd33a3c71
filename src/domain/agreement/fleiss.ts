import type { Finish } from './additive';
import type { ManyLayout } from './many';

/**
 * Fleiss' κ (Fleiss 1971) of units × values counts. Every unit needs the same number of ratings. For two raters it is Scott's
 * π, not Cohen's κ. Undefined when one value was used only. @throws RangeError for unequal numbers
 */
export function fleissKappa(counts: readonly (readonly number[])[]): number | undefined {
  const { agreement, shares } = sumsOf(counts);
  return kappa(agreement, shares.reduce((sum, p) => sum + p * p, 0));
}

/** Randolph's free-marginal κ (Randolph 2005): chance is 1/q, whatever values the raters preferred. */
export function randolphKappa(counts: readonly (readonly number[])[]): number | undefined {
  const { agreement, shares } = sumsOf(counts);
  return kappa(agreement, 1 / shares.length);
}

/** {@link fleissKappa} from sums, on the units that have the usual number of ratings. */
export function fleissOf({ q, fleissAgree, fleissUnits, fleissCount }: ManyLayout): Finish {
  return (totals) => {
    const units = totals[fleissUnits]!;
    if (units === 0) return undefined;
    let [n, squares] = [0, 0];
    for (let c = 0; c < q; c++) {
      n += totals[fleissCount + c]!;
      squares += totals[fleissCount + c]! ** 2;
    }
    return kappa(totals[fleissAgree]! / units, squares / (n * n));
  };
}

function sumsOf(counts: readonly (readonly number[])[]): { agreement: number; shares: number[] } {
  const m = counts[0]?.reduce((a, b) => a + b, 0) ?? 0;
  let agreement = 0;
  for (const row of counts) {
    const n = row.reduce((a, b) => a + b, 0);
    if (Math.abs(n - m) > 1e-9) throw new RangeError(`a unit has ${n} ratings, the first has ${m}`);
    agreement += (row.reduce((sum, x) => sum + x * x, 0) - m) / (m * (m - 1)) / counts.length;
  }
  return { agreement, shares: (counts[0] ?? []).map((_, c) => counts.reduce((sum, row) => sum + row[c]!, 0) / (counts.length * m)) };
}

const kappa = (po: number, pe: number): number | undefined => (1 - pe < 1e-12 ? undefined : (po - pe) / (1 - pe));
