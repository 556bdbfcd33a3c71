/**
 * Estimators of the KL divergence between the policy and its reference from sampled tokens, and the controller of its
 * price. Δ = log π(a) − log π_ref(a), in nats, for tokens a sampled from π. J. Schulman, "Approximating KL Divergence",
 * http://joschu.net/blog/kl-approx.html
 */

/** Unbiased, of high variance, negative for half of the samples: the one to use inside a reward. */
export const k1 = (delta: number): number => delta;

/** Biased, of low variance; its gradient is the gradient of the KL divergence. */
export const k2 = (delta: number): number => (delta * delta) / 2;

/** Unbiased, of low variance, never negative. */
export const k3 = (delta: number): number => Math.exp(-delta) - 1 + delta;

/** What the controller needs: the wanted KL in nats per episode, and how many episodes it takes to react. */
export interface AdaptiveKl {
  readonly target: number;
  readonly horizon: number;
}

/**
 * The next β after `episodes` episodes of mean KL `kl` (summed over an episode's tokens).
 * https://github.com/openai/lm-human-preferences/blob/cbfd210/lm_human_preferences/train_policy.py class AdaptiveKLController
 */
export function nextKlCoef(coef: number, kl: number, episodes: number, { target, horizon }: AdaptiveKl): number {
  const error = Math.min(0.2, Math.max(-0.2, kl / target - 1));
  return coef * (1 + (error * episodes) / horizon);
}
