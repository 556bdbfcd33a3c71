import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { createGenerator, type Generator } from '../models/generate';
import { withoutAdapter, type Net } from '../models/lora';
import { cloneParams, view } from '../models/params';
import { answerMetrics, answerPrompts, answerRowOf, judgeAnswers, sampleEvents } from './answers';
import type { Algorithm, Metrics, Model, Resources, RewardModel, TrainingEvent } from './algorithm';
import { endlessOrder, evenParts } from './batching';
import { createKlMeter } from './exact-kl';
import { createJudge } from './judge';
import { nextKlCoef } from './kl';
import { trainingPasses } from './passes';
import { createReader, perplexityMetrics, textBatches } from './perplexity';
import { assess, episodeKl, scoreAfterEnd, type Assessment } from './ppo-assess';
import { bestWeights } from './ppo-best';
import { logProbGraph, valueGraph } from './ppo-graphs';
import { checkGates, checkGuards, freshGuards, largestDifference, type GuardState } from './ppo-guards';
import { improve, type Learner } from './ppo-improve';
import { updateMetrics, type MiniBatchNumbers, type Rollout } from './ppo-metrics';
import type { PpoData, PpoSettings } from './ppo-settings';
import type { RewardPart } from './reward-parts';
import { mapTokens, type PackedRows, type Row } from './rows';
import { learningRateAt } from './schedule';
import { sessionCache } from './sessions';
import { meanAndStd } from './statistics';
import { trainable, weightFeeds, type WeightFeeds } from './trainable';

export type { PpoData, PpoSettings } from './ppo-settings';

/** What may be brought along instead of being made here. */
export interface PpoOptions {
  /** A copy of the reward model, or an adapter on it; a copy is made when left out. */
  readonly critic?: Net;
  /** Added to the reward model's score. Released with the run. */
  readonly parts?: readonly RewardPart[];
  /** Who answers; made from the policy when left out. Its log-probabilities must be the policy's. */
  readonly generator?: Generator;
  /** Is shown each update's episodes and what was made of them, before weights move. */
  readonly look?: (rollout: Rollout, assessment: Assessment) => void;
}

/**
 * Proximal policy optimisation of a language model against a reward model, with a penalty on the KL divergence from where
 * it started. Names in comments: LHP is https://github.com/openai/lm-human-preferences/tree/cbfd210, N+ is
 * https://github.com/vwxyzjn/summarize_from_feedback_details/tree/ee77a9a, TRL is
 * https://github.com/huggingface/trl/blob/f2cd577/trl/experimental/ppo/ppo_trainer.py.
 *
 * Trains `policy.params` in place: all of them, or the adapter that is on them, when the reference is the model beneath. The reward model is
 * left as it is; both must have the same tokenizer. The critic starts as the reward model.
 */
