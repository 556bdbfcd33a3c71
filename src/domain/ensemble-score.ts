/**
 * What the scores of an ensemble's members are made into. `mean`; `uwo`: the mean minus `coef` times the variance among members (uncertainty-weighted
 * optimisation) and `wco`: the lowest (worst-case optimisation), both of Coste et al. 2023, arXiv 2310.02743 §4; `mean-minus-std`: the mean minus
 * `coef` standard deviations (Eisenstein et al. 2023, arXiv 2312.09244). Variance and deviation are divided by the number of members.
 */
export interface EnsembleObjective {
  readonly objective: 'mean' | 'uwo' | 'mean-minus-std' | 'wco';
  readonly coef: number;
}

/** One score of one answer out of the normalised scores of the members, and their standard deviation. */
export function combineMembers(scores: readonly number[], { objective, coef }: EnsembleObjective): { readonly score: number; readonly std: number } {
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const variance = scores.reduce((a, x) => a + (x - mean) ** 2, 0) / scores.length;
  const std = Math.sqrt(variance);
  const score = { mean, uwo: mean - coef * variance, 'mean-minus-std': mean - coef * std, wco: Math.min(...scores) }[objective];
  return { score, std };
}
