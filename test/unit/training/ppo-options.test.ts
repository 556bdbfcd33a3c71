import assert from 'node:assert/strict';
import { cloneParams } from '../../../src/models/params';
import { createTokenizer } from '../../../src/modelio/tokenizer';
import type { AskedPrompt } from '../../../src/training/answers';
import type { Metrics, RewardModel } from '../../../src/training/algorithm';
import { createPpo, type PpoData, type PpoOptions, type PpoSettings } from '../../../src/training/ppo';
import { assess, scoreAfterEnd } from '../../../src/training/ppo-assess';
import type { RewardPart } from '../../../src/training/reward-parts';
import { textRow } from '../../../src/training/tokenize';
import { allNear, near } from './near';
import { configJson, optimizer, resources, runSteps, tinyModel, tokenizerConfigJson, tokenizerJson, type Tiny } from './tiny';

const constant = { ...optimizer, schedule: 'constant' as const, warmupSteps: 0, weightDecay: 0 };
const settings: PpoSettings = {
  ...{ updates: 2, batchSize: 8, miniBatches: 2, microBatchSize: 8, epochs: 2, gamma: 1, lambda: 0.95, clipRange: 0.2, valueClipRange: 0.2, valueCoef: 0.1 },
  sampling: { temperature: 0.8, topK: 0, topP: 1, maxNewTokens: 6 },
  policyOptimizer: constant,
  valueOptimizer: constant,
  kl: { coef: 0.05, controller: 'fixed', target: 6, horizon: 1000 },
  ...{ whitenAdvantages: true, whitenRewards: false, missingEosPenalty: 0.5, klEarlyStop: 0, maxKl: 1000, evalEvery: 1, seed: 11 },
};
const { tokenizer } = tinyModel('lm');
const asked = (text: string): AskedPrompt => ({ text, ids: tokenizer.encode(text, { addSpecialTokens: false }) });
const prompts = ['say red', 'say green .', 'count', 'say a b', 'please say one', 'count two'].map(asked);
const data: PpoData = { train: prompts, test: prompts.slice(0, 3), ptx: ['one red good .', 'a bad one', 'red red .', 'two three'].map((text) => textRow(tokenizer, text)) };
const judge = (): RewardModel => ({ ...tinyModel('score', 4), mean: 0.1, std: 2 });

async function run(changed: Partial<PpoSettings>, { policy = tinyModel('lm'), reward = judge(), ...options }: PpoOptions & { policy?: Tiny; reward?: RewardModel } = {}) {
  const algorithm = createPpo(policy, reward, data, { ...settings, ...changed }, resources, options);
  try {
    const { events, outcome } = await runSteps(algorithm);
    return { params: policy.params.data, summary: outcome!.summary, total: algorithm.total, warnings: events.flatMap((e) => (e.type === 'warning' ? [e.message] : [])), steps: events.flatMap((e): Metrics[] => (e.type === 'step' ? [e.metrics] : [])), evals: events.flatMap((e): Metrics[] => (e.type === 'eval' ? [e.metrics] : [])) };
  } finally {
    await algorithm.release();
  }
}

/** Everything on. */
const everything: Partial<PpoSettings> = {
  ...{ updates: 4, scoreAt: 'afterEos', missingEos: 'set', whitenRewards: true, whitenScope: 'minibatch', whitenVariance: 'population', criticInit: 'zero-head', criticWarmup: 1, ratioSkip: 10, guard: 'rollback' },
  policyOptimizer: { ...constant, style: 'tensorflow' },
  ptx: { coef: 0.3, batchSize: 3 },
  kl: { coef: 0.1, controller: 'adaptive', target: 1, horizon: 100, lossCoef: 0.1, lossEstimator: 'k2' },
};