export function createPpo(policyModel: Model, reward: RewardModel, data: PpoData, settings: PpoSettings, resources: Resources, options: PpoOptions = {}): Algorithm {
  const { config, tokenizer } = policyModel;
  const { updates, batchSize, sampling, seed, epochs, miniBatches: perEpoch } = settings;
  const { temperature } = sampling;
  if (data.train.length === 0) throw new UserError('ppo.data', 'there is no prompt to train on. Add prompts, or put fewer aside for evaluation.');
  const evalPrompts = data.test;
  const ptxTexts = (settings.ptx?.coef ?? 0) > 0 ? (data.ptx ?? []) : [];
  if (ptxTexts.length === 0 && (settings.ptx?.coef ?? 0) > 0) throw new UserError('ppo.ptx', 'ptx.coef is above 0, but there are no texts for the pretraining mix. Name a file of texts, or set ptx.coef to 0.');
  if (settings.guard === 'rollback' && evalPrompts.length === 0) throw new UserError('ppo.guard', 'guard "rollback" goes back to the weights of the best evaluation, but there are no prompts to evaluate on. Raise evalPrompts, or choose guard "stop".');

  // Four models: the actor, the reference it started from, the reward model, and the critic, which starts as the reward model (N+).
  const actor: Learner = { net: policyModel, trained: trainable('policy', policyModel.params, settings.policyOptimizer, resources), passes: trainingPasses(config, resources) };
  const reference = config.lora === undefined ? { config, params: cloneParams(policyModel.params) } : withoutAdapter(policyModel);
  const scale = { mean: reward.mean, std: reward.std };
  const criticNet = options.critic ?? { config: reward.config, params: cloneParams(reward.params) };
  if (settings.criticInit === 'zero-head') view(criticNet.params, 'score.weight').fill(0);
  // With the reward model's head and scale, values start as expected normalised rewards; with a head of zeros, at zero.
  const criticScale = settings.criticInit === 'zero-head' ? { mean: 0, std: 1 } : scale;
  const critic: Learner = { net: criticNet, trained: trainable('critic', criticNet.params, settings.valueOptimizer, resources), passes: trainingPasses(criticNet.config, resources) };
  const judge = createJudge(reward, resources, options.parts);
  const referenceWeights = weightFeeds(reference.params, resources.device);
  const best = settings.guard === 'rollback' ? bestWeights('policy', actor.trained, settings.maxKl) : undefined;

  /** The base of the policy is blocks of few bits: what generates multiplies them in rounded numbers, what trains in exact ones. */
  const roundedRollouts = [...(config.stored?.values() ?? [])].some((s) => s.kind === 'blocks');
  const limits = { maxCells: resources.maxCells, maxRows: settings.microBatchSize };
  const sessions = sessionCache(resources);
  const klMeter = createKlMeter(policyModel, reference, temperature, resources);
  const longest = [...data.train, ...data.test].reduce((n, p) => Math.max(n, p.ids.length), 1) + sampling.maxNewTokens;
  const generator = options.generator ?? createGenerator(config, policyModel.params, { threads: resources.threads, device: resources.device, maxBatch: Math.max(batchSize, Math.min(64, evalPrompts.length)), maxLength: longest });
  let generatorIsStale = false;
  const reader = createReader(config, policyModel.params, resources);
  const readings = textBatches(data.texts ?? [], resources.maxCells, settings.batchSize);

  let done = 0;
  let klCoef = settings.kl.coef;
  let guards: GuardState = freshGuards;
  let last: Metrics = {};
  /** Of the last evaluation, and of the one before the first update. */
  let evaluated: Metrics = {};
  let before: Metrics = {};
  let actorIsUntouched = true;
  /** A guard has put the best weights back, and the run ends with them. */
  let rolledBack = false;

  // Prompts and texts without replacement: every epoch over them in an order of its own, a function of the seed alone.
  const prompts = endlessOrder(data.train, seed, 'prompts');
  const texts = endlessOrder(ptxTexts, seed, 'ptx');

  async function freshGenerator(): Promise<Generator> {
    if (generatorIsStale) {
      await actor.trained.sync();
      await generator.update(policyModel.params);
    }
    generatorIsStale = false;
    return generator;
  }

  /** A forward pass with a result a counted token, over all rows. */
  const perToken = (rows: readonly Row[], name: string, weights: WeightFeeds, build: (shape: PackedRows['shape']) => ReturnType<typeof valueGraph>, result: string): Promise<Float64Array[]> =>
    mapTokens(rows, limits, async (packed) => {
      const session = await sessions.get(`${name} ${packed.key}`, () => build(packed.shape));
      return (await session.run({ ...weights, ids: packed.ids, index: packed.index, targets: packed.targets }))[result] as Float32Array;
    });
  const logProbsOf = (rows: readonly Row[], net: Net, weights: WeightFeeds): Promise<Float64Array[]> =>
    // Without an adapter both models have the same graph.
    perToken(rows, net.config.lora === undefined ? 'logProb' : 'adapted logProb', weights, (shape) => logProbGraph(net.config, shape, temperature), 'logProb');

  // 1. The policy answers; reward model, reference and critic read what it wrote.
  async function rollOut(): Promise<Rollout> {
    const asked = prompts(done * batchSize, batchSize);
    const begin = performance.now();
    const completions = await (await freshGenerator()).generate(
      asked.map((p) => [...p.ids]),
      { ...sampling, stopIds: [...tokenizer.eosIds] },
      createRng(seed).fork(`answers ${done}`),
    );
    const seconds = (performance.now() - begin) / 1000;
    // Weights are about to change, and memory is short when models learn.
    await generator.rest();
    generatorIsStale = true;
    const rows = completions.map((c, i) => answerRowOf(asked[i]!, c));
    // TRL and N+ put the score on the first pad, where an answer leaves room for one: the critic is then asked for the value after the end, too.
    const criticRows = settings.scoreAt === 'afterEos' ? rows.map((row, i) => (completions[i]!.ids.length < sampling.maxNewTokens ? { ...row, ids: [...row.ids, row.ids.at(-1)!] } : row)) : rows;
    const { total, parts, spread } = await judgeAnswers(judge, asked, completions);
    return {
      ...{ rows, criticRows, completions, seconds, parts },
      ...(spread === undefined ? {} : { spread }),
      scores: completions.map((c, i) => scoreAfterEnd(total[i]!, c.finished, settings)),
      // Generation runs the same weights at the same temperature, so that its log-probabilities are the old ones; the gates check it. Where it rounds
      // them, the old ones are those of the model that is trained.
      logProbs: roundedRollouts ? await logProbsOf(rows, policyModel, actor.trained.weights) : completions.map((c) => Float64Array.from(c.logprobs)),
      refLogProbs: await logProbsOf(rows, reference, referenceWeights),
      values: await perToken(criticRows, 'value', critic.trained.weights, (shape) => valueGraph(criticNet.config, shape, criticScale), 'values'),
    };
  }

  /** Step 0: three paths must give the same log-probabilities, or the run refuses. The gates look at the first pass before any weight moves. */
  async function gate(rollout: Rollout, ratio: number): Promise<void> {
    if (done > 0 || !actorIsUntouched) return;
    actorIsUntouched = false;
    const recomputed = await logProbsOf(rollout.rows, policyModel, actor.trained.weights);
    checkGates({ generation: largestDifference(recomputed, rollout.logProbs), reference: largestDifference(recomputed, rollout.refLogProbs), ratio });
  }

  async function update(): Promise<Metrics> {
    const begin = performance.now();
    const rollout = await rollOut();
    const trainBegin = performance.now();
    const all = rollout.rows.map((_, e) => e);
    // 2. Rewards, advantages and returns of every real token.
    const whole = assess(rollout, all, klCoef, settings);
    options.look?.(rollout, whole);
    // 3. Optimizer steps of actor and critic.
    const rng = createRng(seed).fork(`mini-batches ${done}`);
    const steps: MiniBatchNumbers[] = [];
    epochs: for (let epoch = 0; epoch < epochs; epoch++) {
      const order = perEpoch === 1 ? all : rng.shuffle(all);
      for (const [k, members] of evenParts(order, perEpoch).entries()) {
        const own = settings.whitenScope === 'minibatch' ? assess(rollout, members, klCoef, settings) : { advantages: members.map((e) => whole.advantages[e]!), returns: members.map((e) => whole.returns[e]!) };
        const ptxSize = settings.ptx?.batchSize || Math.ceil(batchSize / perEpoch);
        const ptx = texts(((done * epochs + epoch) * perEpoch + k) * ptxSize, ptxSize);
        const actorFrozen = done < (settings.criticWarmup ?? 0);
        const numbers = await improve({ rollout, members, assessment: own, ptx }, { actor, critic, scale: criticScale }, settings, limits, { update: done, updates, actorFrozen }, (ratio) => gate(rollout, ratio));
        steps.push(numbers);
        if (settings.klEarlyStop > 0 && numbers.approxKl > settings.klEarlyStop) break epochs;
      }
    }
    const end = performance.now();

    const learningRate = learningRateAt(done, updates, settings.policyOptimizer);
    const seconds = { whole: (end - begin) / 1000, training: (end - trainBegin) / 1000 };
    const metrics: Metrics = {
      ...updateMetrics({ rollout, returns: whole.returns, kl: episodeKl(rollout), miniBatches: steps, perEpoch, klCoef, learningRate, update: done + 1, seconds }),
      ...(roundedRollouts ? { 'objective/rollout_log_prob_gap': meanAndStd(rollout.completions.flatMap((c, e) => c.logprobs.map((l, t) => Math.abs(l - rollout.logProbs[e]![t]!)))).mean } : {}),
    };
    guards = checkGuards(guards, done + 1, batchSize, settings.maxKl, metrics);
    if (settings.kl.controller === 'adaptive') klCoef = nextKlCoef(klCoef, metrics['objective/kl']!, batchSize, settings.kl);
    return metrics;
  }

  /** A guard has tripped: the weights of the best evaluation are the run's result. Says so. */
  function rollBack(error: unknown): TrainingEvent {
    const to = best?.best();
    if (!(error instanceof UserError) || !error.code.startsWith('guard.') || best === undefined || to === undefined) throw error;
    best.restoreBest();
    generatorIsStale = true;
    rolledBack = true;
    return { type: 'warning', step: done, message: `${error.message} The run ends here, with the weights of step ${to.step}, whose evaluation was the best (reward ${to.score.toFixed(3)}).` };
  }

  /** What the model has forgotten: its perplexity on plain text, if there is any to read. */
  async function tax(): Promise<Metrics> {
    const sums = { tokens: 0, loss: 0, right: 0 };
    for (const rows of readings) await reader.read(sums, rows);
    const { perplexity } = perplexityMetrics(sums);
    return perplexity === undefined ? {} : { perplexity };
  }

  /** Answers to the same prompts with the same random numbers at every evaluation. */
  async function* evaluate(): ReturnType<Algorithm['step']> {
    const answers = await answerPrompts(evalPrompts, { generator: await freshGenerator(), sampling, stopIds: tokenizer.eosIds, rng: createRng(seed).fork('evaluation') }, { judge, kl: klMeter });
    evaluated = { ...answerMetrics(answers), ...(await tax()) };
    yield { type: 'eval', step: done, metrics: evaluated };
    yield* sampleEvents(tokenizer, answers, done);
    if (!rolledBack) await best?.consider(done, evaluated);
  }
  const evalDue = (): boolean => evalPrompts.length > 0 && done < updates && (done === 0 || (settings.evalEvery > 0 && done % settings.evalEvery === 0));

  return {
    // A run that went back ends where it was.
    get total() {
      return rolledBack ? done : updates;
    },
    done: () => done,
    params: () => policyModel.params,
    async *step() {
      if (done === 0 && evalDue()) {
        yield* evaluate();
        before = evaluated;
      }
      try {
        last = await update();
      } catch (error) {
        yield rollBack(error);
        return;
      }
      done++;
      yield { type: 'step', step: done, metrics: last };
      if (evalDue()) yield* evaluate();
    },
    async snapshot() {
      const [a, c, b] = [await actor.trained.snapshot(), await critic.trained.snapshot(), best?.snapshot()];
      return { tensors: { ...a.tensors, ...c.tensors, ...b?.tensors }, state: { ...a.state, ...c.state, ...b?.state, done, klCoef, guards: { ...guards }, last, before, ...(rolledBack ? { rolledBack } : {}) } };
    },
    restore(snapshot) {
      actor.trained.restore(snapshot);
      critic.trained.restore(snapshot);
      best?.restore(snapshot);
      const { state } = snapshot;
      done = Number(state['done']);
      klCoef = Number(state['klCoef']);
      guards = state['guards'] as JsonObject & GuardState;
      last = state['last'] as Metrics;
      before = state['before'] as Metrics;
      rolledBack = state['rolledBack'] === true;
      actorIsUntouched = false;
      generatorIsStale = true;
    },
    async *finish() {
      if (evalPrompts.length > 0) yield* evaluate();
      const pick = (from: Metrics, suffix: string): Metrics => Object.fromEntries(Object.entries(from).map(([k, v]) => [`${k}${suffix}`, v]));
      await actor.trained.sync();
      const back: Metrics = rolledBack ? { 'guard/rolled_back_to': best!.best()!.step } : {};
      return { summary: { updates: done, ...last, ...back, ...pick(before, '/before'), ...pick(evaluated, '/after') }, params: policyModel.params };
    },
    async release() {
      await generator.release();
      await reader.release();
      await sessions.release();
      for (const { passes, trained } of [actor, critic]) {
        await passes.release();
        await trained.release();
      }
      await judge.release();
      await klMeter.release();
    },
  };
}
