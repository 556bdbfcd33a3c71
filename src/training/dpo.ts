import { UserError } from '../base/errors';
import { input, output } from '../engine/graph';
import { matmul, mul, reshape, sub } from '../engine/ops';
import type { ModelConfig } from '../models/config';
import { withoutAdapter } from '../models/lora';
import { cloneParams } from '../models/params';
import type { Algorithm, Metrics, Model, Resources } from './algorithm';
import { evenChunks } from './batching';
import { judge, type Comparison } from './comparisons';
import { tokensOn } from './language-model';
import { packPairs, pairLoss, weightOf } from './pairs';
import { trainingPasses } from './passes';
import { logProbGraph } from './ppo-graphs';
import { logisticLoss } from './reward';
import { counted, mapTokens, packRows, paddedLength, type PackedRows, type Row } from './rows';
import { sessionCache } from './sessions';
import { meanAndStd } from './statistics';
import { supervised } from './supervised';
import type { Top } from './top';
import { checkLoss, trainable, weightFeeds, type OptimizerSettings } from './trainable';

/**
 * Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290, eq. 7): a language model learns from the same comparisons as a reward
 * model, by the same loss, where the reward of an answer is r = β·(log π(y|x) − log π_ref(y|x)).
 */
export interface DpoSettings {
  readonly epochs: number;
  /** Ends after so many optimizer steps, whatever `epochs` says. */
  readonly maxSteps?: number | undefined;
  /** Prompts per optimizer step, each with all its responses. */
  readonly batchSize: number;
  readonly optimizer: OptimizerSettings;
  /** β: how dearly leaving the reference is paid. */
  readonly beta: number;
  /** ε: how likely a comparison is the wrong way round (conservative DPO, Mitchell 2023; in trl `label_smoothing`, which its sigmoid loss leaves out). */
  readonly labelNoise: number;
  /** By how much the better answer's implicit reward must exceed the other's, by strength 1 to 4 (Amini et al. 2024, arXiv 2402.10571); 0 or left out: none. */
  readonly margin?: 0 | readonly number[] | undefined;
  /** Held-out numbers every so many steps; 0: only at the end. */
  readonly evalEvery: number;
  readonly seed: number;
}

export interface DpoData {
  readonly train: readonly Comparison[];
  /** Held out; may be empty. */
  readonly test: readonly Comparison[];
}

/** Log-probabilities of whole answers, natural, one a text of a comparison. */
type LogProbs = ReadonlyMap<Comparison, Float64Array>;

/**
 * Trains `model.params` in place: all of them, or the adapter that is on them. The reference is the model as it is now; what it says of every
 * answer is computed once, before the first step, and again when a run goes on (`reference` then is where it once started).
 * @throws UserError when there is nothing to learn from.
 */
