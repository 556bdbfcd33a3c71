import type { PairColumns } from './columns';
import type { Likelihood, Objective, SparseRows } from './likelihood';
import type { Ties } from './links';
import { links, newTerm } from './links';

export interface PairwiseOptions {
  readonly ties: Ties;
  /** Adds the order effect δ: η = θa − θb + δz, z = +1 when a is shown first, −1 when second. */
  readonly order?: boolean;
}

/** Where the parameters after the ratings stand. */
export interface PairwisePlaces {
  readonly order: number | undefined;
  /** One by covariate. */
  readonly style: readonly number[];
  readonly tie: number | undefined;
}

/** Comparisons that are the same to the likelihood, counted once. */
interface Cells {
  readonly count: number;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly outcome: Float32Array;
  readonly order: Int8Array;
  /** The cell of each comparison; undefined: each is its own. */
  readonly of: Int32Array | undefined;
}

/**
 * The likelihood of paired comparisons: Bradley–Terry, Davidson or Rao–Kupper, with order effect and covariates as
 * further terms of the logistic (Agresti 2013, Categorical Data Analysis, §11.6, for the order effect).
 * Parameters: ratings, order effect, covariates, tie parameter.
 */
export function pairwise(data: PairColumns, options: PairwiseOptions): Likelihood & { readonly places: PairwisePlaces } {
  const { models, covariates } = data;
  const link = links[options.ties];
  const extra = options.order === true ? 1 : 0;
  const firstStyle = models + extra;
  const tieAt = firstStyle + covariates.length;
  const size = tieAt + link.parameters;
  const observations = data.a.length;
  const cells = cellsOf(data, covariates.length === 0, options.order === true);
  const linear = firstStyle + covariates.length - models;

  /** Terms of η other than the ratings. */
  function regressors(cell: number, into: Float64Array): void {
    if (extra === 1) into[0] = cells.order[cell]!;
    for (let k = 0; k < covariates.length; k++) into[extra + k] = covariates[k]!.values[cell]!;
  }
  function etaOf(x: Float64Array, cell: number, z: Float64Array): number {
    let eta = x[cells.a[cell]!]! - x[cells.b[cell]!]!;
    for (let k = 0; k < linear; k++) eta += x[models + k]! * z[k]!;
    return eta;
  }

  function weighted(weight: ArrayLike<number>): Objective {
    let total = weight;
    if (cells.of !== undefined) {
      const sums = new Float64Array(cells.count);
      for (let c = 0; c < observations; c++) sums[cells.of[c]!]! += weight[c]!;
      total = sums;
    }
    return {
      models,
      size,
      evaluate(x, gradient, information) {
        const term = newTerm();
        const z = new Float64Array(linear);
        const tau = link.parameters === 1 ? x[tieAt]! : 0;
        let value = 0;
        for (let cell = 0; cell < cells.count; cell++) {
          const w = total[cell]!;
          if (w === 0) continue;
          const a = cells.a[cell]!;
          const b = cells.b[cell]!;
          regressors(cell, z);
          link.term(etaOf(x, cell, z), tau, cells.outcome[cell]!, term);
          value += w * term.value;
          const g = w * term.eta;
          const h = w * term.etaEta;
          gradient[a]! += g;
          gradient[b]! -= g;
          information[a * size + a]! += h;
          information[b * size + b]! += h;
          information[Math.max(a, b) * size + Math.min(a, b)]! -= h;
          for (let k = 0; k < linear; k++) {
            const zk = z[k]!;
            const row = (models + k) * size;
            gradient[models + k]! += g * zk;
            information[row + a]! += h * zk;
            information[row + b]! -= h * zk;
            for (let l = 0; l <= k; l++) information[row + models + l]! += h * zk * z[l]!;
          }
          if (link.parameters === 1) {
            const row = tieAt * size;
            const cross = w * term.etaTie;
            gradient[tieAt]! += w * term.tie;
            information[row + a]! += cross;
            information[row + b]! -= cross;
            for (let k = 0; k < linear; k++) information[row + models + k]! += cross * z[k]!;
            information[row + tieAt]! += w * term.tieTie;
          }
        }
        return value;
      },
    };
  }

  function scores(x: Float64Array): SparseRows {
    const width = 2 + linear + link.parameters;
    const start = new Int32Array(cells.count + 1);
    const column = new Int32Array(cells.count * width);
    const value = new Float64Array(cells.count * width);
    const term = newTerm();
    const z = new Float64Array(linear);
    const tau = link.parameters === 1 ? x[tieAt]! : 0;
    for (let cell = 0; cell < cells.count; cell++) {
      regressors(cell, z);
      link.term(etaOf(x, cell, z), tau, cells.outcome[cell]!, term);
      let at = cell * width;
      column[at] = cells.a[cell]!;
      value[at++] = term.eta;
      column[at] = cells.b[cell]!;
      value[at++] = -term.eta;
      for (let k = 0; k < linear; k++) {
        column[at] = models + k;
        value[at++] = term.eta * z[k]!;
      }
      if (link.parameters === 1) {
        column[at] = tieAt;
        value[at++] = term.tie;
      }
      start[cell + 1] = at;
    }
    // A cell may hold the two models of a comparison the other way round: the score is the same vector.
    return { start, column, value, row: cells.of };
  }

  return {
    models,
    size,
    observations,
    weight: data.weight,
    cluster: data.cluster,
    clusters: data.clusters,
    // A logarithm, three exponentials and a division are some sixty multiplications.
    cost: observations + 5 * (cells.count * (60 + 4 * linear) + size ** 3 / 3),
    start: () => new Float64Array(size).fill(link.start, tieAt),
    weighted,
    scores,
    places: {
      order: extra === 1 ? models : undefined,
      style: covariates.map((_, k) => firstStyle + k),
      tie: link.parameters === 1 ? tieAt : undefined,
    },
  };
}

/** Puts equal comparisons together where that is worth it: no covariates, and fewer kinds of comparison than comparisons. */
function cellsOf(data: PairColumns, mayJoin: boolean, order: boolean): Cells {
  const { models, a, b, outcome, order: shown } = data;
  const count = a.length;
  const kinds = models * models * 9;
  if (!mayJoin || kinds > Math.max(4096, 4 * count)) return { count, a, b, outcome, order: shown, of: undefined };
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
    order: Int8Array.from(used, (key) => (key % 3) - 1),
    of,
  };
}
