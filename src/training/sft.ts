import { UserError } from '../base/errors';
import type { Algorithm, Metrics, Model, Resources } from './algorithm';
import { chunkByCells, evenChunks } from './batching';
import { addTokens, languageModelGraph, languageModelTop, type TokenSums } from './language-model';
import { capacityOf, fillRows, layRows, tokensOf, type LaidRows } from './packing';
import { trainingPasses } from './passes';
import { counted, packRows, paddedLength, type PackedRows, type Row } from './rows';
import { sessionCache } from './sessions';
import { supervised } from './supervised';
import { checkLoss, trainable, type OptimizerSettings } from './trainable';

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
  /** Texts of a batch share rows that are so many times as long as the longest of them (see `packingOf`); 1, or left out: a text a row. */
  readonly packing?: number | undefined;
  /** Held-out loss every so many steps; 0: only at the end. */
  readonly evalEvery: number;
  readonly earlyStop?: { readonly patience: number } | undefined;
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
  const { batchSize } = settings;
  if (data.train.length === 0) throw new UserError('sft.data', 'no example is left to train on. Add examples, or raise maxLength.');
  const policy = trainable('policy', params, settings.optimizer, resources);
  const passes = trainingPasses(config, resources);
  const sessions = sessionCache(resources);

  // Layers that are computed again take one text a row.
  const { packing = 1 } = resources.recompute === true ? {} : settings;

  /** Texts in passes that fit into memory; none is empty. */
  function microBatches(rows: readonly Row[]): { readonly packed: PackedRows; readonly layout?: LaidRows['layout'] }[] {
    if (packing === 1) return evenChunks(rows, (r) => paddedLength(r.ids.length), resources.maxCells).map((chunk) => ({ packed: packRows(chunk) }));
    const filled = fillRows(rows, (r) => r.ids.length, capacityOf(rows.map((r) => r.ids.length), packing));
    return evenChunks(filled, (texts) => paddedLength(tokensOf(texts)), resources.maxCells).map((chunk) => {
      const packed = layRows(chunk);
      return { packed, layout: packed.layout };
    });
  }

  async function train(rows: readonly Row[], step: number, total: number): Promise<{ metrics: Metrics; tokens: number }> {
    const begin = performance.now();
    // Every token of the batch weighs the same, whichever micro-batch it is in.
    const tokens = rows.reduce((n, r) => n + counted(r), 0);
    const sums: TokenSums = { tokens: 0, loss: 0, right: 0 };
    for (const { packed, layout } of microBatches(rows)) {
      const pass = await passes.get(languageModelTop(config, packed.shape, layout !== undefined));
      const slotWeights = new Float32Array(packed.shape[2]).fill(1 / tokens, 0, packed.tokens);
      const { logProb, isTop } = await policy.backward(pass, { ids: packed.ids, index: packed.index, targets: packed.targets, slotWeights, ...layout });
      addTokens(sums, packed, logProb as Float32Array, isTop as Uint8Array);
    }
    const loss = sums.loss / tokens;
    checkLoss(loss, step);
    const { gradNorm, learningRate } = await policy.update(step, total);
    const metrics = {
      loss,
      mean_token_accuracy: sums.right / tokens,
      grad_norm: gradNorm,
      learning_rate: learningRate,
      tokens_per_second: rows.reduce((n, r) => n + r.ids.length, 0) / ((performance.now() - begin) / 1000),
    };
    return { metrics, tokens };
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

  return supervised(
    {
      ...{ examples: data.train, lengthOf: (row: Row) => row.ids.length, holdsOut: data.test.length > 0, trained: policy, params, train, evaluate },
      async *finish({ last, numTokens, total }) {
        const held = data.test.length > 0 ? await evaluate() : {};
        if (data.test.length > 0) yield { type: 'eval', step: total, metrics: held };
        await policy.sync();
        const { loss, mean_token_accuracy } = last;
        return { summary: { steps: total, num_tokens: numTokens, loss: loss!, mean_token_accuracy: mean_token_accuracy!, ...held }, params };
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
