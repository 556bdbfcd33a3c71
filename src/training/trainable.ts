import { adamwStep, clipScale, globalNorm } from '../engine/optimizer';
import { gradients, gradientsApart } from '../engine/autodiff';
import { output, type Graph, type Value } from '../engine/graph';
import type { Device } from '../engine/device';
import type { Feed, Resident, Session } from '../engine/session';
import { UserError } from '../base/errors';
import { trainedWeights } from '../models/adapter';
import type { Weights } from '../models/training-pieces';
import { scalesName, zerosLike, view, type Params, type ParamSpec } from '../models/params';
import { restoreTensor, type Resources, type Snapshot } from './algorithm';
import { outputLookUps } from './look-ups';
import { learningRateAt, type Schedule } from './schedule';
import { gradientName } from './sessions';
import { summingPass, type SummingPass } from './summing';
import { trainableOnDevice } from './trainable-on-device';

/** AdamW and its schedule; the same fields as in `run.json`. */
export interface OptimizerSettings extends Schedule {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Gradients of a larger global norm are scaled down to it; 0 switches that off. */
  readonly maxGradNorm: number;
  /** Where ε stands; see `adamwStep`. */
  readonly style?: 'torch' | 'tensorflow' | undefined;
}

/**
 * Adds the backward pass to a graph and names its results, so that {@link Trainable.backward} finds them. With an adapter: to its weights only.
 * `apart`: the host adds up what comes from look-ups (see `look-ups.ts`).
 */
export function outputGradients(g: Graph, loss: Value, weights: Weights, apart = false): void {
  const trained = trainedWeights(weights);
  const names = Object.keys(trained);
  const wrt = Object.values(trained);
  const { gradients: found, lookUps } = apart ? gradientsApart(g, loss, wrt) : { gradients: gradients(g, loss, wrt), lookUps: [] };
  found.forEach((d, i) => {
    if (d !== undefined) output(g, gradientName(names[i]!), d);
  });
  outputLookUps(g, lookUps, ({ table }) => names[wrt.findIndex((w) => w.id === table.id)]!);
}

/** Weights by name, as a graph takes them: arrays, or what stands for them on a device that keeps them. */
export type WeightFeeds = Record<string, Feed | Resident>;

/** The weights as feeds of a graph, with those beneath: views, so that they follow the optimizer, or their one copy on the device. */
export function weightFeeds(params: Params, device?: Device): WeightFeeds {
  const feedsOf = ({ name, shape }: ParamSpec): [string, Feed | Resident][] => {
    const stored = params.stored?.get(name);
    if (stored === undefined) return [[name, device?.keeps === true ? device.resident(view(params, name), shape) : view(params, name)]];
    return stored.kind === 'halves' ? [[name, stored.bits()]] : [[name, stored.values], [scalesName(name), stored.scales]];
  };
  return { ...(params.base === undefined ? {} : weightFeeds(params.base, device)), ...Object.fromEntries(params.specs.flatMap(feedsOf)) };
}

/** A model that learns: weights, gradients summed over micro-batches, Adam's moments. */
export interface Trainable {
  readonly params: Params;
  readonly weights: WeightFeeds;
  /** Runs one micro-batch, adds its gradients to the sum, and gives the graph's other outputs. */
  backward(pass: Session | SummingPass, feeds: Record<string, Feed>): Promise<Record<string, Feed>>;
  /**
   * One AdamW step with the summed gradients, clipped, at the learning rate of step `step` (from 0) of `total`.
   * @throws UserError when a gradient is not finite; the weights are then as they were.
   */
  update(step: number, total: number): Promise<{ gradNorm: number; learningRate: number }>;
  /** Forgets the summed gradients: the step is left out. */
  discard(): void;
  /** Brings `params` up to date, when the weights are on a device. */
  sync(): Promise<void>;
  /** Views of the state as it is now: they may change with the next step. */
  snapshot(): Promise<Snapshot>;
  restore(snapshot: Snapshot): void;
  release(): Promise<void>;
}

/** @param name prefix of the tensors in checkpoints. */
export function trainable(name: string, params: Params, settings: OptimizerSettings, { device, threads }: Pick<Resources, 'device' | 'threads'>): Trainable {
  return device?.keeps === true ? trainableOnDevice(name, params, settings, device, threads) : trainableOnHost(name, params, settings);
}

function trainableOnHost(name: string, params: Params, settings: OptimizerSettings): Trainable {
  const sum = zerosLike(params);
  const m = new Float32Array(params.data.length);
  const v = new Float32Array(params.data.length);
  const weights = weightFeeds(params);
  const sums = Object.fromEntries(sum.specs.map((s) => [s.name, view(sum, s.name)]));
  let microBatches = 0;
  let updates = 0;

  return {
    params,
    weights,
    backward: (pass, feeds) => ('backward' in pass ? pass : summingPass(pass)).backward({ ...weights, ...feeds }, sums, microBatches++ > 0),
    // eslint-disable-next-line @typescript-eslint/require-await -- on a device it waits
    async update(step, total) {
      const learningRate = learningRateAt(step, total, settings);
      const gradNorm = globalNorm(sum.data);
      if (!Number.isFinite(gradNorm)) throw nonFiniteGradient(name, step);
      const scale = settings.maxGradNorm > 0 ? clipScale(gradNorm, settings.maxGradNorm) : 1;
      microBatches = 0;
      updates++;
      adamwStep({ params, grads: sum.data, scale, m, v, step: updates, ...settings, style: settings.style ?? 'torch', learningRate });
      return { gradNorm, learningRate };
    },
    discard() {
      microBatches = 0;
    },
    sync: () => Promise.resolve(),
    snapshot: () => Promise.resolve(snapshotOf(name, params, m, v, updates)),
    restore(snapshot) {
      updates = restoreMoments(snapshot, name, params, m, v);
      microBatches = 0;
    },
    release: () => Promise.resolve(),
  };
}

/** @throws UserError for a loss that is no number, before it touches the weights. `step` counts from 0. */
export function checkLoss(loss: number, step: number): void {
  if (!Number.isFinite(loss)) throw new UserError('guard.nonFinite', `the loss is ${loss} at step ${step + 1}. Lower the learning rate.`);
}

export function nonFiniteGradient(name: string, step: number): UserError {
  return new UserError('guard.nonFinite', `a gradient of the ${name} is not finite after step ${step}. Lower the learning rate.`);
}

export function snapshotOf(name: string, params: Params, m: Float32Array, v: Float32Array, updates: number): Snapshot {
  return { tensors: { [`${name}.weights`]: params.data, [`${name}.adam.m`]: m, [`${name}.adam.v`]: v }, state: { [`${name}.updates`]: updates } };
}

/** Copies weights and moments out of a snapshot. @returns the number of updates that were done. */
export function restoreMoments(snapshot: Snapshot, name: string, params: Params, m: Float32Array, v: Float32Array): number {
  restoreTensor(snapshot, `${name}.weights`, params.data);
  restoreTensor(snapshot, `${name}.adam.m`, m);
  restoreTensor(snapshot, `${name}.adam.v`, v);
  return Number(snapshot.state[`${name}.updates`]);
}
