import type { JsonObject } from '../base/json';
import type { EnsembleObjective } from '../domain/ensemble-score';
import type { ModelReport } from '../domain/model-report';
import type { Device } from '../engine/device';
import type { ModelConfig } from '../models/config';
import type { Params } from '../models/params';
import type { Tokenizer } from '../modelio/tokenizer';

/**
 * What an algorithm tells while it runs. It does no I/O: whoever drives it adds the time, writes the line and keeps the
 * checkpoints. `record` is a line of the run's result file (an answer, a generation).
 */
export type TrainingEvent =
  | { readonly type: 'step'; readonly step: number; readonly metrics: Metrics }
  | { readonly type: 'eval'; readonly step: number; readonly metrics: Metrics }
  | {
      readonly type: 'sample';
      readonly step: number;
      readonly index: number;
      readonly prompt: string;
      readonly text: string;
      readonly reward?: number;
      readonly kl?: number;
      readonly finished?: boolean;
    }
  | { readonly type: 'warning'; readonly step?: number; readonly message: string }
  | { readonly type: 'record'; readonly value: JsonObject };

/** Numbers by name, in TRL's names where TRL has one. */
export type Metrics = Record<string, number>;

/** Everything that a run needs to go on as if nothing had happened. */
export interface Snapshot {
  readonly tensors: Readonly<Record<string, Float32Array>>;
  readonly state: JsonObject;
}

/** What a run ends with. `params` are the trained weights, when there are any. */
export interface Outcome {
  readonly summary: Metrics;
  readonly params?: Params;
  /** Mean and standard deviation of a reward model's scores, for its configuration. */
  readonly scores?: { readonly mean: number; readonly std: number };
  /** Of a head with several outputs: what is needed to combine them. */
  readonly outputs?: { readonly means: readonly number[]; readonly covariance: readonly (readonly number[])[] };
  /** Normalised scores of the answers that were held out (or learned from, when none were), a list a prompt. */
  readonly held?: readonly Float64Array[];
  /** Other models that the run has trained alike, beside the first. */
  readonly members?: readonly { readonly params: Params; readonly scores: { readonly mean: number; readonly std: number } }[];
  /** What is too much for a summary of numbers: it becomes `report.json`. */
  readonly report?: ModelReport;
}

/**
 * A training, generation or evaluation loop. All randomness comes from generators forked by name from the run's seed, so that
 * the number of finished steps is all there is to know about it, and a resumed run gives the numbers of an uninterrupted one.
 */
export interface Algorithm {
  /** Steps of the whole run. */
  readonly total: number;
  /** Steps that are done. */
  done(): number;
  /** The weights that the run trains, as they were at the last snapshot or later; absent when it trains none. */
  params?(): Params;
  /** The next step, with the evaluation that falls due before the first or after it. Stopping half-way loses the step. */
  step(): AsyncGenerator<TrainingEvent, void>;
  /** Views of the state between steps: write them down before the next step. */
  snapshot(): Snapshot | Promise<Snapshot>;
  /** @throws Error when the snapshot is not one of this algorithm and model. */
  restore(snapshot: Snapshot): void;
  /** The last measurements, after the last step. */
  finish(): AsyncGenerator<TrainingEvent, Outcome>;
  /** Frees native memory. */
  release(): Promise<void>;
}

/** A language or reward model in memory. */
export interface Model {
  readonly config: ModelConfig;
  readonly params: Params;
  readonly tokenizer: Tokenizer;
}

/** A reward model: its scores are normalised as (score − mean) / std. */
export interface RewardModel extends Model {
  readonly mean: number;
  readonly std: number;
  /** Models that were trained alike and read the same ids, and how their scores and this one's become one. */
  readonly ensemble?: EnsembleObjective & { readonly others: readonly Pick<RewardModel, 'config' | 'params' | 'mean' | 'std'>[] };
}

/** How the machine is used; none of it changes results beyond rounding. */
export interface Resources {
  readonly threads: number;
  /** Who computes; the CPU when left out. */
  readonly device?: Device | undefined;
  /** Most cells (rows × padded length) computed at once; bounds the memory of activations. */
  readonly maxCells: number;
  /** A training pass keeps each layer's input only and computes the rest again on the way back: less memory, a third more work. */
  readonly recompute?: boolean;
  /** Counted tokens that meet the vocabulary at once where activations are computed again; bounds the memory of logits. */
  readonly maxSlots?: number;
}

/** Copies a snapshot's tensor over `into`. */
export function restoreTensor(snapshot: Snapshot, name: string, into: Float32Array): void {
  const from = snapshot.tensors[name];
  if (from?.length !== into.length) throw new Error(`the checkpoint's ${name} has ${String(from?.length)} elements, the model has ${into.length}`);
  into.set(from);
}