export function createDpo(model: Pick<Model, 'config' | 'params'>, data: DpoData, settings: DpoSettings, resources: Resources): Algorithm {
  const { config, params } = model;
  const { beta, labelNoise } = settings;
  if (data.train.length === 0) throw new UserError('dpo.data', 'no comparison is left to train on. Label more, or raise maxLength.');
  const longest = (c: Comparison): number => Math.max(...c.texts.map((t) => t.length));
  const policy = trainable('policy', params, settings.optimizer, resources);
  // With an adapter the model beneath is the reference; else a copy, which goes as soon as it has been asked.
  let reference: ReturnType<typeof withoutAdapter> | undefined = config.lora === undefined ? { config, params: cloneParams(params) } : withoutAdapter(model);
  let known: LogProbs | undefined;
  const passes = trainingPasses(config, resources);
  const sessions = sessionCache(resources);
  const limits = { maxCells: resources.maxCells, maxRows: Infinity };

  /** Log-probabilities of all answers of comparisons under a model as it is now. */
  async function logProbsOf(comparisons: readonly Comparison[], net: Pick<Model, 'config' | 'params'>): Promise<LogProbs> {
    const weights = weightFeeds(net.params, resources.device);
    const adapted = net.config.lora === undefined ? '' : 'adapted ';
    const perToken = await mapTokens(comparisons.flatMap(rowsOfComparison), limits, async (packed) => {
      const session = await sessions.get(`${adapted}${packed.key}`, () => logProbGraph(net.config, packed.shape, 1));
      return (await session.run({ ...weights, ids: packed.ids, index: packed.index, targets: packed.targets }))['logProb'] as Float32Array;
    });
    let at = 0;
    return new Map(comparisons.map((c) => [c, Float64Array.from(c.texts, () => perToken[at++]!.reduce((a, b) => a + b, 0))]));
  }
  async function referenceLogProbs(): Promise<LogProbs> {
    if (known === undefined) {
      known = await logProbsOf([...data.train, ...data.test], reference!);
      reference = undefined;
    }
    return known;
  }

  async function train(batch: readonly Comparison[], step: number, total: number): Promise<{ metrics: Metrics; tokens: number }> {
    const ref = await referenceLogProbs();
    const begin = performance.now();
    const totalWeight = weightOf(batch);
    const logProbs: Float64Array[] = [];
    let loss = 0;
    for (const chunk of evenChunks(batch, (c) => paddedLength(longest(c)), resources.maxCells, (c) => c.texts.length)) {
      const packed = packRows(chunk.flatMap(rowsOfComparison));
      const pairs = packPairs(chunk, totalWeight, { noise: labelNoise, margin: settings.margin ?? 0 });
      const out = await policy.backward(await passes.get(dpoTop(config, packed.shape, pairs.i.length, beta)), {
        ids: packed.ids,
        index: packed.index,
        targets: packed.targets,
        rowOf: membership(chunk.flatMap(rowsOfComparison), packed.shape),
        refLogProb: paddedTo(chunk.flatMap((c) => [...ref.get(c)!]), packed.shape[0]),
        ...pairs,
      });
      loss += (out['loss'] as Float32Array)[0]!;
      let at = 0;
      for (const c of chunk) logProbs.push(Float64Array.from((out['logProbs'] as Float32Array).subarray(at, (at += c.texts.length))));
    }
    checkLoss(loss, step);
    if (step === 0) checkStart(batch, logProbs, ref);
    const { gradNorm, learningRate } = await policy.update(step, total);
    const tokens = batch.reduce((n, c) => n + c.texts.reduce((m, t) => m + t.length, 0), 0);
    const metrics = {
      loss,
      ...rewardMetrics(batch, rewardsOf(batch, logProbs, ref, beta), logProbs),
      grad_norm: gradNorm,
      learning_rate: learningRate,
      tokens_per_second: tokens / ((performance.now() - begin) / 1000),
    };
    return { metrics, tokens };
  }

  /** Rewards of all answers that are held out, or of those trained on where none are. */
  async function rewardsNow(comparisons: readonly Comparison[]): Promise<{ rewards: Float64Array[]; logProbs: Float64Array[] }> {
    const ref = await referenceLogProbs();
    const now = await logProbsOf(comparisons, model);
    const logProbs = comparisons.map((c) => now.get(c)!);
    return { rewards: rewardsOf(comparisons, logProbs, ref, beta), logProbs };
  }
  async function evaluate(): Promise<Metrics> {
    const { rewards, logProbs } = await rewardsNow(data.test);
    return Object.fromEntries(Object.entries({ loss: logisticLoss(data.test, rewards), ...rewardMetrics(data.test, rewards, logProbs) }).map(([k, v]) => [`eval_${k}`, v]));
  }

  return supervised(
    {
      ...{ examples: data.train, lengthOf: longest, holdsOut: data.test.length > 0, trained: policy, params, train, evaluate },
      async *finish({ last, total }) {
        const held = data.test.length > 0 ? data.test : data.train;
        if (data.test.length > 0) yield { type: 'eval', step: total, metrics: await evaluate() };
        const { rewards } = await rewardsNow(held);
        const summary: Metrics = {
          steps: total,
          train_pairs: data.train.reduce((n, c) => n + c.pairs.length, 0),
          train_loss: last['loss']!,
          ...(data.test.length > 0 ? judge(held, rewards) : { train_accuracy: judge(held, rewards)['accuracy'] ?? 0 }),
        };
        return { summary, params };
      },
      async release() {
        await passes.release();
        await sessions.release();
        await policy.release();
      },
    },
    settings,
  );
}

