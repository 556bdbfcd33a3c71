import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { Json, JsonObject } from '../base/json';
import { createGenerator } from '../models/generate';
import { answerMetrics, answerPrompts, answerText, sampleEvents, type Answer, type AskedPrompt, type Judge, type SamplingSettings } from './answers';
import type { Algorithm, Metrics, Model, Resources, RewardModel } from './algorithm';
import { createKlMeter } from './exact-kl';
import type { TokenSums } from './language-model';
import { createReader, perplexityMetrics, textBatches } from './perplexity';
import type { Row } from './rows';
import { createScorer } from './score-model';
import { meanAndStd } from './statistics';

/**
 * Measures a model: its answers to prompts (reward, exact KL to a reference, length, diversity) and its perplexity on plain text. What
 * there is no instrument or no data for is left out.
 */
export interface EvaluateSettings {
  /** Answers a prompt. */
  readonly samples: number;
  /** Answers, or texts, at once. */
  readonly batchSize: number;
  readonly sampling: SamplingSettings;
  readonly seed: number;
}

export interface EvaluateData {
  readonly prompts: readonly AskedPrompt[];
  /** Rows whose tokens all count. */
  readonly texts: readonly Row[];
}

/** What a batch leaves behind: enough for the summary, small enough for every checkpoint. */
interface AnswerNumbers {
  readonly ids: number[];
  readonly finished: boolean;
  readonly reward?: number;
  readonly exactKl?: number;
  readonly k1?: number;
}

/** One step is one batch of answers or of texts. Answers go out as `sample` events and, with all their numbers, as records. */
export function createEvaluation(
  policy: Model,
  others: { readonly reference?: Pick<Model, 'config' | 'params'> | undefined; readonly reward?: RewardModel | undefined },
  data: EvaluateData,
  settings: EvaluateSettings,
  resources: Resources,
): Algorithm {
  const { config, tokenizer } = policy;
  const { samples, batchSize, sampling, seed } = settings;
  if (data.prompts.length + data.texts.length === 0) throw new UserError('evaluate.data', 'there is neither a prompt to answer nor a text to read. Add some.');
  // All answers to a prompt stand together.
  const asked = data.prompts.flatMap((p) => Array.from({ length: samples }, () => p));
  const answerBatches = Math.ceil(asked.length / batchSize);
  const batches = textBatches(data.texts, resources.maxCells, batchSize);
  const total = answerBatches + batches.length;

  const reader = createReader(config, policy.params, resources);
  const judge: Judge | undefined = others.reward && { scorer: createScorer(others.reward.config, others.reward.params, resources), scale: { mean: others.reward.mean, std: others.reward.std } };
  const kl = others.reference && createKlMeter(policy, others.reference, sampling.temperature, resources);
  const longest = data.prompts.reduce((n, p) => Math.max(n, p.ids.length), 1) + sampling.maxNewTokens;
  const generator = asked.length === 0 ? undefined : createGenerator(config, policy.params, { threads: resources.threads, device: resources.device, maxBatch: Math.min(batchSize, asked.length), maxLength: longest });

  let done = 0;
  let answers: AnswerNumbers[] = [];
  let text: TokenSums = { tokens: 0, loss: 0, right: 0 };

  async function* answer(): ReturnType<Algorithm['step']> {
    const first = done * batchSize;
    const prompts = asked.slice(first, first + batchSize);
    const begin = performance.now();
    const batch = await answerPrompts(prompts, { generator: generator!, sampling, stopIds: tokenizer.eosIds, rng: createRng(seed).fork(`answers ${done}`) }, { judge, kl });
    const seconds = (performance.now() - begin) / 1000;
    for (const a of batch) {
      const { reward, exactKl, k1 } = a;
      answers.push({
        ids: [...a.completion.ids],
        finished: a.completion.finished,
        ...(reward === undefined ? {} : { reward }),
        ...(exactKl === undefined ? {} : { exactKl, k1: k1! }),
      });
    }
    done++;
    const metrics = answerMetrics(batch);
    yield { type: 'step', step: done, metrics: { ...metrics, tokens_per_second: batch.reduce((n, a) => n + a.completion.ids.length, 0) / seconds } };
    yield* sampleEvents(tokenizer, batch, 0, first);
    for (const [i, a] of batch.entries()) yield { type: 'record', value: recordOf(a, Math.floor((first + i) / samples), (first + i) % samples) };
  }

  function recordOf(a: Answer, prompt: number, sample: number): JsonObject {
    return {
      prompt,
      sample,
      promptText: a.prompt.text,
      text: answerText(tokenizer, a.completion),
      tokens: a.completion.ids.length,
      finished: a.completion.finished,
      ...(a.reward === undefined ? {} : { reward: a.reward }),
      ...(a.exactKl === undefined ? {} : { exactKl: a.exactKl, k1: a.k1! }),
    };
  }

  async function* read(): ReturnType<Algorithm['step']> {
    await reader.read(text, batches[done - answerBatches]!);
    done++;
    yield { type: 'step', step: done, metrics: { perplexity: Math.exp(text.loss / text.tokens), num_tokens: text.tokens } };
  }

  function summary(): Metrics {
    const all = answers.map((a): Answer => ({ ...a, prompt: { text: '', ids: [] }, completion: { ids: a.ids, finished: a.finished, logprobs: [] } }));
    const metrics: Metrics = all.length === 0 ? {} : { answers: all.length, ...answerMetrics(all) };
    const rewards = answers.flatMap((a) => a.reward ?? []);
    if (rewards.length > 0) metrics['objective/scores_std'] = meanAndStd(rewards).std;
    return Object.assign(metrics, perplexityMetrics(text));
  }

  return {
    total,
    done: () => done,
    step: () => (done < answerBatches ? answer() : read()),
    snapshot: () => ({ tensors: {}, state: { done, answers: answers as unknown as Json, text: { ...text } } }),
    restore({ state }) {
      done = Number(state['done']);
      answers = state['answers'] as unknown as AnswerNumbers[];
      text = state['text'] as unknown as TokenSums;
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- all is measured already
    async *finish() {
      const metrics = summary();
      yield { type: 'eval', step: 0, metrics };
      return { summary: metrics };
    },
    async release() {
      await generator?.release();
      await reader.release();
      await judge?.scorer.release();
      await kl?.release();
    },
  };
}
