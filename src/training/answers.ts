import type { Rng } from '../base/rng';
import type { Completion, Generator } from '../models/generate';
import type { Tokenizer } from '../modelio/tokenizer';
import type { Metrics, TrainingEvent } from './algorithm';
import type { KlMeter } from './exact-kl';
import type { Judge } from './judge';
import type { Judgement } from './reward-parts';
import type { Row } from './rows';
import { distinctN, meanAndStd, standardError } from './statistics';

/** How answers are sampled; the same fields as in `run.json`. */
export interface SamplingSettings {
  readonly temperature: number;
  /** 0 switches it off. */
  readonly topK: number;
  /** 1 switches it off. */
  readonly topP: number;
  readonly maxNewTokens: number;
}

/** A prompt as text and as ids. */
export interface AskedPrompt {
  readonly text: string;
  readonly ids: readonly number[];
  /** The prompt's own, for a programmed reward. */
  readonly reference?: string;
  readonly tags?: readonly string[];
}

/** An answer of the policy and what was measured of it. */
export interface Answer {
  readonly prompt: AskedPrompt;
  readonly completion: Completion;
  /** Normalised; with the other parts of the reward, when there are any. */
  readonly reward?: number;
  /** What the reward is the sum of, when it is more than one reward model's. */
  readonly parts?: Readonly<Record<string, number>>;
  /** Standard deviation among the members of an ensemble of reward models. */
  readonly spread?: number;
  /** Nats of the whole answer. */
  readonly exactKl?: number;
  readonly k1?: number;
}

/** Prompt and answer as the models read them: ids that were sampled are never turned into text and back. */
export const answerRowOf = (prompt: AskedPrompt, completion: Completion): Row => ({ ids: [...prompt.ids, ...completion.ids], start: Math.max(1, prompt.ids.length) });

/** Scores of answers: the reward model's, and the other parts of the reward added to it. */
export async function judgeAnswers({ score, parts: others }: Judge, prompts: readonly AskedPrompt[], completions: readonly Completion[]): Promise<Judgement> {
  const { rewards, spread } = await score(completions.map((c, i) => answerRowOf(prompts[i]!, c)));
  const parts: Record<string, Float64Array> = { preference: rewards };
  for (const part of others) parts[part.name] = await part.score(prompts, completions);
  const total = rewards.map((x, i) => others.reduce((sum, p) => sum + parts[p.name]![i]!, x));
  return { total, parts, ...(spread === undefined ? {} : { spread }) };
}

/** Lets the policy answer each prompt once and measures what there are instruments for. */
export async function answerPrompts(
  prompts: readonly AskedPrompt[],
  how: { readonly generator: Generator; readonly sampling: SamplingSettings; readonly stopIds: readonly number[]; readonly rng: Rng },
  instruments: { readonly judge?: Judge | undefined; readonly kl?: KlMeter | undefined },
): Promise<Answer[]> {
  const completions = await how.generator.generate(prompts.map((p) => [...p.ids]), { ...how.sampling, stopIds: [...how.stopIds] }, how.rng);
  const rows = completions.map((c, i) => answerRowOf(prompts[i]!, c));
  const judgement = instruments.judge === undefined ? undefined : await judgeAnswers(instruments.judge, prompts, completions);
  const several = (instruments.judge?.parts.length ?? 0) > 0;
  const kls = await instruments.kl?.measure(rows);
  return completions.map((completion, i) => ({
    prompt: prompts[i]!,
    completion,
    ...(judgement === undefined ? {} : { reward: judgement.total[i]! }),
    ...(judgement === undefined || !several ? {} : { parts: Object.fromEntries(Object.entries(judgement.parts).map(([name, of]) => [name, of[i]!])) }),
    ...(judgement?.spread === undefined ? {} : { spread: judgement.spread[i]! }),
    ...(kls === undefined ? {} : { exactKl: kls[i]!.exact, k1: kls[i]!.k1 }),
  }));
}

/**
 * Numbers of a set of answers, in TRL's names where it has one; `_se` is the standard error of the mean. `objective/scores` is the reward
 * without the penalty that training puts on answers without an end.
 */
export function answerMetrics(answers: readonly Answer[]): Metrics {
  const lengths = answers.map((a) => a.completion.ids.length);
  const metrics: Metrics = {
    'objective/eos_rate': meanAndStd(answers.map((a) => (a.completion.finished ? 1 : 0))).mean,
    'objective/response_length': meanAndStd(lengths).mean,
    'objective/distinct_1': distinctN(answers.map((a) => a.completion.ids), 1),
    'objective/distinct_2': distinctN(answers.map((a) => a.completion.ids), 2),
  };
  const add = (name: string, of: (a: Answer) => number | undefined): void => {
    const xs = answers.flatMap((a) => of(a) ?? []);
    if (xs.length === 0) return;
    metrics[name] = meanAndStd(xs).mean;
    metrics[`${name}_se`] = standardError(xs);
  };
  add('objective/scores', (a) => a.reward);
  for (const name of Object.keys(answers[0]?.parts ?? {})) add(`objective/scores_${name}`, (a) => a.parts?.[name]);
  add('objective/ensemble_std', (a) => a.spread);
  add('objective/exact_kl', (a) => a.exactKl);
  add('objective/kl', (a) => a.k1);
  return metrics;
}

/** The text of an answer as people read it, without its end. */
export const answerText = (tokenizer: Tokenizer, { ids }: Completion): string => tokenizer.decode(ids, { skipSpecialTokens: true });

/** Events that show answers as they were at `step`. */
export function* sampleEvents(tokenizer: Tokenizer, answers: readonly Answer[], step: number, firstIndex = 0): Iterable<TrainingEvent> {
  for (const [i, a] of answers.entries()) {
    yield {
      type: 'sample',
      step,
      index: firstIndex + i,
      prompt: a.prompt.text,
      text: answerText(tokenizer, a.completion),
      finished: a.completion.finished,
      ...(a.reward === undefined ? {} : { reward: a.reward }),
      ...(a.exactKl === undefined ? {} : { kl: a.exactKl }),
    };
  }
}
