import type { Device } from './device';
import { input, newGraph, output, size, type Graph } from './graph';
import type { AdamwStep } from './optimizer';
import { add, concat, div, mul, reduceSum, reshape, sqrt, sub } from './ops';
import { createSession, type Kept, type Resident, type Session } from './session';

/** One tensor that is trained, its weights and moments on the device. */
export interface TrainedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Weight decay applies. */
  readonly decays: boolean;
  readonly weights: Resident;
  readonly m: Resident;
  readonly v: Resident;
}

/** Gradients by the name of their tensor. */
export type Gradients = Readonly<Record<string, Kept>>;

/** AdamW where the arrays are: the device sends back one number a row for the norm, and nothing else. */
export interface DeviceOptimizer {
  /** The sum of two sets of gradients; both are used up. */
  add(a: Gradients, b: Gradients): Promise<Gradients>;
  /** Euclidean norm over all gradients. Rows are summed in float32 on the device, the sums of rows in double precision here. */
  norm(gradients: Gradients): Promise<number>;
  /** One step with gradients times `scale`, which are used up: see `adamwStep`. */
  step(gradients: Gradients, step: Omit<AdamwStep, 'params' | 'grads' | 'm' | 'v'>): Promise<void>;
  release(): Promise<void>;
}

/** New weights and moments are written beside the old ones, part by part, so that no more than one part is there twice. */
const mostElements = 2 ** 22;
const mostTensors = 16;

interface Part {
  readonly tensors: readonly TrainedTensor[];
  session(name: string, build: () => Graph): Promise<Session>;
}

export function createDeviceOptimizer(device: Device, threads: number, tensors: readonly TrainedTensor[]): DeviceOptimizer {
  const sessions: Promise<Session>[] = [];
  const parts = partsOf(tensors).map((own): Part => {
    const made = new Map<string, Promise<Session>>();
    return {
      tensors: own,
      session(name, build) {
        let session = made.get(name);
        if (session === undefined) {
          session = createSession(build(), { threads, provider: device.provider, keep: (result) => result !== 'norms' });
          made.set(name, session);
          sessions.push(session);
        }
        return session;
      },
    };
  });

  return {
    async add(a, b) {
      const sums: Record<string, Kept> = {};
      for (const part of parts) {
        const session = await part.session('add', () => addGraph(part.tensors));
        const feeds = part.tensors.flatMap(({ name, shape }) => [[`a:${name}`, held(a[name]!, shape)], [`b:${name}`, held(b[name]!, shape)]] as const);
        Object.assign(sums, (await session.runKept(Object.fromEntries(feeds))).kept);
      }
      disposeAll(a);
      disposeAll(b);
      return sums;
    },

    async norm(gradients) {
      let sum = 0;
      for (const part of parts) {
        const session = await part.session('norm', () => normGraph(part.tensors));
        const { results } = await session.runKept(Object.fromEntries(part.tensors.map(({ name, shape }) => [name, held(gradients[name]!, shape)])));
        for (const x of results['norms'] as Float32Array) sum += x;
      }
      return Math.sqrt(sum);
    },

    async step(gradients, { step, learningRate, beta1, beta2, eps, weightDecay, scale = 1, style = 'torch' }) {
      if (!(step >= 1)) throw new Error(`Adam counts its steps from 1, not ${step}`);
      // As in adamwStep: the corrections of both moments go into the step size and ε.
      const correction2 = Math.sqrt(1 - beta2 ** step);
      const numbers = {
        scale: Float32Array.of(scale),
        stepSize: Float32Array.of((learningRate * correction2) / (1 - beta1 ** step)),
        epsilon: Float32Array.of(style === 'torch' ? eps * correction2 : eps),
        keep: Float32Array.of(1 - learningRate * weightDecay),
      };
      for (const part of parts) {
        const session = await part.session('step', () => stepGraph(part.tensors, beta1, beta2));
        const feeds = part.tensors.flatMap(({ name, shape, weights, m, v }) => [[`p:${name}`, weights], [`m:${name}`, m], [`v:${name}`, v], [`g:${name}`, held(gradients[name]!, shape)]] as const);
        const { keep, ...always } = numbers;
        const { kept } = await session.runKept({ ...Object.fromEntries(feeds), ...always, ...(part.tensors.some((t) => t.decays) ? { keep } : {}) });
        for (const { name, weights, m, v } of part.tensors) {
          device.replace(weights, kept[`p:${name}:new`]!);
          device.replace(m, kept[`m:${name}:new`]!);
          device.replace(v, kept[`v:${name}:new`]!);
          gradients[name]!.dispose();
        }
      }
    },

    async release() {
      for (const session of sessions) await (await session).release();
    },
  };
}

/** Lets results on the device go. */
export function disposeAll(of: Readonly<Record<string, Kept>>): void {
  for (const kept of Object.values(of)) kept.dispose();
}

function partsOf(tensors: readonly TrainedTensor[]): TrainedTensor[][] {
  const parts: TrainedTensor[][] = [];
  let elements = Infinity;
  for (const tensor of tensors) {
    elements += size(tensor.shape);
    if (elements > mostElements || parts.at(-1)!.length >= mostTensors) {
      parts.push([]);
      elements = size(tensor.shape);
    }
    parts.at(-1)!.push(tensor);
  }
  return parts;
}

/** A result on the device as a feed. */
function held(kept: Kept, shape: readonly number[]): Resident {
  return { shape, current: kept, load: () => Promise.resolve(kept) };
}

function addGraph(tensors: readonly TrainedTensor[]): Graph {
  const g = newGraph();
  for (const { name, shape } of tensors) output(g, name, add(g, input(g, `a:${name}`, 'float32', shape), input(g, `b:${name}`, 'float32', shape)));
  return g;
}

/** `norms`: the sum of squares of every row of every tensor. */
function normGraph(tensors: readonly TrainedTensor[]): Graph {
  const g = newGraph();
  const rows = tensors.map(({ name, shape }) => {
    const x = input(g, name, 'float32', shape);
    const sums = reduceSum(g, mul(g, x, x), [-1]);
    return reshape(g, sums, [size(sums.shape)]);
  });
  output(g, 'norms', rows.length === 1 ? rows[0]! : concat(g, rows, 0));
  return g;
}

function stepGraph(tensors: readonly TrainedTensor[], beta1: number, beta2: number): Graph {
  const g = newGraph();
  const [scale, stepSize, epsilon] = ['scale', 'stepSize', 'epsilon'].map((name) => input(g, name, 'float32', [1]));
  const keep = tensors.some((t) => t.decays) ? input(g, 'keep', 'float32', [1]) : undefined;
  for (const { name, shape, decays } of tensors) {
    const [p, m, v, raw] = ['p', 'm', 'v', 'g'].map((part) => input(g, `${part}:${name}`, 'float32', shape));
    const gradient = mul(g, raw!, scale!);
    const newM = add(g, mul(g, m!, beta1), mul(g, gradient, 1 - beta1));
    const newV = add(g, mul(g, v!, beta2), mul(g, mul(g, gradient, gradient), 1 - beta2));
    const moved = div(g, mul(g, newM, stepSize!), add(g, sqrt(g, newV), epsilon!));
    output(g, `p:${name}:new`, sub(g, decays && keep !== undefined ? mul(g, p!, keep) : p!, moved));
    output(g, `m:${name}:new`, newM);
    output(g, `v:${name}:new`, newV);
  }
  return g;
}
