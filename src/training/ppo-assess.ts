import { estimateAdvantages, whiten } from './advantages';
import type { PpoSettings } from './ppo-settings';
import type { Rollout } from './ppo-metrics';

/** Of every real token of some episodes, in their order. */
export interface Assessment {
  /** As the estimator saw them: −β·k1, the score, and scaled where that is asked for. */
  readonly rewards: readonly Float64Array[];
  /** A number a token of the answer. */
  readonly advantages: readonly Float64Array[];
  /** A number a value: one more than tokens, where the score comes after the end. */
  readonly returns: readonly Float64Array[];
}

type AssessSettings = Pick<PpoSettings, 'gamma' | 'lambda' | 'whitenRewards' | 'whitenAdvantages' | 'whitenVariance'>;

/** The score of an answer after the rule for answers without an end. N+ sets it, TRL subtracts from it. */
export function scoreAfterEnd(score: number, finished: boolean, { missingEosPenalty, missingEos }: Pick<PpoSettings, 'missingEosPenalty' | 'missingEos'>): number {
  if (finished) return score;
  return missingEos === 'set' ? -missingEosPenalty : score - missingEosPenalty;
}

/**
 * Rewards, advantages and returns of the episodes `members`, over which they are whitened. There are no pads here: an episode is as long as its
 * answer, or, where it has one value more, one longer: the place after its end, which has no KL penalty.
 */
export function assess(rollout: Rollout, members: readonly number[], klCoef: number, settings: AssessSettings): Assessment {
  const population = settings.whitenVariance === 'population';
  let rewards: Float64Array[] = members.map((e) => {
    const { length } = rollout.values[e]!;
    const logProbs = rollout.logProbs[e]!;
    const refLogProbs = rollout.refLogProbs[e]!;
    // k1 = log π − log π_ref: unbiased in value, which is what a reward needs. The score comes at the last place.
    return Float64Array.from({ length }, (_, t) => (t < logProbs.length ? -klCoef * (logProbs[t]! - refLogProbs[t]!) : 0) + (t === length - 1 ? rollout.scores[e]! : 0));
  });
  if (settings.whitenRewards) rewards = whiten(rewards, { keepMean: true, population });
  const estimates = rewards.map((r, i) => estimateAdvantages({ rewards: r, values: rollout.values[members[i]!]! }, settings.gamma, settings.lambda));
  const advantages = estimates.map((x, i) => x.advantages.slice(0, rollout.logProbs[members[i]!]!.length));
  return {
    rewards,
    advantages: settings.whitenAdvantages ? whiten(advantages, { population }) : advantages,
    // From the advantages before whitening, on the scale of rewards.
    returns: estimates.map((x) => x.returns),
  };
}

/** log π − log π_ref of each episode, summed over its tokens. */
export const episodeKl = ({ logProbs, refLogProbs }: Pick<Rollout, 'logProbs' | 'refLogProbs'>): number[] =>
  logProbs.map((own, e) => own.reduce((sum, x, t) => sum + x - refLogProbs[e]![t]!, 0));