/** Before the first step policy and reference are one model, and so must two ways to compute it be: nats of a whole answer, apart by rounding only. */
function checkStart(batch: readonly Comparison[], logProbs: readonly Float64Array[], ref: LogProbs): void {
  const apart = Math.max(...batch.flatMap((c, n) => [...logProbs[n]!].map((x, k) => Math.abs(x - ref.get(c)![k]!))));
  if (!(apart < 0.01)) throw new UserError('gate.reference', `policy and reference are the same model before the first step, but their log-probabilities of an answer differ by up to ${apart} nats. This is a bug in Plumbline: please report it with run.json.`);
}

/** Its texts as rows of which the answer and its end count. */
function rowsOfComparison({ texts, lengths }: Comparison): Row[] {
  return texts.map((ids, n) => ({ ids, start: ids.length - lengths[n]! }));
}

/** [rows, slots]: 1 where a slot belongs to a row, so that a product sums the slots of each row. */
function membership(rows: readonly Row[], [count, , slots]: PackedRows['shape']): Float32Array {
  const matrix = new Float32Array(count * slots);
  let slot = 0;
  rows.forEach((row, r) => {
    matrix.fill(1, r * slots + slot, r * slots + (slot += counted(row)));
  });
  return matrix;
}

function paddedTo(values: readonly number[], length: number): Float32Array {
  const padded = new Float32Array(length);
  padded.set(values);
  return padded;
}

/** The DPO loss, with log π of each answer beside: `logProbs` [rows]. */
export function dpoTop(config: ModelConfig, [rows, length, slots]: PackedRows['shape'], pairs: number, beta: number): Top {
  return {
    ...{ key: `dpo ${rows}x${length}/${slots}/${pairs}`, head: 'lm', shape: [rows, length] },
    build(g, trunk) {
      const { logProb } = tokensOn(g, config, trunk, slots);
      const sums = reshape(g, matmul(g, input(g, 'rowOf', 'float32', [rows, slots]), reshape(g, logProb, [slots, 1])), [rows]);
      const loss = pairLoss(g, mul(g, sub(g, sums, input(g, 'refLogProb', 'float32', [rows])), beta), pairs);
      output(g, 'loss', loss);
      output(g, 'logProbs', sums);
      return loss;
    },
  };
}

/** β·(log π − log π_ref) of each answer. */
function rewardsOf(comparisons: readonly Comparison[], logProbs: readonly Float64Array[], ref: LogProbs, beta: number): Float64Array[] {
  return comparisons.map((c, n) => logProbs[n]!.map((x, k) => beta * (x - ref.get(c)![k]!)));
}

/** TRL's numbers over the pairs that are no ties: means of the preferred and of the other answer. */
function rewardMetrics(comparisons: readonly Comparison[], rewards: readonly Float64Array[], logProbs: readonly Float64Array[]): Metrics {
  const [chosen, rejected, chosenLogProbs, rejectedLogProbs]: number[][] = [[], [], [], []];
  comparisons.forEach(({ pairs }, c) => {
    for (const { i, j, p } of pairs) {
      if (p === 0.5) continue;
      const [won, lost] = p > 0.5 ? [i, j] : [j, i];
      chosen!.push(rewards[c]![won]!);
      rejected!.push(rewards[c]![lost]!);
      chosenLogProbs!.push(logProbs[c]![won]!);
      rejectedLogProbs!.push(logProbs[c]![lost]!);
    }
  });
  if (chosen!.length === 0) return {};
  const mean = (xs: readonly number[]): number => meanAndStd(xs).mean;
  const margins = chosen!.map((x, n) => x - rejected![n]!);
  return {
    'rewards/chosen': mean(chosen!),
    'rewards/rejected': mean(rejected!),
    'rewards/margins': mean(margins),
    'rewards/accuracies': mean(margins.map((m) => (m > 0 ? 1 : m === 0 ? 0.5 : 0))),
    'logps/chosen': mean(chosenLogProbs!),
    'logps/rejected': mean(rejectedLogProbs!),
  };
}
