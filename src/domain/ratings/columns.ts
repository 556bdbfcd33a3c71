/**
 * Comparisons of models as columns of typed arrays: a million of them are a few megabytes that cross to a worker thread
 * without being copied.
 */

/** Comparison `c` is between models `a[c]` and `b[c]`. */
export interface PairColumns {
  /** Models are 0 … models − 1. */
  readonly models: number;
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** 1: a won, 0: b won, 0.5: a tie. */
  readonly outcome: Float32Array;
  /** Above 0. */
  readonly weight: Float32Array;
  /** What is drawn together when intervals are made: the prompt, 0 … clusters − 1. */
  readonly cluster: Int32Array;
  readonly clusters: number;
  /** +1: a was shown before b; −1: after it; 0: nobody knows. */
  readonly order: Int8Array;
  /** Differences of the two texts, a's less b's, scaled; empty when there is no control for style. */
  readonly covariates: readonly Covariate[];
}

export interface Covariate {
  readonly name: string;
  readonly values: Float64Array;
}

/**
 * Ranking `r` is entries `start[r]` to `start[r + 1]` of `model` and `rank`. Rank 1 is best and equal ranks are ties;
 * rank 0 stands for the rest of a top-k ranking: worse than every ranked one, in no order among themselves. What a ranking
 * of a subset leaves out is not there at all: the two are different likelihoods.
 */
export interface RankingColumns {
  readonly models: number;
  readonly start: Int32Array;
  /** A model may have several answers in one ranking. */
  readonly model: Int32Array;
  readonly rank: Int32Array;
  /** By ranking. */
  readonly weight: Float32Array;
  readonly cluster: Int32Array;
  readonly clusters: number;
}
