import type { Session } from '../engine/session';
import type { ModelConfig } from '../models/config';
import type { Resources } from './algorithm';
import { layeredPasses } from './layered';
import { sessionCache } from './sessions';
import { summingPass, type SummingPass } from './summing';
import { wholeGraph, type Top } from './top';

/** Training passes of one model, by the shape of the batch. */
export interface Passes {
  get(top: Top): Promise<Session | SummingPass>;
  release(): Promise<void>;
}

/** One graph a shape, which keeps all activations; or layer by layer, with `recompute`. */
export function trainingPasses(config: ModelConfig, resources: Resources): Passes {
  if (resources.recompute === true) return layeredPasses(config, resources);
  const sessions = sessionCache(resources);
  // A device keeps its gradients, so it adds up all that is in them.
  if (resources.device?.keeps === true) return { get: (top) => sessions.get(top.key, () => wholeGraph(config, top)), release: () => sessions.release() };
  const scratch = new Map<string, Float32Array>();
  return {
    get: async (top) => summingPass(await sessions.get(top.key, () => wholeGraph(config, top, true)), scratch),
    release: () => sessions.release(),
  };
}
