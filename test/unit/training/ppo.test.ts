import assert from 'node:assert/strict';
import { cloneParams } from '../../../src/models/params';
import type { AskedPrompt } from '../../../src/training/answers';
import { createEvaluation } from '../../../src/training/evaluate';
import { createPpo, type PpoSettings } from '../../../src/training/ppo';
import { createRewardTrainer } from '../../../src/training/reward';
import { tokenizeComparisons } from '../../../src/training/comparisons';
import type { Metrics, RewardModel } from '../../../src/training/algorithm';
import { textRow } from '../../../src/training/tokenize';
import { allNear, near } from './near';
import { optimizer, resources, runSteps, tinyModel, type Tiny } from './tiny';

const constant = { ...optimizer, schedule: 'constant' as const, warmupSteps: 0, weightDecay: 0 };
const settings: PpoSettings = {
  updates: 3,
  batchSize: 16,
  miniBatches: 1,
  microBatchSize: 16,
  epochs: 2,
  sampling: { temperature: 0.8, topK: 0, topP: 1, maxNewTokens: 6 },
  policyOptimizer: constant,
  valueOptimizer: constant,
  kl: { coef: 0.05, controller: 'fixed', target: 6, horizon: 1000 },
  gamma: 1,
  lambda: 0.95,
  clipRange: 0.2,
  valueClipRange: 0.2,
  valueCoef: 0.1,
  whitenAdvantages: true,
  whitenRewards: false,
  missingEosPenalty: 0.5,
  klEarlyStop: 0,
  maxKl: 100,
  evalEvery: 0,
  seed: 11,
};
const { tokenizer } = tinyModel('lm');
const asked = (text: string): AskedPrompt => ({ text, ids: tokenizer.encode(text, { addSpecialTokens: false }) });
const prompts = ['say red', 'say green .', 'count', 'say a b', 'please say one', 'count two', 'say blue', 'count a'].map(asked);
const data = { train: prompts, test: prompts.slice(0, 4) };

/** Likes "good" and dislikes "bad". */
async function rewardModel(): Promise<RewardModel> {
  const model = tinyModel('score', 4);
  const words = ['good', 'bad', 'red', 'one', 'a', '.'];
  const examples = Array.from({ length: 60 }, (_, i) => {
    const filler = `${words[2 + (i % 4)]!} ${words[2 + ((i * 7) % 4)]!}`;
    return { prompt: prompts[i % 8]!.text, responses: [`${filler} good`, `bad ${filler}`, filler].map((r, k) => (i % 3 === k ? `${r} ${filler}` : r)), pairs: [[0, 1], [0, 2], [2, 1]].map(([a, b]) => ({ i: a!, j: b!, p: 1, weight: 1 / 3, labeler: 'x' })) };
  });
  const { comparisons } = tokenizeComparisons(tokenizer, examples, 32);
  const trainer = createRewardTrainer(model, { train: comparisons, test: [] }, { epochs: 6, batchSize: 8, optimizer, labelNoise: 0, centering: 0.01, evalEvery: 0, seed: 1 }, resources);
  const { outcome } = await runSteps(trainer);
  await trainer.release();
  return { ...model, ...outcome!.scores! };
}

async function ppo(policy: Tiny, reward: RewardModel, changed: Partial<PpoSettings> = {}, cells = 8192) {
  const algorithm = createPpo(policy, { ...reward, params: cloneParams(reward.params) }, data, { ...settings, ...changed }, { ...resources, maxCells: cells });
  const { events, outcome } = await runSteps(algorithm);
  await algorithm.release();
  const steps = events.flatMap((e): Metrics[] => (e.type === 'step' ? [e.metrics] : []));
  const evals = events.flatMap((e): Metrics[] => (e.type === 'eval' ? [e.metrics] : []));
  return { events, outcome: outcome!, steps, evals };
}

