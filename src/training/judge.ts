import { combineMembers } from '../domain/ensemble-score';
import type { Resources, RewardModel } from './algorithm';
import type { RewardPart } from './reward-parts';
import type { Row } from './rows';
import { createScorer } from './score-model';

/** A reward model, or an ensemble of them, that reads whole texts; and what else counts. */
export interface Judge {
  /** Normalised rewards of answers, read at the last token; of an ensemble also the standard deviation among its members. */
  readonly score: (rows: readonly Row[]) => Promise<{ readonly rewards: Float64Array; readonly spread?: Float64Array }>;
  readonly parts: readonly RewardPart[];
  release(): Promise<void>;
}

/** Each member's scores are normalised by its own mean and deviation. Parts are released with the judge. */
export function createJudge(model: RewardModel, resources: Resources, parts: readonly RewardPart[] = []): Judge {
  const { ensemble } = model;
  const members = [model, ...(ensemble?.others ?? [])].map((m) => ({ scorer: createScorer(m.config, m.params, resources), mean: m.mean, std: m.std }));
  return {
    parts,
    async score(rows) {
      const texts = rows.map((r) => r.ids);
      const all: Float64Array[] = [];
      for (const { scorer, mean, std } of members) all.push((await scorer.score(texts)).map((x) => (x - mean) / std));
      if (ensemble === undefined) return { rewards: all[0]! };
      const found = texts.map((_, i) => combineMembers(all.map((s) => s[i]!), ensemble));
      return { rewards: Float64Array.from(found, (f) => f.score), spread: Float64Array.from(found, (f) => f.std) };
    },
    async release() {
      for (const { scorer } of members) await scorer.release();
      for (const part of parts) await part.release();
    },
  };
}
