import type { Session } from '../engine/session';
import type { ModelConfig } from '../models/config';
import type { Resources } from './algorithm';
import { layeredPasses } from './layered';
import { sessionCache } from './sessions';
import { wholeGraph, type Top } from './top';
import type { SummingPass } from './trainable';

/** Training passes of one model, by the shape of the batch. */
export interface Passes {
  get(top: Top): Promise<Session | SummingPass>;
  release(): Promise<void>;
}

/** One graph a shape, which keeps all activations; or layer by layer, with `recompute`. */
export function trainingPasses(config: ModelConfig, resources: Resources): Passes {
  if (resources.recompute === true) return layeredPasses(config, resources);
  const sessions = sessionCache(resources);
  return { get: (top) => sessions.get(top.key, () => wholeGraph(config, top)), release: () => sessions.release() };
}