describe('ppo', function () {
  this.timeout(120_000);
  let reward: RewardModel;
  before(async () => (reward = await rewardModel()));

  it('raises the reward at a bounded KL divergence', async () => {
    const policy = tinyModel('lm');
    const { evals, steps, events } = await ppo(policy, reward, { updates: 25, batchSize: 32 });
    const [first, last] = [evals[0]!, evals.at(-1)!];
    const mean = (of: readonly Metrics[]): number => of.reduce((sum, m) => sum + m['objective/scores']!, 0) / of.length;
    assert.ok(mean(steps.slice(-3)) > mean(steps.slice(0, 3)) + 0.6, steps.map((m) => m['objective/scores']!.toFixed(2)).join(' '));
    assert.ok(last['objective/scores']! > first['objective/scores']!);
    near(first['objective/exact_kl'], 0, 1e-6);
    assert.ok(last['objective/exact_kl']! > 0.05 && last['objective/exact_kl']! < 30, String(last['objective/exact_kl']));
    near(steps[0]!['objective/kl'], 0, 1e-4);
    near(steps[0]!['val/ratio'], 1, 0.2);
    assert.ok(steps.at(-1)!['val/var_explained']! > steps[0]!['val/var_explained']!);
    const samples = events.filter((e) => e.type === 'sample');
    assert.equal(samples.length, 2 * data.test.length);
    assert.ok(samples.every((s) => s.reward !== undefined && s.kl !== undefined && !s.text.includes('</s>')));
  });

  it('measures the alignment tax: the same perplexity as an evaluation of the model before and after', async () => {
    const texts = ['one red good .', 'a bad one', 'red red .'].map((text) => textRow(tokenizer, text));
    const policy = tinyModel('lm');
    const perplexity = async (): Promise<number> => {
      const evaluation = createEvaluation(policy, {}, { prompts: [], texts }, { samples: 1, batchSize: 2, sampling: settings.sampling, seed: 0 }, resources);
      const { outcome } = await runSteps(evaluation);
      await evaluation.release();
      return outcome!.summary['perplexity']!;
    };
    const before = await perplexity();
    const algorithm = createPpo(policy, { ...reward, params: cloneParams(reward.params) }, { ...data, texts }, { ...settings, updates: 2 }, resources);
    const { outcome } = await runSteps(algorithm);
    await algorithm.release();
    near(outcome!.summary['perplexity/before'], before, 1e-4 * before);
    near(outcome!.summary['perplexity/after'], await perplexity(), 1e-4 * before);
    assert.notEqual(outcome!.summary['perplexity/before'], outcome!.summary['perplexity/after']);
  });

  it('logs what TRL logs, consistently', async () => {
    const { steps } = await ppo(tinyModel('lm'), reward);
    for (const m of steps) {
      near(m['objective/non_score_reward'], -m['objective/kl_coef']! * m['objective/kl']!, 1e-9);
      near(m['objective/rlhf_reward'], m['objective/scores']! + m['objective/non_score_reward']!, 1e-9);
      near(m['val/num_eos_tokens']! / settings.batchSize, m['objective/eos_rate']!, 1e-12);
      assert.ok(m['objective/entropy']! > 0 && m['policy/entropy_avg']! > 0 && m['policy/entropy_avg']! <= Math.log(20));
    }
    assert.deepEqual(steps.map((m) => m['episode']), [16, 32, 48]);
  });

  it('gives the same numbers whatever the micro-batch', async () => {
    const outcomes: { params: Float32Array; steps: Metrics[] }[] = [];
    for (const microBatchSize of [1, 8, 16]) {
      const policy = tinyModel('lm');
      // One optimizer step an update: after it, rounding may sample another token.
      const { steps } = await ppo(policy, reward, { microBatchSize, updates: 1, epochs: 1, miniBatches: 1 });
      outcomes.push({ params: policy.params.data, steps });
    }
    for (const other of outcomes.slice(1)) {
      for (const name of ['loss/policy_avg', 'loss/value_avg', 'policy/grad_norm', 'val/grad_norm', 'policy/entropy_avg', 'val/var_explained']) {
        near(other.steps[0]![name], outcomes[0]!.steps[0]![name]!, 1e-5 * Math.max(1, Math.abs(outcomes[0]!.steps[0]![name]!)));
      }
      allNear(other.params, outcomes[0]!.params, 2e-3);
    }
  });

  it('goes on from a snapshot as if nothing had happened, bit for bit', async () => {
    const changed = { updates: 4, miniBatches: 2, kl: { ...settings.kl, controller: 'adaptive' as const }, evalEvery: 2 };
    const whole = tinyModel('lm');
    const one = await ppo(whole, reward, changed);
    const first = createPpo(tinyModel('lm'), reward, data, { ...settings, ...changed }, resources);
    await runSteps(first, 2);
    const { tensors, state } = await first.snapshot();
    const resumed = tinyModel('lm');
    const second = createPpo(resumed, reward, data, { ...settings, ...changed }, resources);
    second.restore({ tensors, state: JSON.parse(JSON.stringify(state)) as typeof state });
    const { outcome } = await runSteps(second);
    await first.release();
    await second.release();
    assert.deepEqual(resumed.params.data, whole.params.data);
    const timeless = (m: Metrics) => Object.entries(m).filter(([k]) => !/second|^eps$/.test(k));
    assert.deepEqual(timeless(outcome!.summary), timeless(one.outcome.summary));
  });

  it('subtracts the penalty from answers that did not end, and only from those', async () => {
    const none = await ppo(tinyModel('lm'), reward, { updates: 1, missingEosPenalty: 0 });
    const some = await ppo(tinyModel('lm'), reward, { updates: 1, missingEosPenalty: 2 });
    const share = 1 - none.steps[0]!['objective/eos_rate']!;
    assert.ok(share > 0);
    near(none.steps[0]!['objective/scores']! - some.steps[0]!['objective/scores']!, 2 * share, 1e-6);
  });

  it('ends an update\'s epochs early when the policy moved too far', async () => {
    const far = await ppo(tinyModel('lm'), reward, { updates: 1, epochs: 8, policyOptimizer: { ...constant, learningRate: 0.05 } });
    const near_ = await ppo(tinyModel('lm'), reward, { updates: 1, epochs: 8, policyOptimizer: { ...constant, learningRate: 0.05 }, klEarlyStop: 0.001 });
    assert.ok(near_.steps[0]!['policy/approxkl_avg']! < far.steps[0]!['policy/approxkl_avg']!);
  });

  it('stops when the KL divergence leaves its bound, and says so', async () => {
    const run = ppo(tinyModel('lm'), reward, { updates: 30, maxKl: 0.05, kl: { ...settings.kl, coef: 0 }, policyOptimizer: { ...constant, learningRate: 0.05 } });
    await assert.rejects(run, (e: Error & { code?: string }) => e.code === 'guard.kl' && /PPO stopped at update \d+: the KL divergence/.test(e.message));
  });
});
