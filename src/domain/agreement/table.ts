import { weightMatrix } from './weights';
import type { Weighting } from './weights';

/** Counts of two raters, q × q by rows: `table[a * q + b]` units were a to the first and b to the second. */
export type Table = ArrayLike<number>;

export interface Kappa {
  readonly kappa: number;
  /** Standard error, for an interval. */
  readonly ase: number;
  /** Standard error if κ were 0, for a test of that. */
  readonly ase0: number;
}

/**
 * Cohen's κ (Cohen 1960), weighted (Cohen 1968), with the two asymptotic standard errors of Fleiss, Cohen and Everitt (1969).
 * Undefined when both raters used the same one value only, or nothing was rated.
 */
export function cohenKappa(table: Table, values: readonly number[], weighting: Weighting = 'plain'): Kappa | undefined {
  const q = values.length;
  const w = weightMatrix(values, weighting);
  const { n, rows, columns } = marginsOf(table, q);
  if (n === 0) return undefined;
  const rowWeight = new Float64Array(q);
  const columnWeight = new Float64Array(q);
  let [po, pe] = [0, 0];
  for (let a = 0; a < q; a++) {
    for (let b = 0; b < q; b++) {
      const weight = w[a * q + b]!;
      rowWeight[a]! += weight * columns[b]!;
      columnWeight[b]! += weight * rows[a]!;
      po += (weight * table[a * q + b]!) / n;
      pe += weight * rows[a]! * columns[b]!;
    }
  }
  if (1 - pe < 1e-12) return undefined;
  let [sum, sum0] = [0, 0];
  for (let a = 0; a < q; a++) {
    for (let b = 0; b < q; b++) {
      const weight = w[a * q + b]!;
      const expected = rowWeight[a]! + columnWeight[b]!;
      sum += (table[a * q + b]! / n) * (weight * (1 - pe) - expected * (1 - po)) ** 2;
      sum0 += rows[a]! * columns[b]! * (weight - expected) ** 2;
    }
  }
  const variance = (sum - (po * pe - 2 * pe + po) ** 2) / (n * (1 - pe) ** 4);
  const variance0 = (sum0 - pe * pe) / (n * (1 - pe) ** 2);
  return { kappa: (po - pe) / (1 - pe), ase: Math.sqrt(Math.max(0, variance)), ase0: Math.sqrt(Math.max(0, variance0)) };
}

/** Scott's π (Scott 1955): as κ, with chance from both raters' values together. Undefined when one value was used only. */
export function scottPi(table: Table, q: number): number | undefined {
  const { n, rows, columns } = marginsOf(table, q);
  let [po, pe] = [0, 0];
  for (let a = 0; a < q; a++) {
    po += table[a * q + a]! / n;
    pe += ((rows[a]! + columns[a]!) / 2) ** 2;
  }
  return n === 0 || 1 - pe < 1e-12 ? undefined : (po - pe) / (1 - pe);
}

/** Share of units on which both said the same. */
export function sameShare(table: Table, q: number): number | undefined {
  let [same, n] = [0, 0];
  for (let i = 0; i < q * q; i++) n += table[i]!;
  for (let a = 0; a < q; a++) same += table[a * q + a]!;
  return n === 0 ? undefined : same / n;
}

/** Shares of the values by rater. */
function marginsOf(table: Table, q: number): { n: number; rows: Float64Array; columns: Float64Array } {
  const rows = new Float64Array(q);
  const columns = new Float64Array(q);
  let n = 0;
  for (let a = 0; a < q; a++) for (let b = 0; b < q; b++) n += table[a * q + b]!;
  for (let a = 0; a < q; a++) {
    for (let b = 0; b < q; b++) {
      rows[a]! += table[a * q + b]! / n;
      columns[b]! += table[a * q + b]! / n;
    }
  }
  return { n, rows, columns };
}
