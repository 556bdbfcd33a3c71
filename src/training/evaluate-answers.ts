import { groupBy } from '../base/group';
import type { Rng } from '../base/rng';
import { estimateMetrics, meanByCluster } from '../domain/evaluation/bootstrap';
import { repetition, selfBleu } from '../domain/evaluation/diversity';
import { byScore, winRate, type Contest } from '../domain/evaluation/win-rate';
import type { Metrics } from './algorithm';
import { answerMetrics, type Answer } from './answers';
import { meanAndStd } from './statistics';

/** What an answer leaves behind: enough for the summary, small enough for every checkpoint. */
export interface AnswerNumbers {
  /** The place of its prompt. */
  readonly prompt: number;
  readonly ids: readonly number[];
  readonly finished: boolean;
  /** −Σ log-probability of its tokens, at the temperature it was drawn with. */
  readonly surprise?: number;
  readonly reward?: number;
  /** Of the second reward model. */
  readonly heldOut?: number;
  readonly exactKl?: number;
  readonly k1?: number;
  /** Rule → whether the answer breaks it; null where nothing judges. */
  readonly broken?: Readonly<Record<string, boolean | null>>;
}

/** Who says which of two answers is better, as the summary names it. */
export type JudgeName = 'reward' | 'held_out' | 'endpoint';

/** So many answers are compared with each other for self-BLEU when each prompt has one. */
const mostCompared = 200;

/** Numbers of one model's answers. */
export function answersMetrics(answers: readonly AnswerNumbers[], rng: Rng): Metrics {
  if (answers.length === 0) return {};
  const all = answers.map((a): Answer => ({ ...a, prompt: { text: '', ids: [] }, completion: { ids: [...a.ids], finished: a.finished, logprobs: [] } }));
  const metrics: Metrics = { answers: answers.length, ...answerMetrics(all) };
  const rewards = answers.flatMap((a) => a.reward ?? []);
  if (rewards.length > 0) Object.assign(metrics, { 'objective/scores_std': meanAndStd(rewards).std }, meanOf('objective/scores', answers, (a) => a.reward, rng));
  const surprises = answers.flatMap((a) => a.surprise ?? []);
  // The mean of −log p over a model's own answers is its entropy (TRL's name and definition).
  if (surprises.length > 0) metrics['objective/entropy'] = meanAndStd(surprises).mean;
  metrics['objective/repetition'] = meanAndStd(answers.map((a) => repetition(a.ids))).mean;
  const alike = meanSelfBleu(answers);
  if (alike !== undefined) metrics['objective/self_bleu'] = alike;
  if (answers.some((a) => a.heldOut !== undefined)) Object.assign(metrics, meanOf('objective/held_out_scores', answers, (a) => a.heldOut, rng));
  return { ...metrics, ...ruleMetrics(answers, rng) };
}

/** Among the answers to each prompt where there are several, else among those to different prompts. */
function meanSelfBleu(answers: readonly AnswerNumbers[]): number | undefined {
  const groups = groupBy(answers, (a) => a.prompt);
  const several = [...groups.values()].filter((g) => g.length > 1);
  if (several.length === 0) return selfBleu(answers.slice(0, mostCompared).map((a) => a.ids));
  const found = several.flatMap((g) => selfBleu(g.map((a) => a.ids)) ?? []);
  return found.length === 0 ? undefined : meanAndStd(found).mean;
}

function meanOf(name: string, answers: readonly AnswerNumbers[], of: (a: AnswerNumbers) => number | undefined, rng: Rng): Metrics {
  const parts = answers.flatMap((a) => {
    const x = of(a);
    return x === undefined ? [] : [{ cluster: a.prompt, sum: x, weight: 1 }];
  });
  return parts.length === 0 ? {} : estimateMetrics(name, meanByCluster(parts, rng));
}

/** Share of answers that break any rule that is judged, and each rule. */
function ruleMetrics(answers: readonly AnswerNumbers[], rng: Rng): Metrics {
  const rules = [...new Set(answers.flatMap((a) => Object.keys(a.broken ?? {})))];
  if (rules.length === 0) return {};
  const any = (a: AnswerNumbers): number | undefined => {
    const judged = Object.values(a.broken ?? {}).filter((b) => b !== null);
    return judged.length === 0 ? undefined : Number(judged.includes(true));
  };
  const one = (rule: string) => (a: AnswerNumbers): number | undefined => {
    const broken = a.broken?.[rule];
    return broken === undefined || broken === null ? undefined : Number(broken);
  };
  return Object.assign(meanOf('rules/violation_rate', answers, any, rng), ...rules.map((rule) => meanOf(`rules/violation_rate/${rule}`, answers, one(rule), rng))) as Metrics;
}

/** Win rates by each judge that has said something: `win_rate/reward`, its interval, and the share of ties. */
export function winMetrics(contests: Readonly<Partial<Record<JudgeName, readonly Contest[]>>>, rng: Rng): Metrics {
  const metrics: Metrics = {};
  for (const [judge, all] of Object.entries(contests)) {
    const found = winRate(all, rng);
    if (found === undefined) continue;
    Object.assign(metrics, estimateMetrics(`win_rate/${judge}`, found.rate), { [`win_rate/${judge}_ties`]: found.ties / all.length, [`win_rate/${judge}_comparisons`]: all.length });
  }
  return metrics;
}

/** What reward models say of an answer and the reference's to the same prompt. */
export function scoreContests(own: readonly AnswerNumbers[], other: readonly AnswerNumbers[], of: (a: AnswerNumbers) => number | undefined): Contest[] {
  return own.flatMap((a, i) => {
    const [x, y] = [of(a), other[i] && of(other[i])];
    return x === undefined || y === undefined ? [] : [{ prompt: a.prompt, won: byScore(x, y) }];
  });
}
