import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { Algorithm, Metrics, Model, Resources } from './algorithm';
import { chunkByCells, lengthBucketedBatches } from './batching';
import { addTokens, languageModelGraph, type TokenSums } from './language-model';
import { counted, packRows, paddedLength, type Row } from './rows';
import { sessionCache } from './sessions';
import { trainable, type OptimizerSettings } from './trainable';

/**
 * Supervised fine-tuning: next-token prediction on answers, from a pretrained model or from random weights.
 */
export interface SftSettings {
  /** Passes over the data; may be a fraction. */
  readonly epochs: number;
  /** Ends after so many optimizer steps, whatever `epochs` says. */
  readonly maxSteps?: number | undefined;
  /** Examples per optimizer step. */
  readonly batchSize: number;
  readonly optimizer: OptimizerSettings;
  /** Held-out loss every so many steps; 0: only at the end. */
  readonly evalEvery: number;
  readonly seed: number;
}

/** Rows of tokens (see `tokenizeExamples`), which are held in memory. */
export interface SftData {
  readonly train: readonly Row[];
  /** Held out; may be empty. */
  readonly test: readonly Row[];
}

/** Trains `model.params` in place. @throws UserError when there is nothing to learn from. */
export function createSft(model: Pick<Model, 'config' | 'params'>, data: SftData, settings: SftSettings, resources: Resources): Algorithm {
  const { config, params } = model;
  const { batchSize, seed } = settings;
  if (data.train.length === 0) throw new UserError('sft.data', 'no example is left to train on. Add examples, or raise maxLength.');
  const lengths = data.train.map((r) => r.ids.length);
  const batchesPerEpoch = Math.ceil(lengths.length / batchSize);
  const total = settings.maxSteps ?? Math.max(1, Math.ceil(settings.epochs * batchesPerEpoch));
  const policy = trainable('policy', params, settings.optimizer);
  const sessions = sessionCache(resources.threads);
  let done = 0;
  let numTokens = 0;
  let last: Metrics = {};

  // The order of an epoch depends on the seed and the epoch alone, so the number of steps is all the data cursor there is.
  let epoch = -1;
  let batches: number[][] = [];
  function batchOf(step: number): Row[] {
    if (epoch !== Math.floor(step / batchesPerEpoch)) {
      epoch = Math.floor(step / batchesPerEpoch);
      batches = lengthBucketedBatches(lengths, batchSize, createRng(seed).fork(`epoch ${epoch}`));
    }
    return batches[step % batchesPerEpoch]!.map((i) => data.train[i]!);
  }

  /** Rows in chunks that fit into memory; none is empty. */
  const microBatches = (rows: readonly Row[]): Row[][] => chunkByCells(rows, (r) => paddedLength(r.ids.length), resources.maxCells);

  async function train(): Promise<Metrics> {
    const begin = performance.now();
    const rows = batchOf(done);
    // Every token of the batch weighs the same, whichever micro-batch it is in.
    const tokens = rows.reduce((n, r) => n + counted(r), 0);
    const sums: TokenSums = { tokens: 0, loss: 0, right: 0 };
    for (const chunk of microBatches(rows)) {
      const packed = packRows(chunk);
      const session = await sessions.get(`train ${packed.key}`, () => languageModelGraph(config, packed.shape, true));
      const slotWeights = new Float32Array(packed.shape[2]).fill(1 / tokens, 0, packed.tokens);
      const { logProb, isTop } = await policy.backward(session, { ids: packed.ids, index: packed.index, targets: packed.targets, slotWeights });
      addTokens(sums, packed, logProb as Float32Array, isTop as Uint8Array);
    }
    const loss = sums.loss / tokens;
    if (!Number.isFinite(loss)) throw new UserError('guard.nonFinite', `the loss is ${loss} at step ${done + 1}. Lower the learning rate.`);
    const { gradNorm, learningRate } = policy.update(done, total);
    numTokens += tokens;
    return {
      loss,
      mean_token_accuracy: sums.right / tokens,
      grad_norm: gradNorm,
      learning_rate: learningRate,
      num_tokens: numTokens,
      epoch: (done + 1) / batchesPerEpoch,
      tokens_per_second: rows.reduce((n, r) => n + r.ids.length, 0) / ((performance.now() - begin) / 1000),
    };
  }

  async function evaluate(): Promise<Metrics> {
    const sums: TokenSums = { tokens: 0, loss: 0, right: 0 };
    const sorted = data.test.toSorted((a, b) => a.ids.length - b.ids.length);
    for (const chunk of chunkByCells(sorted, (r) => paddedLength(r.ids.length), resources.maxCells, batchSize)) {
      const packed = packRows(chunk);
      const session = await sessions.get(`eval ${packed.key}`, () => languageModelGraph(config, packed.shape, false));
      const { logProb, isTop } = await session.run({ ...policy.weights, ids: packed.ids, index: packed.index, targets: packed.targets });
      addTokens(sums, packed, logProb as Float32Array, isTop as Uint8Array);
    }
    const loss = sums.loss / sums.tokens;
    return { eval_loss: loss, eval_perplexity: Math.exp(loss), eval_mean_token_accuracy: sums.right / sums.tokens };
  }

  const evalDue = (step: number): boolean => data.test.length > 0 && settings.evalEvery > 0 && step % settings.evalEvery === 0 && step < total;

  return {
    total,
    done: () => done,
    params: () => params,
    async *step() {
      if (done === 0 && evalDue(0)) yield { type: 'eval', step: 0, metrics: await evaluate() };
      last = await train();
      done++;
      yield { type: 'step', step: done, metrics: last };
      if (evalDue(done)) yield { type: 'eval', step: done, metrics: await evaluate() };
    },
    snapshot() {
      const { tensors, state } = policy.snapshot();
      return { tensors, state: { ...state, done, numTokens, last } };
    },
    restore(snapshot) {
      policy.restore(snapshot);
      done = Number(snapshot.state['done']);
      numTokens = Number(snapshot.state['numTokens']);
      last = snapshot.state['last'] as Metrics;
    },
    async *finish() {
      const held = data.test.length > 0 ? await evaluate() : {};
      if (data.test.length > 0) yield { type: 'eval', step: total, metrics: held };
      const { loss, mean_token_accuracy } = last;
      return { summary: { steps: total, num_tokens: numTokens, loss: loss!, mean_token_accuracy: mean_token_accuracy!, ...held }, params };
    },
    release: () => sessions.release(),
  };
}
