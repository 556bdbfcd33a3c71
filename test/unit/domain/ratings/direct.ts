import type { PairColumns } from '../../../../src/domain/ratings/columns';

/**
 * Bradley–Terry as a plain logistic regression on a dense table, one row a comparison: no counting together, no sparse rows,
 * no typed arrays. Slow, and with nothing in common with the product but the formulas.
 */
export interface Direct {
  /** Ratings centred at mean 0, then the coefficients. */
  readonly x: number[];
  /** Covariance that allows for clusters (rows). */
  readonly robust: number[][];
}

/** @param order whether the order effect is a column, before the covariates. @param lambda by parameter */
export function directFit(data: PairColumns, order: boolean, lambda: readonly number[]): Direct {
  const rows = Array.from(data.a, (a, c) => {
    const row = lambda.map(() => 0);
    row[a] = 1;
    row[data.b[c]!] = -1;
    const others = [...(order ? [data.order[c]!] : []), ...data.covariates.map((v) => v.values[c]!)];
    others.forEach((v, k) => (row[data.models + k] = v));
    return row;
  });
  const size = lambda.length;
  let x = lambda.map(() => 0);
  const chance = (row: number[]): number => 1 / (1 + Math.exp(-row.reduce((sum, v, k) => sum + v * x[k]!, 0)));
  let inverse: number[][] = [];
  for (let pass = 0; pass < 40; pass++) {
    const slope = x.map((v, k) => -lambda[k]! * v);
    // Ones among the ratings fix their mean, which the likelihood leaves open.
    const matrix = x.map((_, i) => x.map((__, j) => (i === j ? lambda[i]! : 0) + (i < data.models && j < data.models ? 1 : 0)));
    rows.forEach((row, c) => {
      const p = chance(row);
      for (let i = 0; i < size; i++) {
        slope[i]! += data.weight[c]! * (data.outcome[c]! - p) * row[i]!;
        for (let j = 0; j < size; j++) matrix[i]![j]! += data.weight[c]! * p * (1 - p) * row[i]! * row[j]!;
      }
    });
    inverse = inverseOf(matrix);
    x = x.map((v, i) => v + inverse[i]!.reduce((sum, m, j) => sum + m * slope[j]!, 0));
  }
  const sums = Array.from({ length: data.clusters }, () => lambda.map(() => 0));
  rows.forEach((row, c) => {
    const residual = data.weight[c]! * (data.outcome[c]! - chance(row));
    row.forEach((v, k) => (sums[data.cluster[c]!]![k]! += residual * v));
  });
  const moved = sums.map((sum) => inverse.map((line) => line.reduce((total, m, j) => total + m * sum[j]!, 0)));
  const correction = data.clusters / (data.clusters - 1);
  return { x, robust: x.map((_, i) => x.map((__, j) => correction * moved.reduce((total, m) => total + m[i]! * m[j]!, 0))) };
}

/** Gauss and Jordan, with pivots. */
function inverseOf(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(work[i]![k]!) > Math.abs(work[best]![k]!)) best = i;
    [work[k], work[best]] = [work[best]!, work[k]!];
    const pivot = work[k]![k]!;
    work[k] = work[k]!.map((v) => v / pivot);
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const times = work[i]![k]!;
      work[i] = work[i]!.map((v, j) => v - times * work[k]![j]!);
    }
  }
  return work.map((row) => row.slice(n));
}
