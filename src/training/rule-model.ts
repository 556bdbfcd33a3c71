import type { ModelConfig } from '../models/config';
import type { Params } from '../models/params';
import type { Resources } from './algorithm';
import { createScorer } from './score-model';

/** Reads texts and gives the probability that each breaks each rule. */
export interface RuleScorer {
  /** Texts are ids of prompt, answer and end, as `answerRow` makes them. @returns probabilities in [0, 1], [texts][rules], rules in the order of the model's outputs. */
  probabilities(texts: readonly (readonly number[])[]): Promise<Float64Array[]>;
  release(): Promise<void>;
}

/**
 * A rule model as a judge: σ of its outputs, which calibration is already in (a temperature in the weights of the head). It reads the weights as
 * they are at each call, costs one forward pass over each text, and holds sessions until it is released. A penalty in PPO is Σ −penaltyₖ·pₖ.
 */
export function createRuleScorer(config: ModelConfig, params: Params, resources: Resources): RuleScorer {
  const scorer = createScorer(config, params, resources);
  return {
    async probabilities(texts) {
      return (await scorer.outputs(texts)).map((logits) => logits.map((z) => 1 / (1 + Math.exp(-z))));
    },
    release: () => scorer.release(),
  };
}
