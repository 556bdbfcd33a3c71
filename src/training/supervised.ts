import { UserError } from '../base/errors';
import { createRng } from '../base/rng';
import type { Params } from '../models/params';
import type { Algorithm, Metrics, TrainingEvent } from './algorithm';
import { lengthBucketedBatches } from './batching';
import { createEarlyStop } from './early-stop';
import type { Trainable } from './trainable';

/** What every trainer of examples is told. */
export interface SupervisedSettings {
  readonly epochs: number;
  readonly maxSteps?: number | undefined;
  readonly batchSize: number;
  /** Evaluation every so many steps, and before the first; 0: only at the end. */
  readonly evalEvery: number;
  /** Ends after so many evaluations in a row that lower no held-out loss, and keeps the weights that had the lowest. */
  readonly earlyStop?: { readonly patience: number } | undefined;
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
  let total = supervisedSteps(lengths.length, settings);
  const planned = total;
  if (settings.earlyStop !== undefined && (!holdsOut || settings.evalEvery === 0)) {
    throw new UserError('early.stop', holdsOut ? 'earlyStop needs evaluations on the way: evalEvery is 0. Set it to a number of steps.' : 'earlyStop needs examples that are held out, and there are none. Hold some out, or leave earlyStop out.');
  }
  const early = settings.earlyStop === undefined ? undefined : createEarlyStop(settings.earlyStop.patience, trained);
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

  async function evaluate(): Promise<TrainingEvent> {
    const metrics = await algorithm.evaluate();
    if ((await early?.told(done, metrics)) === true) total = done;
    return { type: 'eval', step: done, metrics };
  }

  return {
    // An early stop shortens it.
    get total() {
      return total;
    },
    done: () => done,
    params: () => params,
    async *step() {
      if (done === 0 && evalDue()) yield await evaluate();
      // The schedule is that of the whole run: where it will end is not known.
      const { metrics, tokens } = await algorithm.train(batchOf(done), done, planned);
      numTokens += tokens;
      done++;
      last = { ...metrics, num_tokens: numTokens, epoch: done / batchesPerEpoch };
      yield { type: 'step', step: done, metrics: last };
      if (evalDue()) yield await evaluate();
    },
    async snapshot() {
      const { tensors, state } = await trained.snapshot();
      return { tensors: { ...tensors, ...early?.tensors() }, state: { ...state, ...early?.state(), ...(total < planned ? { stopped: true } : {}), done, numTokens, last } };
    },
    restore(snapshot) {
      trained.restore(snapshot);
      done = Number(snapshot.state['done']);
      numTokens = Number(snapshot.state['numTokens']);
      last = snapshot.state['last'] as Metrics;
      early?.restore(snapshot);
      total = snapshot.state['stopped'] === true ? done : planned;
    },
    async *finish() {
      if (early === undefined) return yield* algorithm.finish({ last, numTokens, total });
      if (total === planned) await early.told(done, await algorithm.evaluate());
      const bestStep = await early.keepBest();
      const outcome = yield* algorithm.finish({ last, numTokens, total });
      return { ...outcome, summary: { ...outcome.summary, best_step: bestStep } };
    },
    release: () => algorithm.release(),
  };
}
