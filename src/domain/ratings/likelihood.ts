/**
 * What the models of comparisons have in common. Parameters are the ratings (natural logarithms of worth), which the
 * likelihood knows only up to a constant, and after them whatever else a model has: tie parameter, order effect, style.
 */

/** A concave function of the parameters: the log-likelihood under fixed weights. */
export interface Objective {
  readonly models: number;
  /** Ratings and other parameters. */
  readonly size: number;
  /**
   * The value at `x`. Adds the gradient (size) and the negated second derivatives (size × size; the lower triangle
   * suffices) to what it is given. −∞ or NaN where the parameters are impossible.
   */
  evaluate(x: Float64Array, gradient: Float64Array, information: Float64Array): number;
}

/** A sparse matrix by rows: entries `start[r]` to `start[r + 1]` of `column` and `value`. Observation `o` has row `row[o]`, or row o. */
export interface SparseRows {
  readonly row?: Int32Array | undefined;
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

export interface Likelihood {
  readonly models: number;
  readonly size: number;
  readonly observations: number;
  readonly weight: ArrayLike<number>;
  readonly cluster: Int32Array;
  readonly clusters: number;
  /** Rough cost of one fit in multiplications, to choose how many can be afforded. */
  readonly cost: number;
  /** A point where the likelihood is possible. */
  start(): Float64Array;
  /** With these weights by observation in place of its own. */
  weighted(weight: ArrayLike<number>): Objective;
  /** Derivative of each observation's log-likelihood at `x`, unweighted: observations × size. */
  scores(x: Float64Array): SparseRows;
}
