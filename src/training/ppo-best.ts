import type { Metrics, Snapshot } from './algorithm';
import type { Trainable } from './trainable';

/** The weights of the best evaluation so far, for a run that may have to go back to them. */
export interface BestWeights {
  /** The step they are of, and its reward; undefined before the first evaluation. */
  best(): { readonly step: number; readonly score: number } | undefined;
  /** Keeps the weights as they are now when this evaluation is the best so far, and within `maxKl` nats of the reference. */
  consider(step: number, evaluated: Metrics): Promise<void>;
  /** Puts the best weights back, with fresh moments. */
  restoreBest(): void;
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
}

/** @param name prefix of the actor's tensors in checkpoints. */
export function bestWeights(name: string, actor: Trainable, maxKl: number): BestWeights {
  const kept = new Float32Array(actor.params.data.length);
  let best: { step: number; score: number } | undefined;
  return {
    best: () => best,
    async consider(step, evaluated) {
      const score = evaluated['objective/scores']!;
      if (!(score > (best?.score ?? -Infinity)) || !(evaluated['objective/exact_kl']! <= maxKl)) return;
      await actor.sync();
      kept.set(actor.params.data);
      best = { step, score };
    },
    restoreBest() {
      const zeros = new Float32Array(kept.length);
      actor.restore({ tensors: { [`${name}.weights`]: kept, [`${name}.adam.m`]: zeros, [`${name}.adam.v`]: zeros }, state: { [`${name}.updates`]: 0 } });
    },
    snapshot: () => (best === undefined ? { tensors: {}, state: {} } : { tensors: { 'best.weights': kept }, state: { best: { ...best } } }),
    restore({ tensors, state }) {
      best = state['best'] as typeof best;
      if (best === undefined) return;
      const from = tensors['best.weights'];
      if (from?.length !== kept.length) throw new Error(`the checkpoint's best.weights has ${String(from?.length)} elements, the model has ${kept.length}`);
      kept.set(from);
    },
  };
}
