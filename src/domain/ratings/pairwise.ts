import { cellsOf } from './cells';
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
  const linear = tieAt - models;
  const cells = cellsOf(data, options.order === true);
  const { a: firsts, b: seconds, outcome: outcomes, regressors } = cells;

  function etaOf(x: Float64Array, cell: number): number {
    let eta = x[firsts[cell]!]! - x[seconds[cell]!]!;
    for (let k = 0, at = cell * linear; k < linear; k++) eta += x[models + k]! * regressors[at + k]!;
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
        const tau = link.parameters === 1 ? x[tieAt]! : 0;
        // Of the ratings with what comes after them, by model: one place in memory for each of the two, where rows of the
        // matrix would be as many places as there are parameters. This loop is where a fit's time goes.
        const others = size - models;
        const cross = new Float64Array(models * others);
        let value = 0;
        for (let cell = 0; cell < cells.count; cell++) {
          const w = total[cell]!;
          if (w === 0) continue;
          const a = firsts[cell]!;
          const b = seconds[cell]!;
          link.term(etaOf(x, cell), tau, outcomes[cell]!, term);
          value += w * term.value;
          const g = w * term.eta;
          const h = w * term.etaEta;
          gradient[a]! += g;
          gradient[b]! -= g;
          information[a * size + a]! += h;
          information[b * size + b]! += h;
          information[Math.max(a, b) * size + Math.min(a, b)]! -= h;
          const z = cell * linear;
          const crossA = a * others;
          const crossB = b * others;
          for (let k = 0; k < linear; k++) {
            const zk = regressors[z + k]!;
            const hz = h * zk;
            gradient[models + k]! += g * zk;
            cross[crossA + k]! += hz;
            cross[crossB + k]! -= hz;
            for (let l = 0, at = (models + k) * size + models; l <= k; l++) information[at + l]! += hz * regressors[z + l]!;
          }
          if (link.parameters === 1) {
            const both = w * term.etaTie;
            gradient[tieAt]! += w * term.tie;
            cross[crossA + linear]! += both;
            cross[crossB + linear]! -= both;
            for (let k = 0, at = tieAt * size + models; k < linear; k++) information[at + k]! += both * regressors[z + k]!;
            information[tieAt * size + tieAt]! += w * term.tieTie;
          }
        }
        for (let k = 0; k < others; k++) for (let i = 0; i < models; i++) information[(models + k) * size + i]! += cross[i * others + k]!;
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
    const tau = link.parameters === 1 ? x[tieAt]! : 0;
    for (let cell = 0; cell < cells.count; cell++) {
      link.term(etaOf(x, cell), tau, outcomes[cell]!, term);
      let at = cell * width;
      column[at] = firsts[cell]!;
      value[at++] = term.eta;
      column[at] = seconds[cell]!;
      value[at++] = -term.eta;
      for (let k = 0; k < linear; k++) {
        column[at] = models + k;
        value[at++] = term.eta * regressors[cell * linear + k]!;
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
