import type { Graph } from '../engine/graph';
import { createSession, type Session } from '../engine/session';
import type { Resources } from './algorithm';

/** Begins the names of the outputs that are gradients: on a device that keeps arrays they stay there. */
export const gradientPrefix = 'grad:';

/** The graph's output that holds a weight's gradient. */
export const gradientName = (name: string): string => `${gradientPrefix}${name}`;

/** Compiled graphs by shape. The graph of a batch shape is built and compiled when it is first met. */
export interface Sessions {
  get(key: string, build: () => Graph): Promise<Session>;
  release(): Promise<void>;
}

/** Keeps the `capacity` sessions that were used last; the others are released. They take turns, so they share their memory. */
export function sessionCache({ threads, device }: Pick<Resources, 'threads' | 'device'>, capacity = 64): Sessions {
  const cache = new Map<string, Session>();
  return {
    async get(key, build) {
      let session = cache.get(key);
      if (session === undefined) {
        const [oldest] = cache;
        if (cache.size >= capacity && oldest !== undefined) {
          cache.delete(oldest[0]);
          await oldest[1].release();
        }
        session = await createSession(build(), { threads, provider: device?.provider, shareMemory: true, keep: device?.keeps === true ? (name) => name.startsWith(gradientPrefix) : undefined });
      } else cache.delete(key);
      // A Map iterates in the order of insertion: the last used one goes to the end.
      cache.set(key, session);
      return session;
    },
    async release() {
      for (const session of cache.values()) await session.release();
      cache.clear();
    },
  };
}
