import type { PairColumns } from './columns';

/** Comparisons as the likelihood sees them; those that are the same to it are counted once. */
export interface Cells {
  readonly count: number;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly outcome: Float32Array;
  /** What is added to the difference of ratings, times its parameter: the order of showing, when asked for, and the covariates (count × their number). */
  readonly regressors: Float64Array;
  /** The cell of each comparison; undefined: each is its own. */
  readonly of: Int32Array | undefined;
}

/**
 * Puts equal comparisons together where that is worth it: no covariates, and fewer kinds of comparison than comparisons.
 * @param order whether the order of showing is a regressor
 */
export function cellsOf(data: PairColumns, order: boolean): Cells {
  const kinds = data.models * data.models * 9;
  const join = data.covariates.length === 0 && kinds <= Math.max(4096, 4 * data.a.length);
  return join ? joined(data, order, kinds) : apart(data, order);
}

function apart({ a, b, outcome, order: shown, covariates }: PairColumns, order: boolean): Cells {
  const columns: ArrayLike<number>[] = covariates.map((c) => c.values);
  if (order) columns.unshift(shown);
  const width = columns.length;
  const regressors = new Float64Array(a.length * width);
  columns.forEach((column, k) => {
    for (let c = 0; c < a.length; c++) regressors[c * width + k] = column[c]!;
  });
  return { count: a.length, a, b, outcome, regressors, of: undefined };
}

function joined({ models, a, b, outcome, order: shown }: PairColumns, order: boolean, kinds: number): Cells {
  const count = a.length;
  const cellAt = new Int32Array(kinds).fill(-1);
  const of = new Int32Array(count);
  const keys = new Int32Array(Math.min(kinds, count));
  let cells = 0;
  for (let c = 0; c < count; c++) {
    const swap = a[c]! > b[c]!;
    const win = swap ? 2 - 2 * outcome[c]! : 2 * outcome[c]!;
    const z = !order ? 0 : swap ? -shown[c]! : shown[c]!;
    const key = ((swap ? b[c]! * models + a[c]! : a[c]! * models + b[c]!) * 3 + win) * 3 + z + 1;
    let cell = cellAt[key]!;
    if (cell < 0) {
      cell = cellAt[key] = cells;
      keys[cells++] = key;
    }
    of[c] = cell;
  }
  const used = keys.subarray(0, cells);
  const pair = used.map((key) => Math.floor(key / 9));
  return {
    count: cells,
    a: pair.map((p) => Math.floor(p / models)),
    b: pair.map((p) => p % models),
    outcome: Float32Array.from(used, (key) => (Math.floor(key / 3) % 3) / 2),
    regressors: order ? Float64Array.from(used, (key) => (key % 3) - 1) : new Float64Array(0),
    of,
  };
}
