import { Worker } from 'node:worker_threads';
import type { Disposable } from '../base/events';
import type { ComputationName, InputOf, OutputOf, Reply, Request } from './table';

/** The worker thread as seen from the editor's or the command line's thread. */
export interface Statistics extends Disposable {
  /** Computes on the worker. Buffers in `transfer` are given away. @throws Error with the worker's stack for a bug there, or when the worker was ended. */
  compute<K extends ComputationName>(name: K, input: InputOf<K>, transfer?: readonly ArrayBuffer[]): Promise<OutputOf<K>>;
}

/** Starts the worker with the first computation. @param script path of the built `statistics.js` */
export function openStatistics(script: string): Statistics {
  const pending = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let worker: Worker | undefined;
  let last = 0;

  function failAll(error: Error): void {
    worker = undefined;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  }
  function start(): Worker {
    const started = new Worker(script);
    started.unref();
    started.on('message', (reply: Reply) => {
      const call = pending.get(reply.id);
      pending.delete(reply.id);
      if (pending.size === 0) started.unref();
      if ('error' in reply) call?.reject(new Error(reply.error));
      else call?.resolve(reply.value as never);
    });
    started.on('error', (error) => {
      failAll(error instanceof Error ? error : new Error(String(error)));
    });
    started.on('exit', () => {
      if (worker === started) failAll(new Error('the statistics thread has ended'));
    });
    return started;
  }

  return {
    compute(name, input, transfer = []) {
      worker ??= start();
      worker.ref();
      const id = ++last;
      const request: Request = { id, name, input };
      const result = new Promise<never>((resolve, reject) => pending.set(id, { resolve, reject }));
      worker.postMessage(request, [...transfer]);
      return result;
    },
    dispose() {
      const ended = worker;
      failAll(new Error('the statistics thread was ended'));
      void ended?.terminate();
    },
  };
}
