import type { RunKind } from './run';

/** The curves of interest by kind of run, most interesting first: TRL's names. */
const first: Record<RunKind, readonly RegExp[]> = {
  ppo: [/^objective\/scores$/, /^objective\/kl$/, /^objective\/rlhf_reward$/, /^loss\/value_avg$/, /^objective\/exact_kl$/, /^(true|reward|win)/, /^loss\/policy_avg$/],
  reward: [/^accuracy$/, /^loss$/, /^margin$/, /^mean_reward$/, /^ece$/, /^length_correlation$/, /^length_baseline$/],
  rule: [/^accuracy$/, /^loss$/, /^auc\//, /^accuracy\//],
  dpo: [/^rewards\/accuracies$/, /^loss$/, /^rewards\/margins$/, /^rewards\/chosen$/, /^rewards\/rejected$/],
  sft: [/^loss$/, /^perplexity$/, /^mean_token_accuracy$/, /^learning_rate$/],
  generate: [/tokens?_per_second/, /length/, /finished|eos/],
  evaluate: [/reward|score/, /kl/, /perplexity/],
  score: [/^scores$/, /^disagreement$/, /answers_per_second/],
  attack: [/^asr$/, /^asr\//, /refus/, /^checks/, /^tactic\//],
  bestOfN: [/^objective\/best_scores$/, /^objective\/scores$/, /^best\/loss$/, /^control\/loss$/],
};

/** Smaller is more interesting for this kind of run. */
export function weight(kind: RunKind, name: string): number {
  const at = first[kind].findIndex((pattern) => pattern.test(name));
  return at < 0 ? first[kind].length : at;
}

/** Whether a metric is one of those that tell how a run of this kind goes. */
export function matters(kind: RunKind, name: string): boolean {
  return weight(kind, name) < first[kind].length;
}

/** The metrics that charts of such runs open with: those that matter most, at most four. Evaluations count as what they evaluate. */
export function firstMetrics(metrics: readonly string[], kind: RunKind): string[] {
  const rank = (metric: string): number => weight(kind, metric.replace(/^eval[_/]/, ''));
  return [...metrics].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).slice(0, 4);
}
