import { answerRowOf } from './answers';
import type { RewardPart } from './reward-parts';
import type { RuleScorer } from './rule-model';

/** What breaking rules costs: `penalties` of single rules by name, `penalty` of every other. */
export interface RulePenalties {
  readonly penalty: number;
  readonly penalties: Readonly<Record<string, number>>;
}

/** −Σ penaltyₖ·pₖ over the rules of a rule model, in the order of its outputs. The model must have the policy's tokenizer. */
export function rulePart(scorer: RuleScorer, rules: readonly string[], { penalty, penalties }: RulePenalties): RewardPart {
  const costs = rules.map((rule) => penalties[rule] ?? penalty);
  return {
    name: 'rule',
    async score(prompts, completions) {
      const found = await scorer.probabilities(completions.map((c, i) => answerRowOf(prompts[i]!, c).ids));
      return Float64Array.from(found, (p) => -p.reduce((sum, x, k) => sum + costs[k]! * x, 0));
    },
    release: () => scorer.release(),
  };
}
