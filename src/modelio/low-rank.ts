/** W + s·B·A, wherever an adapter's product is added to a matrix: A is [r, in], B is [out, r]. */
export interface LowRank {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly rank: number;
  readonly scale: number;
  /** W is stored as [in, out], not as [out, in]. */
  readonly flipped: boolean;
}

/** Adds s·B·A to W in place. Sums are of double precision and rounded once, so that the result does not depend on their order. */
export function addLowRank(w: Float32Array, { a, b, rank, scale, flipped }: LowRank): void {
  if (flipped) addProduct(w, transposed(a, rank), transposed(b, b.length / rank), rank, scale);
  else addProduct(w, b, a, rank, scale);
}

/** A matrix with `rows` rows, turned. */
function transposed(data: Float32Array, rows: number): Float32Array {
  const columns = data.length / rows;
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** w [m, n] += s · b [m, r] · a [r, n], four ranks at a time. */
function addProduct(w: Float32Array, b: Float32Array, a: Float32Array, rank: number, s: number): void {
  const width = a.length / rank;
  const row = new Float64Array(width);
  for (let o = 0; o < b.length / rank; o++) {
    row.fill(0);
    for (let k = 0; k < rank; k += 4) {
      const factor = (j: number): number => (k + j < rank ? b[o * rank + k + j]! * s : 0);
      const start = (j: number): number => Math.min(k + j, rank - 1) * width;
      addFour(row, a, factor(0), factor(1), factor(2), factor(3), start(0), start(1), start(2), start(3));
    }
    const start = o * width;
    for (let i = 0; i < width; i++) w[start + i]! += row[i]!;
  }
}

/** The loop, with nothing but parameters: closures would slow it down. */
function addFour(row: Float64Array, a: Float32Array, b0: number, b1: number, b2: number, b3: number, a0: number, a1: number, a2: number, a3: number): void {
  for (let i = 0; i < row.length; i++) row[i]! += b0 * a[a0 + i]! + b1 * a[a1 + i]! + b2 * a[a2 + i]! + b3 * a[a3 + i]!;
}
