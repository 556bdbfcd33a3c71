import type { Completion } from '../models/generate';
import type { AskedPrompt } from './answers';
import type { Metrics } from './algorithm';
import { meanAndStd } from './statistics';

/** What is added to a reward model's score: penalties of a rule model, a program's opinion. */
export interface RewardPart {
  /** Ends the metric's name: `objective/scores_<name>`. */
  readonly name: string;
  /** A finite number an answer, on the scale of normalised rewards. */
  score(prompts: readonly AskedPrompt[], completions: readonly Completion[]): Promise<Float64Array>;
  release(): Promise<void>;
}

/** The score of each answer, and what it is the sum of. */
export interface Judgement {
  readonly total: Float64Array;
  /** `preference`, and a name a part. */
  readonly parts: Readonly<Record<string, Float64Array>>;
  /** Of an ensemble of reward models: the standard deviation among its members. */
  readonly spread?: Float64Array;
}

/** Means of the parts of scores; nothing when the reward model is all there is. */
export function partMetrics(parts: Judgement['parts']): Metrics {
  const names = Object.keys(parts);
  return names.length < 2 ? {} : Object.fromEntries(names.map((name) => [`objective/scores_${name}`, meanAndStd([...parts[name]!]).mean]));
}
