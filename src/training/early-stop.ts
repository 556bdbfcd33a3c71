import type { JsonObject } from '../base/json';
import type { Metrics, Snapshot } from './algorithm';
import type { Trainable } from './trainable';

/** Ends a run that gets no better on what is held out, and keeps the weights with which it was best. */
export interface EarlyStop {
  /** The evaluation at a step. @returns true when so many in a row were no better than the best that the run is to end. */
  told(step: number, metrics: Metrics): Promise<boolean>;
  /** Puts the best weights back. @returns their step. */
  keepBest(): Promise<number>;
  readonly tensors: () => Readonly<Record<string, Float32Array>>;
  readonly state: () => JsonObject;
  restore(snapshot: Snapshot): void;
}

/** @param patience evaluations in a row without a lower `eval_loss` than the lowest */
export function createEarlyStop(patience: number, trained: Trainable): EarlyStop {
  let best: { readonly step: number; readonly loss: number; readonly weights: Float32Array } | undefined;
  let worse = 0;
  return {
    async told(step, metrics) {
      const loss = metrics['eval_loss']!;
      if (best === undefined || loss < best.loss) {
        await trained.sync();
        best = { step, loss, weights: trained.params.data.slice() };
        worse = 0;
      } else worse++;
      return worse >= patience;
    },
    async keepBest() {
      const now = await trained.snapshot();
      const name = Object.keys(now.tensors).find((n) => n.endsWith('.weights'))!;
      trained.restore({ ...now, tensors: { ...now.tensors, [name]: best!.weights } });
      return best!.step;
    },
    tensors: () => (best === undefined ? {} : { 'best.weights': best.weights }),
    state: () => (best === undefined ? {} : { best: { step: best.step, loss: best.loss, worse } }),
    restore({ tensors, state }) {
      const told = state['best'] as { step: number; loss: number; worse: number } | undefined;
      const weights = tensors['best.weights'];
      if (told !== undefined && weights?.length !== trained.params.data.length) throw new Error('the checkpoint has not the best weights of the run');
      best = told === undefined ? undefined : { step: told.step, loss: told.loss, weights: weights!.slice() };
      worse = told?.worse ?? 0;
    },
  };
}
