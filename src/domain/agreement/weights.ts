/** How far two values are the same, 1 to 0: `plain` counts only the same value; the others by distance on the declared scale. */
export type Weighting = 'plain' | 'linear' | 'quadratic';
export const weightings: readonly Weighting[] = ['plain', 'linear', 'quadratic'];

/**
 * Agreement weights of each two values as a q × q matrix by rows: linear 1 − |a−b|/R (Cicchetti and Allison 1971), quadratic
 * 1 − (a−b)²/R² (Cohen 1968; Fleiss and Cohen 1973), R the range of the declared scale. Values that nobody used count: without
 * them the weights, and the coefficient, would depend on who happened to rate.
 */
export function weightMatrix(values: readonly number[], weighting: Weighting): Float64Array {
  const q = values.length;
  const range = (values[q - 1] ?? 0) - (values[0] ?? 0);
  const weights = new Float64Array(q * q);
  for (let a = 0; a < q; a++) {
    for (let b = 0; b < q; b++) {
      const d = range === 0 ? 0 : Math.abs(values[a]! - values[b]!) / range;
      weights[a * q + b] = a === b ? 1 : weighting === 'plain' ? 0 : weighting === 'linear' ? 1 - d : 1 - d * d;
    }
  }
  return weights;
}
