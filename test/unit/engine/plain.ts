/**
 * The ops once more, written as plainly as possible in double precision: what the engine is compared with. Nothing here is shared
 * with it.
 */
export interface Plain {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export function plain(shape: readonly number[], at: (index: readonly number[], flat: number) => number): Plain {
  const data = new Float64Array(count(shape));
  const index = shape.map(() => 0);
  for (let flat = 0; flat < data.length; flat++) {
    data[flat] = at(index, flat);
    for (let i = shape.length - 1; i >= 0; i--) {
      if (++index[i]! < shape[i]!) break;
      index[i] = 0;
    }
  }
  return { shape, data };
}

/** The element at an index, whose leading entries are ignored and whose repeated axes are 0, as broadcasting does. */
export function at(x: Plain, index: readonly number[]): number {
  const lead = index.length - x.shape.length;
  let flat = 0;
  for (let i = 0; i < x.shape.length; i++) flat = flat * x.shape[i]! + (x.shape[i] === 1 ? 0 : index[lead + i]!);
  return x.data[flat]!;
}

/** f of corresponding elements, broadcasting. */
export function map(f: (...xs: number[]) => number, ...xs: readonly Plain[]): Plain {
  const rank = Math.max(...xs.map((x) => x.shape.length));
  const shape = Array.from({ length: rank }, (_, i) => Math.max(...xs.map((x) => x.shape[i - rank + x.shape.length] ?? 1)));
  if (xs.every((x) => x.data.length === count(shape))) return { shape, data: xs[0]!.data.map((_, i) => f(...xs.map((x) => x.data[i]!))) };
  return plain(shape, (index) => f(...xs.map((x) => at(x, index))));
}

/** Folds the last axis of `x` into one number a row. */
export function rows(x: Plain, f: (row: Float64Array) => number): Plain {
  const width = x.shape.at(-1)!;
  const shape = x.shape.slice(0, -1);
  return { shape, data: Float64Array.from({ length: count(shape) }, (_, i) => f(x.data.subarray(i * width, (i + 1) * width))) };
}

/** Folds every row into a row. */
export function mapRows(x: Plain, f: (row: Float64Array, r: number) => ArrayLike<number>): Plain {
  const width = x.shape.at(-1)!;
  const data = new Float64Array(x.data.length);
  for (let r = 0; r * width < data.length; r++) data.set(f(x.data.subarray(r * width, (r + 1) * width), r), r * width);
  return { shape: x.shape, data };
}

/** a b over the last two axes; leading axes are equal or absent in b. */
export function product(a: Plain, b: Plain): Plain {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1)!;
  const batch = count(a.shape.slice(0, -2));
  const data = new Float64Array(batch * m * n);
  for (let s = 0; s < batch; s++) {
    const b0 = b.shape.length > 2 ? s * k * n : 0;
    for (let i = 0; i < m; i++) {
      for (let l = 0; l < k; l++) {
        const x = a.data[(s * m + i) * k + l]!;
        for (let j = 0; j < n; j++) data[(s * m + i) * n + j]! += x * b.data[b0 + l * n + j]!;
      }
    }
  }
  return { shape: [...a.shape.slice(0, -2), m, n], data };
}

export function permute(x: Plain, perm: readonly number[]): Plain {
  const source = x.shape.map(() => 0);
  return plain(perm.map((p) => x.shape[p]!), (index) => {
    perm.forEach((p, i) => (source[p] = index[i]!));
    return at(x, source);
  });
}

/** Swaps the last two axes. */
export const turned = (x: Plain): Plain => permute(x, [...x.shape.keys()].map((_, i, all) => (i < all.length - 2 ? i : 2 * all.length - 3 - i)));

export const sum = (xs: ArrayLike<number>): number => Array.prototype.reduce.call(xs, (a, b) => (a as number) + (b as number), 0) as number;
export const largest = (xs: Float64Array): number => xs.reduce((a, b) => Math.max(a, b), -Infinity);
export const softmaxRow = (row: Float64Array): Float64Array => {
  const top = largest(row);
  const e = row.map((x) => Math.exp(x - top));
  const total = sum(e);
  return e.map((x) => x / total);
};
