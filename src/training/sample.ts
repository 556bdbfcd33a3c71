import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { createGenerator } from '../models/generate';
import { answerText, type AskedPrompt, type SamplingSettings } from './answers';
import type { Algorithm, Model, Resources } from './algorithm';
import { meanAndStd } from './statistics';

/**
 * Samples answers to prompts, for people to judge. All answers to a prompt are drawn in one batch.
 */
export interface SampleSettings {
  /** Answers a prompt. */
  readonly n: number;
  /** Answers at once, rounded to whole prompts. */
  readonly batchSize: number;
  readonly sampling: SamplingSettings;
  readonly seed: number;
}

/** One answer as it goes into a generation. */
export interface SampledAnswer {
  readonly text: string;
  /** False when it was cut off at its maximum length. */
  readonly finished: boolean;
}

/** `record` turns a prompt (by its place) and its answers into a line of the generations file. One step is one batch. */
export function createSampling(
  policy: Model,
  prompts: readonly AskedPrompt[],
  record: (prompt: number, answers: readonly SampledAnswer[]) => JsonObject,
  settings: SampleSettings,
  resources: Resources,
): Algorithm {
  const { tokenizer } = policy;
  const { n, sampling, seed } = settings;
  if (prompts.length === 0) throw new UserError('generate.data', 'there is no prompt to answer. Add prompts.');
  const atOnce = Math.max(1, Math.floor(settings.batchSize / n));
  const total = Math.ceil(prompts.length / atOnce);
  const longest = prompts.reduce((most, p) => Math.max(most, p.ids.length), 1) + sampling.maxNewTokens;
  const generator = createGenerator(policy.config, policy.params, { threads: resources.threads, device: resources.device, maxBatch: Math.min(atOnce, prompts.length) * n, maxLength: longest });
  let done = 0;
  let finished = 0;
  let tokens = 0;

  return {
    total,
    done: () => done,
    async *step() {
      const first = done * atOnce;
      const batch = prompts.slice(first, first + atOnce);
      const begin = performance.now();
      const asked = batch.flatMap((p) => Array.from({ length: n }, () => [...p.ids]));
      const completions = await generator.generate(asked, { ...sampling, stopIds: [...tokenizer.eosIds] }, createRng(seed).fork(`answers ${done}`));
      const seconds = (performance.now() - begin) / 1000;
      const lengths = completions.map((c) => c.ids.length);
      const sampled = lengths.reduce((a, b) => a + b, 0);
      finished += completions.filter((c) => c.finished).length;
      tokens += sampled;
      done++;
      const ended = meanAndStd(completions.map((c) => (c.finished ? 1 : 0))).mean;
      yield { type: 'step', step: done, metrics: { 'objective/eos_rate': ended, 'objective/response_length': meanAndStd(lengths).mean, tokens_per_second: sampled / seconds } };
      const answers = completions.map((c): SampledAnswer => ({ text: answerText(tokenizer, c), finished: c.finished }));
      for (const i of batch.keys()) yield { type: 'record', value: record(first + i, answers.slice(i * n, (i + 1) * n)) };
    },
    snapshot: () => ({ tensors: {}, state: { done, finished, tokens } }),
    restore({ state }) {
      done = Number(state['done']);
      finished = Number(state['finished']);
      tokens = Number(state['tokens']);
    },
    // eslint-disable-next-line require-yield -- nothing is left to measure
    async *finish() {
      const answers = prompts.length * n;
      return Promise.resolve({ summary: { prompts: prompts.length, answers, 'objective/eos_rate': finished / answers, 'objective/response_length': tokens / answers } });
    },
    release: () => generator.release(),
  };
}
