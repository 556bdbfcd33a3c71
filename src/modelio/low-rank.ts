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

/** w [m, n] += s · b [m, r] · a [r, n], four ranks and two rows at a time: numbers of `a` that are read serve both. */
function addProduct(w: Float32Array, b: Float32Array, a: Float32Array, rank: number, s: number): void {
  const width = a.length / rank;
  const rows = b.length / rank;
  // Widened once, and filled up with ranks of zeros.
  const padded = Math.ceil(rank / 4) * 4;
  const wide = new Float64Array(padded * width);
  wide.set(a);
  const factors = new Float64Array((rows + 1) * padded);
  for (let o = 0; o < rows; o++) for (let k = 0; k < rank; k++) factors[o * padded + k] = b[o * rank + k]! * s;
  const [first, second] = [new Float64Array(width), new Float64Array(width)];
  for (let o = 0; o < rows; o += 2) {
    first.fill(0);
    second.fill(0);
    for (let k = 0; k < padded; k += 4) addFour(first, second, wide, k * width, width, factors, o * padded + k, (o + 1) * padded + k);
    addRow(w, o * width, first);
    if (o + 1 < rows) addRow(w, (o + 1) * width, second);
  }
}

/** The loop, with nothing but parameters: closures would slow it down. */
function addFour(first: Float64Array, second: Float64Array, a: Float64Array, start: number, width: number, factors: Float64Array, f: number, g: number): void {
  const [f0, f1, f2, f3] = [factors[f]!, factors[f + 1]!, factors[f + 2]!, factors[f + 3]!];
  const [g0, g1, g2, g3] = [factors[g]!, factors[g + 1]!, factors[g + 2]!, factors[g + 3]!];
  for (let i = 0; i < width; i++) {
    const x0 = a[start + i]!;
    const x1 = a[start + width + i]!;
    const x2 = a[start + 2 * width + i]!;
    const x3 = a[start + 3 * width + i]!;
    first[i]! += f0 * x0 + f1 * x1 + f2 * x2 + f3 * x3;
    second[i]! += g0 * x0 + g1 * x1 + g2 * x2 + g3 * x3;
  }
}

function addRow(w: Float32Array, start: number, row: Float64Array): void {
  for (let i = 0; i < row.length; i++) w[start + i]! += row[i]!;
}
