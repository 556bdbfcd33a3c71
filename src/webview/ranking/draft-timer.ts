import type { Said } from '../../domain/form';
import type { RankingMethods } from '../../protocol/panels-ranking';
import type { Params } from '../../protocol/panels';

type Draft = Omit<Params<RankingMethods, 'draft'>, 'ms' | 'at'>;

/** Sends what was entered, at most once in `pause` milliseconds: also while somebody goes on typing, so that no crash costs more than that. */
export function draftTimer(send: (draft: Draft) => void, pause = 150): { set(draft: { id: string; said: Said }): void; drop(): void; flush(): Promise<void> } {
  let waiting: { id: string; said: Said } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const fire = (): void => {
    stop();
    const draft = waiting;
    waiting = undefined;
    if (draft) send(JSON.parse(JSON.stringify(draft)) as Draft);
  };
  return {
    set(draft) {
      waiting = draft;
      timer ??= setTimeout(fire, pause);
    },
    drop() {
      stop();
      waiting = undefined;
    },
    // Calls are answered in turn, so that what is asked next comes after it.
    flush() {
      fire();
      return Promise.resolve();
    },
  };
}
