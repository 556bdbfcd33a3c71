import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { createGenerator } from '../models/generate';
import { withoutAdapter, type Net } from '../models/lora';
import { cloneParams } from '../models/params';
import { estimateAdvantages, whiten } from './advantages';
import { answerMetrics, answerPrompts, answerRowOf, rewardsOf, sampleEvents, type AskedPrompt, type SamplingSettings } from './answers';
import type { Algorithm, Metrics, Model, Resources, RewardModel } from './algorithm';
import { createKlMeter } from './exact-kl';
import { nextKlCoef } from './kl';
import { trainingPasses } from './passes';
import { criticTop, logProbGraph, policyTop, valueGraph } from './ppo-graphs';
import { updateMetrics, type MiniBatchNumbers, type Rollout } from './ppo-metrics';
import { checkGates, checkGuards, freshGuards, type GuardState } from './ppo-guards';
import { createReader, perplexityMetrics, textBatches } from './perplexity';
import { counted, fillSlots, mapTokens, packRows, passesOf, type PackedRows, type Row } from './rows';
import { learningRateAt } from './schedule';
import { createScorer } from './score-model';
import { sessionCache } from './sessions';
import { meanAndStd } from './statistics';
import { trainable, weightFeeds, type OptimizerSettings, type WeightFeeds } from './trainable';

/**
 * Proximal policy optimisation of a language model against a reward model, with a penalty on the KL divergence from where
 * it started. Names in comments: LHP is https://github.com/openai/lm-human-preferences/tree/cbfd210, N+ is
 * https://github.com/vwxyzjn/summarize_from_feedback_details/tree/ee77a9a, TRL is
 * https://github.com/huggingface/trl/blob/f2cd577/trl/experimental/ppo/ppo_trainer.py.
 */
export interface PpoSettings {
  readonly updates: number;
  /** Episodes (a prompt and one answer) per update. */
  readonly batchSize: number;
  /** Optimizer steps per epoch over the episodes of an update. */
  readonly miniBatches: number;
  /** Rows computed at once; does not change results beyond rounding. */
  readonly microBatchSize: number;
  /** Passes over the episodes of an update. */
  readonly epochs: number;
  readonly sampling: SamplingSettings;
  readonly policyOptimizer: OptimizerSettings;
  readonly valueOptimizer: OptimizerSettings;
  readonly kl: { readonly coef: number; readonly controller: 'fixed' | 'adaptive'; readonly target: number; readonly horizon: number };
  readonly gamma: number;
  readonly lambda: number;
  /** ε of the policy loss. */
  readonly clipRange: number;
  /** ε_v of the value loss. */
  readonly valueClipRange: number;
  /** c_v. The critic has weights and an optimizer of its own, so that this matters only where its gradient is clipped. */
  readonly valueCoef: number;
  readonly whitenAdvantages: boolean;
  /** LHP scales rewards as well, without shifting them. */
  readonly whitenRewards: boolean;
  /** Subtracted from the score of an answer that did not end by itself (N+ sets −1 instead). */
  readonly missingEosPenalty: number;
  /** Ends an update's epochs when a mini-batch's mean approximate KL exceeds it; 0 never. */
  readonly klEarlyStop: number;
  /** The run stops when the mean KL of an update exceeds so many nats. */
  readonly maxKl: number;
  /** Evaluation every so many updates, and before the first and after the last; 0: only these two. */
  readonly evalEvery: number;
  readonly seed: number;
}

export interface PpoData {
  readonly train: readonly AskedPrompt[];
  /** Answered at evaluations; never trained on. */
  readonly test: readonly AskedPrompt[];
  /** Plain text whose perplexity is measured at evaluations: the alignment tax. */
  readonly texts?: readonly Row[];
}

/**
 * Trains `policy.params` in place: all of them, or the adapter that is on them, when the reference is the model beneath. The reward model is
 * left as it is; both must have the same tokenizer. `criticNet` starts as the reward model: a copy, or an adapter on it.
 */
