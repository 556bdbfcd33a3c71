import assert from 'node:assert/strict';
import { combineMembers, type EnsembleObjective } from '../../../src/domain/ensemble-score';
import { cloneParams } from '../../../src/models/params';
import type { RewardModel } from '../../../src/training/algorithm';
import { createBestOfN } from '../../../src/training/best-of-n';
import { createEvaluation } from '../../../src/training/evaluate';
import { createJudge } from '../../../src/training/judge';
import { createPpo } from '../../../src/training/ppo';
import { scoreAfterEnd } from '../../../src/training/ppo-assess';
import type { Rollout } from '../../../src/training/ppo-metrics';
import { createScorer } from '../../../src/training/score-model';
import { allNear, near } from './near';
import { optimizer, resources, runSteps, tinyModel } from './tiny';

const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 5 };
const { tokenizer } = tinyModel('lm');
const prompts = ['say red', 'say green .', 'count', 'say a b'].map((text) => ({ text, ids: tokenizer.encode(text, { addSpecialTokens: false }), hash: text }));
const scales = [[0.1, 2], [-0.3, 0.7], [0, 1.2]] as const;
const members = scales.map(([mean, std], k): RewardModel => ({ ...tinyModel('score', 4 + k), mean, std }));
const ensemble = (of: EnsembleObjective): RewardModel => ({ ...members[0]!, ensemble: { ...of, others: members.slice(1) } });

/** Normalised scores by each member, [texts][members], each computed by itself. */
async function direct(texts: readonly (readonly number[])[]): Promise<number[][]> {
  const all: number[][] = texts.map(() => []);
  for (const { config, params, mean, std } of members) {
    const scorer = createScorer(config, params, resources);
    (await scorer.score(texts)).forEach((x, i) => all[i]!.push((x - mean) / std));
    await scorer.release();
  }
  return all;
}
const meanOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

describe('ensembles of reward models', function () {
  this.timeout(120_000);

  it('combines scores as the papers do', () => {
    // Mean 2, variance (1 + 0 + 1)/3, of the scores 1, 2, 3.
    const of = (objective: EnsembleObjective['objective'], coef: number): number => combineMembers([1, 2, 3], { objective, coef }).score;
    near(of('mean', 5), 2, 1e-12);
    near(of('uwo', 0.5), 2 - 0.5 * (2 / 3), 1e-12);
    near(of('mean-minus-std', 0.5), 2 - 0.5 * Math.sqrt(2 / 3), 1e-12);
    near(of('wco', 5), 1, 1e-12);
    near(combineMembers([1, 2, 3], { objective: 'mean', coef: 0 }).std, Math.sqrt(2 / 3), 1e-12);
    assert.deepEqual(combineMembers([4], { objective: 'uwo', coef: 1 }), { score: 4, std: 0 });
  });

  it('normalises each member by its own mean and deviation, and tells where they disagree', async () => {
    const rows = prompts.map((p) => ({ ids: p.ids, start: 1 }));
    const expected = await direct(prompts.map((p) => p.ids));
    for (const objective of ['mean', 'uwo', 'mean-minus-std', 'wco'] as const) {
      const judge = createJudge(ensemble({ objective, coef: 0.5 }), resources);
      const { rewards, spread } = await judge.score(rows);
      await judge.release();
      allNear(rewards, expected.map((s) => combineMembers(s, { objective, coef: 0.5 }).score), 1e-6);
      allNear(spread!, expected.map((s) => Math.sqrt(meanOf(s.map((x) => (x - meanOf(s)) ** 2)))), 1e-6);
    }
    const one = createJudge(members[1]!, resources);
    const { rewards, spread } = await one.score(rows);
    await one.release();
    allNear(rewards, expected.map((s) => s[1]!), 1e-6);
    assert.equal(spread, undefined);
  });

  it('is what PPO, best of n and evaluation reward by', async () => {
    const constant = { ...optimizer, schedule: 'constant' as const, warmupSteps: 0 };
    let seen: Rollout | undefined;
    const policy = tinyModel('lm');
    const ppo = createPpo(
      policy,
      ensemble({ objective: 'uwo', coef: 0.3 }),
      { train: prompts, test: [] },
      { updates: 1, batchSize: 4, miniBatches: 1, microBatchSize: 8, epochs: 1, gamma: 1, lambda: 0.95, clipRange: 0.2, valueClipRange: 0.2, valueCoef: 0.1, sampling, policyOptimizer: constant, valueOptimizer: constant, kl: { coef: 0.05, controller: 'fixed', target: 6, horizon: 1000 }, whitenAdvantages: true, whitenRewards: false, missingEosPenalty: 0.5, klEarlyStop: 0, maxKl: 1000, evalEvery: 0, seed: 11 },
      resources,
      { look: (rollout) => (seen = rollout) },
    );
    const { events } = await runSteps(ppo);
    await ppo.release();
    const byMember = await direct(seen!.rows.map((r) => r.ids));
    const combined = byMember.map((s) => combineMembers(s, { objective: 'uwo', coef: 0.3 }));
    allNear(seen!.scores, combined.map((c, i) => scoreAfterEnd(c.score, seen!.completions[i]!.finished, { missingEosPenalty: 0.5, missingEos: 'subtract' })), 1e-6);
    const step = events.find((e) => e.type === 'step');
    assert.ok(step?.type === 'step');
    near(step.metrics['objective/ensemble_std'], meanOf(combined.map((c) => c.std)), 1e-6);

    const start = tinyModel('lm');
    const arms = { best: { ...start, params: cloneParams(start.params) }, control: { ...start, params: cloneParams(start.params) } };
    const drawn = createBestOfN(start, arms, ensemble({ objective: 'wco', coef: 1 }), { train: prompts, test: [], texts: [] }, { n: 3, rounds: 1, batchSize: 12, sampling, missingEosPenalty: 0, fit: { epochs: 1, batchSize: 4, optimizer: constant }, evalSamples: 1, seed: 3 }, resources);
    const records = (await runSteps(drawn)).events.flatMap((e) => (e.type === 'record' ? [e.value] : []));
    await drawn.release();
    assert.equal(records.length, 12);
    const worst = await direct(records.map((r) => [...prompts.find((p) => p.hash === r['promptHash'])!.ids, ...(r['ids'] as number[])]));
    allNear(records.map((r) => r['reward'] as number), worst.map((s) => Math.min(...s)), 1e-6);

    const measured = createEvaluation(tinyModel('lm'), { reward: ensemble({ objective: 'mean', coef: 0 }), heldOut: members[2]! }, { prompts, texts: [] }, { samples: 2, batchSize: 8, sampling, seed: 7 }, resources);
    const apart = createEvaluation(tinyModel('lm'), { reward: members[0]!, heldOut: members[1]! }, { prompts, texts: [] }, { samples: 2, batchSize: 8, sampling, seed: 7 }, resources);
    const lines = async (algorithm: typeof measured) => (await runSteps(algorithm)).events.flatMap((e) => (e.type === 'record' ? [e.value] : []));
    const [together, single] = [await lines(measured), await lines(apart)];
    await measured.release();
    await apart.release();
    // The same seed, the same answers: the mean of the three is what each says alone.
    assert.deepEqual(together.map((l) => l['text']), single.map((l) => l['text']));
    allNear(together.map((l) => l['reward'] as number), together.map((l, i) => ((l['heldOutReward'] as number) + (single[i]!['reward'] as number) + (single[i]!['heldOutReward'] as number)) / 3), 1e-6);
  });
});
