import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { uncertaintyOf } from '../domain/uncertainty';
import { createGenerator } from '../models/generate';
import type { Algorithm, Model, Resources, RewardModel } from './algorithm';
import { answerText, type AskedPrompt, type SamplingSettings } from './answers';
import type { SampledAnswer } from './sample';
import { createScorer } from './score-model';
import { meanAndStd } from './statistics';

/** A model that answers, and how many answers to each prompt are its. */
export interface Author {
  readonly model: Model;
  readonly n: number;
}

export interface NextRoundSettings {
  /** Answers at once, rounded to whole prompts. */
  readonly batchSize: number;
  readonly sampling: SamplingSettings;
  readonly seed: number;
}

/** An answer of an author, with its raw score by each reward model; undefined where one cannot read it. */
export interface AuthoredAnswer extends SampledAnswer {
  readonly author: number;
  readonly scores?: readonly number[] | undefined;
}

/**
 * Answers for the next round of labeling: a tuned model and the one it started from answer the same prompts, side by side in one item, and
 * reward models score what they wrote, so that what they are unsure about can be asked first. One step is one batch of prompts; `read` gives
 * the ids of an answer as each reward model reads it, `record` a line of the result from the place of a prompt and its answers.
 */
export function createNextRound(
  authors: readonly Author[],
  models: readonly RewardModel[],
  prompts: readonly AskedPrompt[],
  read: (prompt: number, text: string) => readonly (readonly number[])[] | undefined,
  record: (prompt: number, answers: readonly AuthoredAnswer[]) => JsonObject,
  settings: NextRoundSettings,
  resources: Resources,
): Algorithm {
  const { sampling, seed } = settings;
  if (prompts.length === 0) throw new UserError('generate.data', 'there is no prompt to answer. Add prompts.');
  const each = authors.reduce((n, a) => n + a.n, 0);
  const atOnce = Math.max(1, Math.floor(settings.batchSize / each));
  const total = Math.ceil(prompts.length / atOnce);
  const longest = prompts.reduce((most, p) => Math.max(most, p.ids.length), 1) + sampling.maxNewTokens;
  const generators = authors.map(({ model, n }) => createGenerator(model.config, model.params, { threads: resources.threads, device: resources.device, maxBatch: Math.min(atOnce, prompts.length) * n, maxLength: longest }));
  const scorers = models.map((m) => createScorer(m.config, m.params, resources));
  let done = 0;
  /** Sums over answers by author, and over prompts. */
  let sums = { finished: authors.map(() => 0), tokens: authors.map(() => 0), scores: authors.map(() => 0), scored: authors.map(() => 0), closeness: 0, disagreement: 0, known: 0 };

  async function scoresOf(first: number, batch: readonly AskedPrompt[], texts: readonly (readonly string[])[]): Promise<((readonly number[]) | undefined)[][]> {
    const places = batch.flatMap((_, b) => texts[b]!.flatMap((text, a) => (models.length === 0 ? [] : [{ b, a, ids: read(first + b, text) }])));
    const readable = places.filter((p) => p.ids !== undefined);
    const byModel: Float64Array[] = [];
    for (const [m, scorer] of scorers.entries()) byModel.push(await scorer.score(readable.map((p) => p.ids![m]!)));
    const found = texts.map((own) => own.map((): readonly number[] | undefined => undefined));
    readable.forEach(({ b, a }, i) => (found[b]![a] = byModel.map((s) => s[i]!)));
    if (found.flat(2).some((s) => s !== undefined && !Number.isFinite(s))) throw new UserError('score.numbers', 'a reward model gives scores that are not finite: its weights are damaged, or training made them grow without bound. Choose another.');
    return found;
  }

  return {
    total,
    done: () => done,
    async *step() {
      const first = done * atOnce;
      const batch = prompts.slice(first, first + atOnce);
      const begin = performance.now();
      const byPrompt: { author: number; text: string; finished: boolean; tokens: number }[][] = batch.map(() => []);
      for (const [author, { model, n }] of authors.entries()) {
        const completions = await generators[author]!.generate(batch.flatMap((p) => Array.from({ length: n }, () => [...p.ids])), { ...sampling, stopIds: [...model.tokenizer.eosIds] }, createRng(seed).fork(`answers ${author} ${done}`));
        completions.forEach((c, i) => byPrompt[Math.floor(i / n)]!.push({ author, text: answerText(model.tokenizer, c), finished: c.finished, tokens: c.ids.length }));
      }
      const scores = await scoresOf(first, batch, byPrompt.map((own) => own.map((a) => a.text)));
      const seconds = (performance.now() - begin) / 1000;
      sums = structuredClone(sums);
      const answers = byPrompt.map((own, b) => own.map((a, i): AuthoredAnswer => ({ author: a.author, text: a.text, finished: a.finished, scores: scores[b]![i] })));
      byPrompt.forEach((own, b) => {
        own.forEach((a, i) => {
          sums.finished[a.author]! += a.finished ? 1 : 0;
          sums.tokens[a.author]! += a.tokens;
          const s = scores[b]![i];
          if (s === undefined) return;
          sums.scores[a.author]! += meanAndStd(s).mean;
          sums.scored[a.author]!++;
        });
        const known = scores[b]!.filter((s) => s !== undefined);
        const unsure = known.length === own.length ? uncertaintyOf(known) : undefined;
        if (unsure === undefined) return;
        sums.closeness += unsure.closeness;
        sums.disagreement += unsure.disagreement;
        sums.known++;
      });
      done++;
      const all = byPrompt.flat();
      yield { type: 'step', step: done, metrics: { 'objective/eos_rate': meanAndStd(all.map((a) => (a.finished ? 1 : 0))).mean, 'objective/response_length': meanAndStd(all.map((a) => a.tokens)).mean, tokens_per_second: all.reduce((n, a) => n + a.tokens, 0) / seconds, ...(sums.known === 0 ? {} : { closeness: sums.closeness / sums.known }) } };
      for (const b of batch.keys()) yield { type: 'record', value: record(first + b, answers[b]!) };
    },
    snapshot: () => ({ tensors: {}, state: { done, sums } }),
    restore({ state }) {
      done = Number(state['done']);
      sums = state['sums'] as unknown as typeof sums;
    },
    // eslint-disable-next-line require-yield -- nothing is left to measure
    async *finish() {
      const summary: Record<string, number> = { prompts: prompts.length, answers: prompts.length * each };
      authors.forEach(({ n }, a) => {
        const suffix = a === 0 ? '' : '/beside';
        summary[`objective/eos_rate${suffix}`] = sums.finished[a]! / (prompts.length * n);
        summary[`objective/response_length${suffix}`] = sums.tokens[a]! / (prompts.length * n);
        if (sums.scored[a]! > 0) summary[`scores${suffix}`] = sums.scores[a]! / sums.scored[a]!;
      });
      if (sums.known > 0) Object.assign(summary, { closeness: sums.closeness / sums.known, ...(models.length > 1 ? { disagreement: sums.disagreement / sums.known } : {}) });
      return Promise.resolve({ summary });
    },
    async release() {
      for (const part of [...generators, ...scorers]) await part.release();
    },
  };
}