export function createPpo(
  policyModel: Model,
  reward: RewardModel,
  data: PpoData,
  settings: PpoSettings,
  resources: Resources,
  criticNet: Net = { config: reward.config, params: cloneParams(reward.params) },
): Algorithm {
  const { config, tokenizer } = policyModel;
  const { updates, batchSize, sampling, seed } = settings;
  const { temperature } = sampling;
  if (data.train.length === 0) throw new UserError('ppo.data', 'there is no prompt to train on. Add prompts, or put fewer aside for evaluation.');
  const evalPrompts = data.test;

  // Four models: the actor, the reference it started from, the reward model, and the critic, which starts as the reward model (N+).
  const actor = trainable('policy', policyModel.params, settings.policyOptimizer, resources);
  const reference = config.lora === undefined ? { config, params: cloneParams(policyModel.params) } : withoutAdapter(policyModel);
  const critic = trainable('critic', criticNet.params, settings.valueOptimizer, resources);
  const scale = { mean: reward.mean, std: reward.std };
  const judge = { scorer: createScorer(reward.config, reward.params, resources), scale };
  const referenceWeights = weightFeeds(reference.params, resources.device);

  /** The base of the policy is blocks of few bits: what generates multiplies them in rounded numbers, what trains in exact ones. */
  const roundedRollouts = [...(config.stored?.values() ?? [])].some((s) => s.kind === 'blocks');
  const limits = { maxCells: resources.maxCells, maxRows: settings.microBatchSize };
  const sessions = sessionCache(resources);
  const actorPasses = trainingPasses(config, resources);
  const criticPasses = trainingPasses(criticNet.config, resources);
  const klMeter = createKlMeter(policyModel, reference, temperature, resources);
  const longest = [...data.train, ...data.test].reduce((n, p) => Math.max(n, p.ids.length), 1) + sampling.maxNewTokens;
  const generator = createGenerator(config, policyModel.params, { threads: resources.threads, device: resources.device, maxBatch: Math.max(batchSize, Math.min(64, evalPrompts.length)), maxLength: longest });
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

  /** Prompts without replacement: every epoch over them in an order of its own, a function of the seed alone. */
  function promptsOf(update: number): AskedPrompt[] {
    const orders = new Map<number, number[]>();
    return Array.from({ length: batchSize }, (_, i) => {
      const at = update * batchSize + i;
      const epoch = Math.floor(at / data.train.length);
      const order = orders.get(epoch) ?? createRng(seed).fork(`prompts ${epoch}`).shuffle(data.train.map((_p, k) => k));
      orders.set(epoch, order);
      return data.train[order[at % data.train.length]!]!;
    });
  }

  async function freshGenerator(): Promise<typeof generator> {
    if (generatorIsStale) {
      await actor.sync();
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
    const prompts = promptsOf(done);
    const begin = performance.now();
    const completions = await (await freshGenerator()).generate(
      prompts.map((p) => [...p.ids]),
      { ...sampling, stopIds: [...tokenizer.eosIds] },
      createRng(seed).fork(`answers ${done}`),
    );
    const seconds = (performance.now() - begin) / 1000;
    const rows = completions.map((c, i) => answerRowOf(prompts[i]!, c));
    const rewards = await rewardsOf(judge, rows);
    return {
      rows,
      completions,
      seconds,
      scores: completions.map((c, i) => rewards[i]! - (c.finished ? 0 : settings.missingEosPenalty)),
      // Generation runs the same weights at the same temperature, so that its log-probabilities are the old ones; the gates check it. Where it rounds
      // them, the old ones are those of the model that is trained.
      logProbs: roundedRollouts ? await logProbsOf(rows, policyModel, actor.weights) : completions.map((c) => Float64Array.from(c.logprobs)),
      refLogProbs: await logProbsOf(rows, reference, referenceWeights),
      values: await perToken(rows, 'value', critic.weights, (shape) => valueGraph(criticNet.config, shape, scale), 'values'),
    };
  }

  // 2. Rewards, advantages and returns of every real token. There are no pads here: an episode is as long as its answer.
  function assess({ scores, logProbs, refLogProbs, values }: Rollout): { advantages: Float64Array[]; returns: Float64Array[]; kl: number[] } {
    // k1 = log π − log π_ref: unbiased in value, which is what a reward needs.
    const k1 = logProbs.map((old, e) => old.map((x, t) => x - refLogProbs[e]![t]!));
    let rewards: Float64Array[] = k1.map((episode, e) =>
      // The score comes at the last real token. (TRL and N+ add it one place later, on the first pad.)
      episode.map((x, t) => -klCoef * x + (t === episode.length - 1 ? scores[e]! : 0)),
    );
    if (settings.whitenRewards) rewards = whiten(rewards, { keepMean: true });
    const estimates = rewards.map((r, e) => estimateAdvantages({ rewards: r, values: values[e]! }, settings.gamma, settings.lambda));
    const advantages = estimates.map((x) => x.advantages);
    return {
      advantages: settings.whitenAdvantages ? whiten(advantages) : advantages,
      // From the advantages before whitening, on the scale of rewards.
      returns: estimates.map((x) => x.returns),
      kl: k1.map((episode) => episode.reduce((a, b) => a + b, 0)),
    };
  }

  // 3. One optimizer step of actor and critic on a mini-batch, in micro-batches that are normalised by the mini-batch's tokens.
  async function improve(rollout: Rollout, advantages: readonly Float64Array[], returns: readonly Float64Array[], members: readonly number[]): Promise<MiniBatchNumbers & { maxRatioError: number }> {
    const tokens = members.reduce((n, e) => n + counted(rollout.rows[e]!), 0);
    const totals = { approxKl: 0, clipped: 0, policyLoss: 0, valueLoss: 0, valueClipped: 0, entropy: 0, ratio: 0 };
    let maxRatioError = 0;
    const memberRows = members.map((e) => rollout.rows[e]!);
    for (const pass of passesOf(memberRows, limits)) {
      const episodes = pass.map((i) => members[i]!);
      const packed = packRows(episodes.map((e) => rollout.rows[e]!));
      const slots = packed.shape[2];
      const fill = (of: readonly Float64Array[]): Float32Array => fillSlots(episodes.map((e) => of[e]!), slots);
      const slotWeights = new Float32Array(slots).fill(1 / tokens, 0, packed.tokens);
      const feeds = { ids: packed.ids, index: packed.index, slotWeights };
      const [advantage, oldLogProb, target, oldValues] = [fill(advantages), fill(rollout.logProbs), fill(returns), fill(rollout.values)];

      const policyPass = await actorPasses.get(policyTop(config, packed.shape, temperature, settings.clipRange));
      const { logProb, entropy } = await actor.backward(policyPass, { ...feeds, targets: packed.targets, advantages: advantage, oldLogProb });
      const criticPass = await criticPasses.get(criticTop(criticNet.config, packed.shape, scale, settings.valueClipRange, settings.valueCoef));
      const { values } = await critic.backward(criticPass, { ...feeds, returns: target, oldValues });

      for (let n = 0; n < packed.tokens; n++) {
        const delta = (logProb as Float32Array)[n]! - oldLogProb[n]!;
        const ratio = Math.exp(delta);
        const bounded = Math.min(1 + settings.clipRange, Math.max(1 - settings.clipRange, ratio));
        const [loss, clippedLoss] = [-advantage[n]! * ratio, -advantage[n]! * bounded];
        const v = (values as Float32Array)[n]!;
        const vBounded = oldValues[n]! + Math.min(settings.valueClipRange, Math.max(-settings.valueClipRange, v - oldValues[n]!));
        const [error, clippedError] = [(v - target[n]!) ** 2, (vBounded - target[n]!) ** 2];
        totals.approxKl += (delta * delta) / 2;
        totals.clipped += clippedLoss > loss ? 1 : 0;
        totals.policyLoss += Math.max(loss, clippedLoss);
        totals.valueLoss += Math.max(error, clippedError) / 2;
        totals.valueClipped += clippedError > error ? 1 : 0;
        totals.entropy += (entropy as Float32Array)[n]!;
        totals.ratio += ratio;
        maxRatioError = Math.max(maxRatioError, Math.abs(ratio - 1));
      }
    }
    // The gates look at the first pass before any weight moves.
    if (done === 0 && actorIsUntouched) await gate(rollout, maxRatioError);
    actorIsUntouched = false;
    const policyGradNorm = (await actor.update(done, updates)).gradNorm;
    const valueGradNorm = (await critic.update(done, updates)).gradNorm;
    return {
      approxKl: totals.approxKl / tokens,
      clipFraction: totals.clipped / tokens,
      policyLoss: totals.policyLoss / tokens,
      valueLoss: totals.valueLoss / tokens,
      valueClipFraction: totals.valueClipped / tokens,
      entropy: totals.entropy / tokens,
      ratio: totals.ratio / tokens,
      policyGradNorm,
      valueGradNorm,
      maxRatioError,
    };
  }

  /** Step 0: three paths must give the same log-probabilities, or the run refuses. */
  async function gate(rollout: Rollout, ratio: number): Promise<void> {
    const recomputed = await logProbsOf(rollout.rows, policyModel, actor.weights);
    checkGates({ generation: largestDifference(recomputed, rollout.logProbs), reference: largestDifference(recomputed, rollout.refLogProbs), ratio });
  }

  async function update(): Promise<Metrics> {
    const begin = performance.now();
    const rollout = await rollOut();
    const { advantages, returns, kl } = assess(rollout);
    const trainBegin = performance.now();
    const rng = createRng(seed).fork(`mini-batches ${done}`);
    const all = rollout.rows.map((_, e) => e);
    const miniBatches: MiniBatchNumbers[] = [];
    epochs: for (let epoch = 0; epoch < settings.epochs; epoch++) {
      const order = settings.miniBatches === 1 ? all : rng.shuffle(all);
      for (const members of evenParts(order, settings.miniBatches)) {
        const numbers = await improve(rollout, advantages, returns, members);
        miniBatches.push(numbers);
        if (settings.klEarlyStop > 0 && numbers.approxKl > settings.klEarlyStop) break epochs;
      }
    }
    generatorIsStale = true;
    const end = performance.now();

    const learningRate = learningRateAt(done, updates, settings.policyOptimizer);
    const seconds = { whole: (end - begin) / 1000, training: (end - trainBegin) / 1000 };
    const metrics: Metrics = {
      ...updateMetrics({ rollout, returns, kl, miniBatches, perEpoch: settings.miniBatches, klCoef, learningRate, update: done + 1, seconds }),
      ...(roundedRollouts ? { 'objective/rollout_log_prob_gap': meanAndStd(rollout.completions.flatMap((c, e) => c.logprobs.map((l, t) => Math.abs(l - rollout.logProbs[e]![t]!)))).mean } : {}),
    };
    guards = checkGuards(guards, done + 1, batchSize, settings.maxKl, metrics);
    if (settings.kl.controller === 'adaptive') klCoef = nextKlCoef(klCoef, metrics['objective/kl']!, batchSize, settings.kl);
    return metrics;
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
  }
  const evalDue = (): boolean => evalPrompts.length > 0 && done < updates && (done === 0 || (settings.evalEvery > 0 && done % settings.evalEvery === 0));

  return {
    total: updates,
    done: () => done,
    params: () => policyModel.params,
    async *step() {
      if (done === 0 && evalDue()) {
        yield* evaluate();
        before = evaluated;
      }
      last = await update();
      done++;
      yield { type: 'step', step: done, metrics: last };
      if (evalDue()) yield* evaluate();
    },
    async snapshot() {
      const [a, c] = [await actor.snapshot(), await critic.snapshot()];
      return { tensors: { ...a.tensors, ...c.tensors }, state: { ...a.state, ...c.state, done, klCoef, guards: { ...guards }, last, before } };
    },
    restore(snapshot) {
      actor.restore(snapshot);
      critic.restore(snapshot);
      const { state } = snapshot;
      done = Number(state['done']);
      klCoef = Number(state['klCoef']);
      guards = state['guards'] as JsonObject & GuardState;
      last = state['last'] as Metrics;
      before = state['before'] as Metrics;
      actorIsUntouched = false;
      generatorIsStale = true;
    },
    async *finish() {
      if (evalPrompts.length > 0) yield* evaluate();
      const pick = (from: Metrics, suffix: string): Metrics => Object.fromEntries(Object.entries(from).map(([k, v]) => [`${k}${suffix}`, v]));
      await actor.sync();
      return { summary: { updates, ...last, ...pick(before, '/before'), ...pick(evaluated, '/after') }, params: policyModel.params };
    },
    async release() {
      await generator.release();
      await reader.release();
      await sessions.release();
      await actorPasses.release();
      await criticPasses.release();
      await judge.scorer.release();
      await klMeter.release();
      await actor.release();
      await critic.release();
    },
  };
}

/** `n` parts of nearly equal size; none is empty while there are as many items. */
function evenParts<T>(items: readonly T[], n: number): T[][] {
  const parts = Math.min(n, items.length);
  return Array.from({ length: parts }, (_, i) => items.slice(Math.floor((i * items.length) / parts), Math.floor(((i + 1) * items.length) / parts)));
}

/** NaN when a number is missing or none. */
function largestDifference(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  let most = 0;
  for (const [e, row] of a.entries()) {
    for (const [t, x] of row.entries()) {
      const difference = Math.abs(x - b[e]![t]!);
      if (!(difference <= most)) most = difference;
      if (Number.isNaN(most)) return most;
    }
  }
  return most;
}
