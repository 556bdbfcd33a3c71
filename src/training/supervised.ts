import { createRng } from '../base/rng';
import type { Params } from '../models/params';
import type { Algorithm, Metrics } from './algorithm';
import { lengthBucketedBatches } from './batching';
import type { Trainable } from './trainable';

/** What every trainer of examples is told. */
export interface SupervisedSettings {
  readonly epochs: number;
  readonly maxSteps?: number | undefined;
  readonly batchSize: number;
  /** Evaluation every so many steps, and before the first; 0: only at the end. */
  readonly evalEvery: number;
  readonly seed: number;
}

/** What is particular to an algorithm that learns from examples; the order of batches, evaluations and checkpoints is the same for all. */
export interface Supervised<T> {
  readonly examples: readonly T[];
  /** Examples of like length make a batch. */
  readonly lengthOf: (example: T) => number;
  /** Whether anything is held out for evaluation. */
  readonly holdsOut: boolean;
  readonly trained: Trainable;
  readonly params: Params;
  /** One optimizer step, the `step`th (from 0) of `total`, on one batch. */
  train(batch: readonly T[], step: number, total: number): Promise<{ readonly metrics: Metrics; readonly tokens: number }>;
  /** Of what is held out; names begin with `eval_`. */
  evaluate(): Promise<Metrics>;
  finish(at: { readonly last: Metrics; readonly numTokens: number; readonly total: number }): ReturnType<Algorithm['finish']>;
  release(): Promise<void>;
}

/** Optimizer steps of a run on so many examples. */
export function supervisedSteps(examples: number, { maxSteps, epochs, batchSize }: Pick<SupervisedSettings, 'maxSteps' | 'epochs' | 'batchSize'>): number {
  return maxSteps ?? Math.max(1, Math.ceil(epochs * Math.ceil(examples / batchSize)));
}

/** The loop around it. The order of an epoch depends on the seed and the epoch alone, so the number of steps is all the data cursor there is. */
export function supervised<T>(algorithm: Supervised<T>, settings: SupervisedSettings): Algorithm {
  const { examples, lengthOf, holdsOut, trained, params } = algorithm;
  const lengths = examples.map(lengthOf);
  const batchesPerEpoch = Math.ceil(lengths.length / settings.batchSize);
  const total = supervisedSteps(lengths.length, settings);
  let done = 0;
  let numTokens = 0;
  let last: Metrics = {};
  let epoch = -1;
  let batches: number[][] = [];

  function batchOf(step: number): T[] {
    if (epoch !== Math.floor(step / batchesPerEpoch)) {
      epoch = Math.floor(step / batchesPerEpoch);
      batches = lengthBucketedBatches(lengths, settings.batchSize, createRng(settings.seed).fork(`epoch ${epoch}`));
    }
    return batches[step % batchesPerEpoch]!.map((i) => examples[i]!);
  }
  const evalDue = (): boolean => holdsOut && settings.evalEvery > 0 && done % settings.evalEvery === 0 && done < total;

  return {
    total,
    done: () => done,
    params: () => params,
    async *step() {
      if (done === 0 && evalDue()) yield { type: 'eval', step: 0, metrics: await algorithm.evaluate() };
      const { metrics, tokens } = await algorithm.train(batchOf(done), done, total);
      numTokens += tokens;
      done++;
      last = { ...metrics, num_tokens: numTokens, epoch: done / batchesPerEpoch };
      yield { type: 'step', step: done, metrics: last };
      if (evalDue()) yield { type: 'eval', step: done, metrics: await algorithm.evaluate() };
    },
    async snapshot() {
      const { tensors, state } = await trained.snapshot();
      return { tensors, state: { ...state, done, numTokens, last } };
    },
    restore(snapshot) {
      trained.restore(snapshot);
      done = Number(snapshot.state['done']);
      numTokens = Number(snapshot.state['numTokens']);
      last = snapshot.state['last'] as Metrics;
    },
    finish: () => algorithm.finish({ last, numTokens, total }),
    release: () => algorithm.release(),
  };
}
