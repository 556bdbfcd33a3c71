import type { Json, JsonObject } from '../base/json';
import type { Params } from '../models/params';
import { restoreTensor, type Algorithm, type Metrics, type Outcome, type Snapshot, type TrainingEvent } from './algorithm';

/** One model of an ensemble, before its first step. */
export interface Member {
  readonly params: Params;
  readonly algorithm: Algorithm;
}

/** What a member that is trained leaves. */
interface Trained {
  readonly params: Params;
  readonly scores: { readonly mean: number; readonly std: number };
  /** Normalised scores of held-out answers, a list a prompt. */
  readonly held: readonly Float64Array[];
  readonly accuracy: number;
}

/**
 * Reward models that are trained alike, one after the other, from different random numbers (Lakshminarayanan et al. 2017, arXiv 1612.01474; of reward models
 * Coste et al. 2023, arXiv 2310.02743): where they disagree, none of them knows. `member(k)` makes the k-th, always the same; the first is what a run
 * of one model trains. A checkpoint holds the state of the one that learns and the weights of those that have learned.
 */
export function createEnsemble(count: number, member: (k: number) => Member, conclude: (first: Outcome, members: readonly { readonly held: readonly Float64Array[]; readonly accuracy: number }[]) => Outcome): Algorithm {
  const trained: Trained[] = [];
  let current = member(0);
  const each = current.algorithm.total;
  let firstOutcome: Pick<Outcome, 'summary' | 'report'> | undefined;

  /** The end of the current member; its events are told at their place in the whole. */
  async function* end(): AsyncGenerator<TrainingEvent, Outcome> {
    const ending = current.algorithm.finish();
    for (;;) {
      const next = await ending.next();
      if (next.done === true) {
        const { summary, scores, held = [], report } = next.value;
        if (scores === undefined) throw new Error('a member of an ensemble has no scores');
        firstOutcome ??= { summary, ...(report === undefined ? {} : { report }) };
        trained.push({ params: current.params, scores, held, accuracy: summary['accuracy'] ?? summary['train_accuracy'] ?? 0 });
        return next.value;
      }
      yield moved(next.value);
    }
  }
  const moved = (event: TrainingEvent): TrainingEvent => (event.type === 'step' || event.type === 'eval' ? { ...event, step: event.step + trained.length * each } : event);

  return {
    total: count * each,
    done: () => trained.length * each + current.algorithm.done(),
    params: () => current.params,
    async *step() {
      for await (const event of current.algorithm.step()) yield moved(event.type === 'step' ? { ...event, metrics: { ...event.metrics, member: trained.length + 1 } } : event);
      if (current.algorithm.done() < each || trained.length === count - 1) return;
      yield* end();
      await current.algorithm.release();
      current = member(trained.length);
    },
    async snapshot(): Promise<Snapshot> {
      const { tensors, state } = await current.algorithm.snapshot();
      const done = trained.map(({ scores, held, accuracy }) => ({ scores: { ...scores }, held: held.map((h) => [...h]), accuracy }));
      return {
        tensors: { ...tensors, ...Object.fromEntries(trained.map(({ params }, k) => [`member-${k}`, params.data])) },
        state: { member: state, trained: done, ...(firstOutcome === undefined ? {} : { first: firstOutcome as unknown as JsonObject }) },
      };
    },
    restore(snapshot) {
      const done = snapshot.state['trained'] as unknown as { scores: Trained['scores']; held: number[][]; accuracy: number }[];
      trained.length = 0;
      for (const [k, { scores, held, accuracy }] of done.entries()) {
        const { params } = member(k);
        restoreTensor(snapshot, `member-${k}`, params.data);
        trained.push({ params, scores, held: held.map((h) => Float64Array.from(h)), accuracy });
      }
      firstOutcome = snapshot.state['first'] as unknown as Pick<Outcome, 'summary' | 'report'> | undefined;
      if (trained.length > 0) current = member(trained.length);
      current.algorithm.restore({ tensors: snapshot.tensors, state: snapshot.state['member'] as Record<string, Json> });
    },
    async *finish() {
      yield* end();
      const [first, ...others] = trained as [Trained, ...Trained[]];
      const whole = conclude({ ...firstOutcome!, params: first.params, scores: first.scores }, trained);
      return { ...whole, members: others.map(({ params, scores }) => ({ params, scores })) };
    },
    release: () => current.algorithm.release(),
  };
}

/** The numbers of an ensemble beside those of its first member. */
export function ensembleMetrics(accuracies: readonly number[], together: number, uncertainty: number): Metrics {
  return { members: accuracies.length, ensemble_accuracy: together, ensemble_uncertainty: uncertainty };
}