describe('ppo, its options', function () {
  this.timeout(120_000);

  it('makes the same update in micro-batches of 1 and of 8, to 1e-6', async () => {
    // With an ε of 1e-2 a step is a smooth function of its gradient; at 1e-8 a gradient that is nothing but rounding moves a weight by its sign.
    const smooth = { ...constant, eps: 1e-2 };
    const updated = async (microBatchSize: number): Promise<Float32Array> =>
      (await run({ updates: 1, microBatchSize, policyOptimizer: smooth, valueOptimizer: smooth, scoreAt: 'afterEos', ptx: { coef: 0.3, batchSize: 3 } })).params;
    const [one, eight, start] = [await updated(1), await updated(8), tinyModel('lm').params.data];
    allNear(one, eight, 1e-6);
    assert.ok(one.some((x, i) => Math.abs(x - start[i]!) > 1e-3), 'the update moved something');
  });

  it('does not look at the pad id: the same bits when it is the id of the end', async () => {
    const padded = createTokenizer({ folder: 'tiny', tokenizer: tokenizerJson, tokenizerConfig: { ...tokenizerConfigJson, pad_token: '</s>' }, specialTokensMap: {}, generationConfig: {}, config: configJson, chatTemplate: undefined });
    assert.equal(padded.padId, tokenizer.eosIds[0]);
    const [with_, without] = [await run({}, { policy: { ...tinyModel('lm'), tokenizer: padded }, reward: { ...judge(), tokenizer: padded } }), await run({})];
    assert.deepEqual(with_.params, without.params);
    assert.ok(without.steps.some((m) => m['val/num_eos_tokens']! > 0));
  });

  it('goes on from a snapshot bit for bit with everything on', async () => {
    const whole = tinyModel('lm');
    await run(everything, { policy: whole });
    const first = createPpo(tinyModel('lm'), judge(), data, { ...settings, ...everything }, resources);
    await runSteps(first, 2);
    const { tensors, state } = await first.snapshot();
    assert.ok(tensors['best.weights'] !== undefined);
    const resumed = tinyModel('lm');
    const second = createPpo(resumed, judge(), data, { ...settings, ...everything }, resources);
    second.restore({ tensors, state: JSON.parse(JSON.stringify(state)) as typeof state });
    await runSteps(second);
    await first.release();
    await second.release();
    assert.deepEqual(resumed.params.data, whole.params.data);
  });

  it('lets the critic alone learn at first', async () => {
    const critic = { config: judge().config, params: cloneParams(judge().params) };
    const { params, steps } = await run({ updates: 2, criticWarmup: 2 }, { critic });
    assert.deepEqual(params, tinyModel('lm').params.data);
    near(steps[1]!['val/ratio'], 1, 1e-4);
    assert.ok(critic.params.data.some((x, i) => x !== judge().params.data[i]));
    assert.notDeepEqual((await run({ updates: 2, criticWarmup: 1 })).params, tinyModel('lm').params.data);
  });

  it('starts the critic with the reward model, or with a head of zeros', async () => {
    const first = async (criticInit: 'reward' | 'zero-head'): Promise<readonly Float64Array[]> => {
      const values: Float64Array[] = [];
      await run({ updates: 1, criticInit }, { look: (rollout) => values.push(...rollout.values) });
      return values;
    };
    assert.ok((await first('zero-head')).every((row) => row.every((v) => v === 0)));
    assert.ok((await first('reward')).some((row) => row.some((v) => Math.abs(v) > 0.01)));
  });

  it('keeps plain text likelier with a pretraining mix', async () => {
    const [without, mixed] = [await run({ updates: 6, ptx: { coef: 0, batchSize: 0 } }), await run({ updates: 6, ptx: { coef: 2, batchSize: 4 } })];
    assert.equal(without.steps[0]!['loss/ptx'], undefined);
    assert.ok(mixed.steps.at(-1)!['loss/ptx']! < mixed.steps[0]!['loss/ptx']! - 0.3, mixed.steps.map((m) => m['loss/ptx']!.toFixed(2)).join(' '));
    await assert.rejects(async () => { await runSteps(createPpo(tinyModel('lm'), judge(), { ...data, ptx: [] }, { ...settings, ptx: { coef: 1, batchSize: 0 } }, resources)); }, /no texts for the pretraining mix/);
  });

  it('leaves out mini-batches whose ratio is too large', async () => {
    // The first ratio is 1: above the bound, so that nothing ever moves.
    const { steps, params } = await run({ updates: 1, ratioSkip: 0.99 });
    assert.equal(steps[0]!['policy/skipped'], 1);
    assert.deepEqual(params, tinyModel('lm').params.data);
    const free = await run({ updates: 1, ratioSkip: 100 });
    assert.equal(free.steps[0]!['policy/skipped'], undefined);
    assert.deepEqual(free.params, (await run({ updates: 1 })).params);
  });

  it('goes back to the best evaluation when a guard trips, and says so', async () => {
    const wild = { updates: 30, maxKl: 0.5, kl: { ...settings.kl, coef: 0 }, policyOptimizer: { ...constant, learningRate: 0.03 }, guard: 'rollback' as const };
    const { summary, warnings, total, evals, steps } = await run(wild);
    assert.ok(total < 30 && total === steps.length);
    assert.match(warnings[0]!, /^PPO stopped at update \d+: the KL divergence .* The run ends here, with the weights of step \d+, whose evaluation was the best \(reward -?\d/);
    const to = summary['guard/rolled_back_to']!;
    const allowed = evals.slice(0, -1).filter((m) => m['objective/exact_kl']! <= 0.5).map((m) => m['objective/scores']!);
    // The last evaluation is that of the weights that were put back: the numbers it had then.
    near(evals.at(-1)!['objective/scores'], Math.max(...allowed), 1e-6);
    near(evals[to]!['objective/scores'], Math.max(...allowed), 1e-12);
    await assert.rejects(run({ ...wild, guard: 'stop' }), /PPO stopped at update/);
    assert.throws(() => createPpo(tinyModel('lm'), judge(), { ...data, test: [] }, { ...settings, guard: 'rollback' }, resources), /no prompts to evaluate on/);
  });

  it('adds the other parts of a reward, and logs each', async () => {
    const length: RewardPart = { name: 'program', score: (_p, completions) => Promise.resolve(Float64Array.from(completions, (c) => -c.ids.length / 10)), release: () => Promise.resolve() };
    const { steps, evals } = await run({ updates: 1, missingEosPenalty: 0 }, { parts: [length] });
    for (const m of [steps[0]!, evals[0]!]) {
      near(m['objective/scores'], m['objective/scores_preference']! + m['objective/scores_program']!, 1e-9);
      near(m['objective/scores_program'], -m['objective/response_length']! / 10, 1e-9);
    }
    assert.equal((await run({ updates: 1 })).steps[0]!['objective/scores_preference'], undefined);
  });

  it('sets or subtracts where an answer has no end', () => {
    near(scoreAfterEnd(0.7, false, { missingEosPenalty: 1 }), -0.3, 1e-12);
    near(scoreAfterEnd(0.7, false, { missingEosPenalty: 1, missingEos: 'set' }), -1, 0);
    near(scoreAfterEnd(0.7, true, { missingEosPenalty: 1, missingEos: 'set' }), 0.7, 0);
  });

  it('places the score: after the end it reaches the last token through the value there, discounted by λ', () => {
    const rollout = { logProbs: [Float64Array.of(-1, -2)], refLogProbs: [Float64Array.of(-1, -2)], scores: [1], rows: [], criticRows: [], completions: [], parts: {}, seconds: 0 };
    const how = { gamma: 1, lambda: 0.95, whitenAdvantages: false, whitenRewards: false };
    const last = assess({ ...rollout, values: [Float64Array.of(0, 0.5)] }, [0], 0.1, how);
    allNear(last.advantages[0]!, [0.5 + 0.95 * 0.5, 0.5], 1e-12);
    const after = assess({ ...rollout, values: [Float64Array.of(0, 0.5, 0.8)] }, [0], 0.1, how);
    const end = 0.8 - 0.5 + 0.95 * (1 - 0.8);
    allNear(after.advantages[0]!, [0.5 + 0.95 * end, end], 1e-12);
    near(after.returns[0]![2], 1, 1e-12);
  });
});
