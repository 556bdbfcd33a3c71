/** How unsure reward models are about an item, each in [0, 1]. */
export interface Uncertainty {
  /**
   * 4·p(1 − p) of the two answers with the best mean scores, p = σ(r₁ − r₂) as in Bradley–Terry, mean over the models: 1 when
   * each of them takes the two for equal.
   */
  readonly closeness: number;
  /** 4 × the variance over the models of p, mean over all pairs of answers; 0 with one model, 1 when half of them are sure of the contrary. */
  readonly disagreement: number;
}

/**
 * What reward models make of an item's answers. `scores[answer][model]`: raw scores, whose differences are log-odds.
 * Undefined with fewer than two answers, or when a score is missing.
 */
export function uncertaintyOf(scores: readonly (readonly number[])[]): Uncertainty | undefined {
  const models = scores[0]?.length ?? 0;
  if (scores.length < 2 || models === 0 || scores.some((s) => s.length !== models || !s.every(Number.isFinite))) return undefined;
  const byMean = scores.toSorted((a, b) => mean(b) - mean(a));
  const closeness = mean(chances(byMean[0]!, byMean[1]!).map((p) => 4 * p * (1 - p)));
  const variances: number[] = [];
  for (let i = 0; i < scores.length; i++) for (let j = 0; j < i; j++) variances.push(4 * variance(chances(scores[i]!, scores[j]!)));
  return { closeness, disagreement: mean(variances) };
}

/**
 * How much an item is worth a labeler's time: closeness + disagreement. Of two answers this is 4·p̄(1 − p̄) with p̄ the models'
 * mean probability (the law of total variance), so that it does not matter whether each model is unsure or they contradict
 * each other. Undefined as {@link uncertaintyOf}.
 */
export function uncertaintyWorth(scores: readonly (readonly number[])[]): number | undefined {
  const found = uncertaintyOf(scores);
  return found && found.closeness + found.disagreement;
}

const chances = (a: readonly number[], b: readonly number[]): number[] => a.map((x, m) => 1 / (1 + Math.exp(b[m]! - x)));
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;

function variance(xs: readonly number[]): number {
  const middle = mean(xs);
  return mean(xs.map((x) => (x - middle) ** 2));
}
