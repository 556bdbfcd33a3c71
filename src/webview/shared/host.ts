import type { Methods, ToPage, WireError } from '../../protocol/panels';
import { pingMethod } from '../../protocol/panels';
import type { z } from 'zod';
import type { Late } from './late';
import { watchAnswers } from './late';
import { showLate } from './late-banner';

interface VsCode<S> {
  postMessage(message: unknown): void;
  getState(): S | undefined;
  setState(state: S): void;
}
declare function acquireVsCodeApi<S>(): VsCode<S>;

/** An error that the host answered with. */
export class HostError extends Error {
  constructor(readonly wire: WireError) {
    super(wire.message);
  }
}

export interface Host<M extends Methods, R extends Record<keyof M, unknown>, E, S> {
  /** Rejects with a {@link HostError} when the host answers with an error, or with an Error when the page goes. */
  call<K extends keyof M & string>(method: K, params: z.input<M[K]>): Promise<R[K]>;
  onEvent(listener: (event: E) => void): void;
  getState(): S | undefined;
  setState(state: S): void;
}

/**
 * The page's end of the wire. A page makes one. When answers do not come, a banner says so.
 * @param onLate what the page says itself, in place of that banner
 */
export function connect<M extends Methods, R extends Record<keyof M, unknown>, E, S>(onLate: (late: Late) => void = showLate): Host<M, R, E, S> {
  const vscode = acquireVsCodeApi<S>();
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const listeners: ((event: E) => void)[] = [];
  let last = 0;
  const watch = watchAnswers(() => {
    vscode.postMessage({ type: 'call', id: ++last, method: pingMethod, params: {} });
  }, onLate);
  /** The id of a key's question whether anybody is there to act on it; 0: none is out. */
  let probe = 0;
  // Keys are commands that go by way of the extension: where it is gone, the page does not even learn what was wanted.
  window.addEventListener('keydown', () => {
    if (probe > 0) return;
    probe = ++last;
    watch.asked(probe);
    vscode.postMessage({ type: 'call', id: probe, method: pingMethod, params: {} });
  }, true);

  window.addEventListener('message', ({ data }: MessageEvent<ToPage<E>>) => {
    watch.heard();
    if (data.type === 'event') {
      for (const listen of listeners) listen(data.event);
      return;
    }
    // A message is a response only if its id is pending.
    const call = pending.get(data.id);
    pending.delete(data.id);
    watch.answered(data.id);
    if (data.id === probe) probe = 0;
    if (data.type === 'result') call?.resolve(data.value);
    else call?.reject(new HostError(data.error));
  });
  window.addEventListener('pagehide', () => {
    for (const [id, { reject }] of pending) {
      watch.answered(id);
      reject(new Error('the panel was closed'));
    }
    pending.clear();
  });

  return {
    call: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
        watch.asked(id);
        vscode.postMessage({ type: 'call', id, method, params });
      }),
    onEvent: (listener) => void listeners.push(listener),
    getState: () => vscode.getState(),
    setState: (state) => {
      vscode.setState(state);
    },
  };
}
