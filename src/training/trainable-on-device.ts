import type { Device } from '../engine/device';
import { createDeviceOptimizer, disposeAll, type Gradients, type TrainedTensor } from '../engine/device-optimizer';
import { clipScale } from '../engine/optimizer';
import type { Kept } from '../engine/session';
import { view, zerosLike, type Params } from '../models/params';
import { learningRateAt } from './schedule';
import { gradientName } from './sessions';
import { nonFiniteGradient, restoreMoments, snapshotOf, weightFeeds, type OptimizerSettings, type Trainable } from './trainable';

/**
 * A model that learns on a device that keeps its arrays: weights, gradients and moments stay there. `params` and the moments here are
 * what they were when `sync` or `snapshot` last fetched them.
 */
export function trainableOnDevice(name: string, params: Params, settings: OptimizerSettings, device: Device, threads: number): Trainable {
  const [m, v] = [zerosLike(params), zerosLike(params)];
  const tensors = params.specs.map(({ name: tensor, shape, offset }): TrainedTensor => {
    const resident = (of: Params) => device.resident(view(of, tensor), shape);
    return { name: tensor, shape, decays: offset < params.decayLength, weights: resident(params), m: resident(m), v: resident(v) };
  });
  const optimizer = createDeviceOptimizer(device, threads, tensors);
  let sum: Gradients | undefined;
  let updates = 0;
  let fetched = true;

  const forgetGradients = (): void => {
    if (sum !== undefined) disposeAll(sum);
    sum = undefined;
  };
  async function sync(): Promise<void> {
    if (fetched) return;
    for (const t of tensors) await device.download(t.weights.current!, view(params, t.name));
    fetched = true;
  }

  return {
    params,
    weights: weightFeeds(params, device),
    async backward(session, feeds) {
      if ('backward' in session) throw new Error('passes layer by layer keep their gradients on the host');
      const { results, kept } = await session.runKept({ ...this.weights, ...feeds });
      const gradients: Record<string, Kept> = Object.fromEntries(tensors.map((t) => [t.name, kept[gradientName(t.name)]!]));
      sum = sum === undefined ? gradients : await optimizer.add(sum, gradients);
      return results;
    },
    async update(step, total) {
      const learningRate = learningRateAt(step, total, settings);
      const gradients = sum ?? {};
      const gradNorm = await optimizer.norm(gradients);
      if (!Number.isFinite(gradNorm)) {
        forgetGradients();
        throw nonFiniteGradient(name, step);
      }
      const scale = settings.maxGradNorm > 0 ? clipScale(gradNorm, settings.maxGradNorm) : 1;
      updates++;
      fetched = false;
      sum = undefined;
      await optimizer.step(gradients, { ...settings, style: settings.style ?? 'torch', scale, step: updates, learningRate });
      return { gradNorm, learningRate };
    },
    discard: forgetGradients,
    sync,
    async snapshot() {
      await sync();
      for (const t of tensors) {
        if (t.m.current === undefined || t.v.current === undefined) continue; // Never moved: as here.
        await device.download(t.m.current, view(m, t.name));
        await device.download(t.v.current, view(v, t.name));
      }
      return snapshotOf(name, params, m.data, v.data, updates);
    },
    restore(snapshot) {
      updates = restoreMoments(snapshot, name, params, m.data, v.data);
      forgetGradients();
      fetched = true;
      for (const t of tensors) for (const resident of [t.weights, t.m, t.v]) device.forget(resident);
    },
    async release() {
      forgetGradients();
      for (const t of tensors) for (const resident of [t.weights, t.m, t.v]) device.forget(resident);
      await optimizer.release();
    },
  };
}

