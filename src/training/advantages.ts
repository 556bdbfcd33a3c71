/** Advantage estimation over ragged episodes: an array an episode, a number a real token. There are no pads to mask. */

/** Rewards and values of the tokens of one episode. */
export interface Episode {
  readonly rewards: Float64Array;
  readonly values: Float64Array;
}

/**
 * Generalised advantage estimation, https://arxiv.org/abs/1506.02438 eq. 16. The value after the last token is 0.
 * Returns are advantage + value, of the advantages as they are here, before any whitening.
 */
export function estimateAdvantages({ rewards, values }: Episode, gamma: number, lambda: number): { advantages: Float64Array; returns: Float64Array } {
  const n = rewards.length;
  const advantages = new Float64Array(n);
  let next = 0;
  for (let t = n - 1; t >= 0; t--) {
    const delta = rewards[t]! + gamma * (t + 1 < n ? values[t + 1]! : 0) - values[t]!;
    next = delta + gamma * lambda * next;
    advantages[t] = next;
  }
  return { advantages, returns: advantages.map((a, t) => a + values[t]!) };
}

/** Mean and variance over all tokens; the variance is unbiased (n − 1) unless `population`, and 0 for fewer than two tokens. */
export function moments(episodes: readonly Float64Array[], population = false): { n: number; mean: number; variance: number } {
  let n = 0;
  let sum = 0;
  for (const e of episodes) {
    n += e.length;
    for (const x of e) sum += x;
  }
  const mean = n === 0 ? 0 : sum / n;
  let squares = 0;
  for (const e of episodes) for (const x of e) squares += (x - mean) ** 2;
  const divisor = population ? n : n - 1;
  return { n, mean, variance: divisor > 0 ? squares / divisor : 0 };
}

/**
 * Scales to variance 1 over all tokens of the batch and, unless `keepMean`, shifts to mean 0. The 1e-8 stands inside of the
 * root, as in `whiten` of https://github.com/openai/lm-human-preferences/blob/cbfd210/lm_human_preferences/utils/core.py; the variance is
 * unbiased, as in TRL's masked_whiten.
 */
export function whiten(episodes: readonly Float64Array[], { keepMean = false, population = false } = {}): Float64Array[] {
  const { mean, variance } = moments(episodes, population);
  const scale = 1 / Math.sqrt(variance + 1e-8);
  const back = keepMean ? mean : 0;
  return episodes.map((e) => e.map((x) => (x - mean) * scale + back));
}

/** 1 − Var(returns − values) / Var(returns): 1 for a perfect critic, 0 for a constant one; 0 when the returns do not vary. */
export function explainedVariance(values: readonly Float64Array[], returns: readonly Float64Array[]): number {
  const total = moments(returns).variance;
  if (total === 0) return 0;
  return 1 - moments(returns.map((r, e) => r.map((x, t) => x - values[e]![t]!))).variance / total;
}
