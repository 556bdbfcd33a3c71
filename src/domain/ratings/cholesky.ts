/** Dense symmetric positive definite systems, row by row in one array: a few hundred parameters at most. */

/**
 * Cholesky factor L with A = LLᵀ, in the lower triangle of a new array (n × n).
 * Undefined when the matrix is not positive definite.
 */
export function cholesky(matrix: Float64Array, n: number): Float64Array | undefined {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i !== j) l[i * n + j] = sum / l[j * n + j]!;
      else if (sum > 0) l[i * n + i] = Math.sqrt(sum);
      else return undefined; // NaN comes here, too
    }
  }
  return l;
}

/** Solves LLᵀx = b into a new array. */
export function solve(l: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * x[k]!;
    x[i] = sum / l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * x[k]!;
    x[i] = sum / l[i * n + i]!;
  }
  return x;
}

/** The inverse of LLᵀ (n × n, symmetric). */
export function inverse(l: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  const unit = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    unit.fill(0);
    unit[j] = 1;
    const column = solve(l, n, unit);
    for (let i = 0; i < n; i++) result[i * n + j] = column[i]!;
  }
  return result;
}
