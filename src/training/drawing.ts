import { createRng } from '../base/rng';
import type { JsonObject } from '../base/json';
import { bestAt } from '../domain/evaluation/best-of-n';
import { createGenerator } from '../models/generate';
import type { Net } from '../models/lora';
import type { Tokenizer } from '../modelio/tokenizer';
import type { Algorithm, Resources, RewardModel } from './algorithm';
import { createJudge } from './judge';
import { answerPrompts, answerText, type AskedPrompt, type SamplingSettings } from './answers';
import { meanAndStd } from './statistics';

/** A prompt with a name that says which it is in records. */
export interface NamedPrompt extends AskedPrompt {
  readonly hash: string;
}

/** A drawn answer with its score, as records and frozen data keep it. */
export interface Drawn {
  readonly ids: readonly number[];
  readonly finished: boolean;
  /** Normalised score of the reward model. */
  readonly reward: number;
}

/** What is taken of a prompt's answers: the one with the highest score, and one at random that knows nothing of scores. */
export interface Picks {
  readonly best: Drawn;
  readonly random: Drawn;
}

export interface DrawSettings {
  readonly n: number;
  /** Answers at once, rounded to whole prompts. */
  readonly batchSize: number;
  readonly sampling: SamplingSettings;
  /** Taken from the score of an answer that did not end, when the best is chosen. */
  readonly missingEosPenalty: number;
  readonly seed: number;
  /** Names the draw: answers and random picks depend on it and the seed alone. */
  readonly label: string;
}

/** Best and random pick of each prompt; the same for answers that were drawn in an earlier run. */
export function pickOf(answers: readonly Drawn[], prompt: number, { missingEosPenalty, seed, label }: Pick<DrawSettings, 'missingEosPenalty' | 'seed' | 'label'>): Picks {
  const scores = answers.map((a) => a.reward - (a.finished ? 0 : missingEosPenalty));
  const random = createRng(seed).fork(`${label} pick ${prompt}`).int(answers.length);
  return { best: answers[bestAt(scores)!]!, random: answers[random]! };
}

/**
 * Draws n answers to each prompt, scores them and picks. One step is one batch of whole prompts; every answer goes out as a record with its
 * ids and score, so that it need not be drawn again. What a checkpoint holds are the picks alone.
 */
export function createDrawing(
  policy: Net,
  tokenizer: Tokenizer,
  reward: RewardModel,
  prompts: readonly NamedPrompt[],
  settings: DrawSettings,
  resources: Resources,
): Algorithm & { picks(): readonly Picks[] } {
  const { n, sampling, seed, label } = settings;
  const atOnce = promptsAtOnce(settings);
  const longest = prompts.reduce((most, p) => Math.max(most, p.ids.length), 1) + sampling.maxNewTokens;
  const generator = createGenerator(policy.config, policy.params, { threads: resources.threads, device: resources.device, maxBatch: Math.min(atOnce, prompts.length) * n, maxLength: longest });
  const judge = createJudge(reward, resources);
  let done = 0;
  let picks: Picks[] = [];
  let sum = 0;

  return {
    total: drawSteps(prompts.length, settings),
    done: () => done,
    picks: () => picks,
    async *step() {
      const first = done * atOnce;
      const batch = prompts.slice(first, first + atOnce);
      const begin = performance.now();
      const answers = await answerPrompts(batch.flatMap((p) => Array.from({ length: n }, () => p)), { generator, sampling, stopIds: tokenizer.eosIds, rng: createRng(seed).fork(`${label} answers ${done}`) }, { judge });
      const seconds = (performance.now() - begin) / 1000;
      const records: JsonObject[] = [];
      for (const [b, prompt] of batch.entries()) {
        const drawn = answers.slice(b * n, (b + 1) * n).map(({ completion, reward: score }): Drawn => ({ ids: [...completion.ids], finished: completion.finished, reward: score! }));
        const picked = pickOf(drawn, first + b, settings);
        picks.push(picked);
        sum += drawn.reduce((s, d) => s + d.reward, 0) / n;
        drawn.forEach((d, sample) => {
          const text = answerText(tokenizer, { ids: [...d.ids], finished: d.finished, logprobs: [] });
          records.push({ v: 1, draw: label, promptHash: prompt.hash, sample, text, ids: [...d.ids], finished: d.finished, reward: d.reward, ...(d === picked.best ? { best: true } : {}), ...(d === picked.random ? { random: true } : {}) });
        });
      }
      done++;
      const lengths = answers.map((a) => a.completion.ids.length);
      yield {
        type: 'step',
        step: done,
        metrics: {
          'objective/scores': meanAndStd(answers.map((a) => a.reward!)).mean,
          'objective/best_scores': meanAndStd(picks.map((p) => p.best.reward)).mean,
          'objective/response_length': meanAndStd(lengths).mean,
          'objective/eos_rate': meanAndStd(answers.map((a) => (a.completion.finished ? 1 : 0))).mean,
          tokens_per_second: lengths.reduce((a, b) => a + b, 0) / seconds,
        },
      };
      for (const value of records) yield { type: 'record', value };
    },
    snapshot: () => ({ tensors: {}, state: { done, sum, picks: picks.map(({ best, random }) => ({ best: jsonOf(best), random: jsonOf(random) })) } }),
    restore({ state }) {
      done = Number(state['done']);
      sum = Number(state['sum']);
      picks = state['picks'] as unknown as Picks[];
    },
    // eslint-disable-next-line require-yield -- nothing is left to measure
    async *finish() {
      return Promise.resolve({ summary: { ...pickMetrics(picks), 'draw/scores': sum / picks.length } });
    },
    async release() {
      await generator.release();
      await judge.release();
    },
  };
}

const promptsAtOnce = ({ n, batchSize }: Pick<DrawSettings, 'n' | 'batchSize'>): number => Math.max(1, Math.floor(batchSize / n));

/** Steps of a draw over so many prompts. */
export const drawSteps = (prompts: number, settings: Pick<DrawSettings, 'n' | 'batchSize'>): number => Math.ceil(prompts / promptsAtOnce(settings));

/** What the picks are like. */
export function pickMetrics(picks: readonly Picks[]): Record<string, number> {
  const of = (get: (p: Picks) => number): number => meanAndStd(picks.map(get)).mean;
  return {
    'draw/best_scores': of((p) => p.best.reward),
    'draw/random_scores': of((p) => p.random.reward),
    'draw/best_length': of((p) => p.best.ids.length),
    'draw/random_length': of((p) => p.random.ids.length),
  };
}

export const jsonOf = ({ ids, finished, reward }: Drawn): JsonObject => ({ ids: [...ids], finished, reward });
