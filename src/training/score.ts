import { UserError } from '../base/errors';
import { uncertaintyOf } from '../domain/uncertainty';
import type { Algorithm, Resources, RewardModel } from './algorithm';
import { createScorer } from './score-model';
import { meanAndStd } from './statistics';

/** An answer as each reward model reads it: ids of prompt, answer and end, in the order of the models. */
export interface ScoredText {
  readonly promptHash: string;
  readonly hash: string;
  readonly ids: readonly (readonly number[])[];
}

/** Sums of what was scored so far; they are all that a checkpoint holds. */
interface Sums {
  answers: number;
  scores: number;
  squares: number;
  /** Prompts with two answers and more in one batch, and what the models disagree on them. */
  compared: number;
  disagreement: number;
}

/**
 * Gives answers their raw scores by several reward models. Differences of a model's raw scores are the log-odds of a
 * preference, which is what uncertainty is computed from. One step is one batch.
 */
export function createScoring(models: readonly RewardModel[], texts: readonly ScoredText[], { batchSize }: { readonly batchSize: number }, resources: Resources): Algorithm {
  if (texts.length === 0) throw new UserError('score.data', 'there is no answer to score. Generate some first.');
  const scorers = models.map((m) => createScorer(m.config, m.params, resources));
  const total = Math.ceil(texts.length / batchSize);
  let done = 0;
  let sums: Sums = { answers: 0, scores: 0, squares: 0, compared: 0, disagreement: 0 };

  return {
    total,
    done: () => done,
    async *step() {
      const batch = texts.slice(done * batchSize, (done + 1) * batchSize);
      const begin = performance.now();
      const byModel: Float64Array[] = [];
      for (const [m, scorer] of scorers.entries()) byModel.push(await scorer.score(batch.map((t) => t.ids[m]!)));
      const seconds = (performance.now() - begin) / 1000;
      const scores = batch.map((_, i) => byModel.map((s) => s[i]!));
      if (scores.some((s) => !s.every(Number.isFinite))) throw new UserError('score.numbers', 'a reward model gives scores that are not finite: its weights are damaged, or training made them grow without bound. Choose another.');
      const all = scores.flat();
      const unsure = byPrompt(batch, scores).flatMap((s) => uncertaintyOf(s) ?? []);
      sums = {
        answers: sums.answers + batch.length,
        scores: sums.scores + all.reduce((a, b) => a + b, 0),
        squares: sums.squares + all.reduce((a, b) => a + b * b, 0),
        compared: sums.compared + unsure.length,
        disagreement: sums.disagreement + unsure.reduce((a, u) => a + u.disagreement, 0),
      };
      done++;
      const metrics = { scores: meanAndStd(all).mean, answers_per_second: batch.length / seconds, ...(models.length < 2 || sums.compared === 0 ? {} : { disagreement: sums.disagreement / sums.compared }) };
      yield { type: 'step', step: done, metrics };
      for (const [i, { promptHash, hash }] of batch.entries()) yield { type: 'record', value: { v: 1, promptHash, hash, scores: scores[i]! } };
    },
    snapshot: () => ({ tensors: {}, state: { done, sums: { ...sums } } }),
    restore({ state }) {
      done = Number(state['done']);
      sums = state['sums'] as unknown as Sums;
    },
    // eslint-disable-next-line require-yield -- nothing is left to measure
    async *finish() {
      const n = sums.answers * models.length;
      const mean = sums.scores / n;
      const summary = { answers: sums.answers, models: models.length, scores: mean, scores_std: Math.sqrt(Math.max(0, sums.squares / n - mean * mean)), ...(models.length < 2 || sums.compared === 0 ? {} : { disagreement: sums.disagreement / sums.compared }) };
      return Promise.resolve({ summary });
    },
    async release() {
      for (const scorer of scorers) await scorer.release();
    },
  };
}

function byPrompt(batch: readonly ScoredText[], scores: readonly (readonly number[])[]): (readonly number[])[][] {
  const groups = new Map<string, (readonly number[])[]>();
  batch.forEach(({ promptHash }, i) => groups.set(promptHash, [...(groups.get(promptHash) ?? []), scores[i]!]));
  return [...groups.values()];
}
