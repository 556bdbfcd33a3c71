import type { Said } from '../../domain/form';
import type { RankingMethods } from '../../protocol/panels-ranking';
import type { Params } from '../../protocol/panels';

type Draft = Omit<Params<RankingMethods, 'draft'>, 'ms' | 'at'>;

/** Sends what was entered once nothing more comes for a while. */
export function draftTimer(send: (draft: Draft) => void, pause = 300): { set(draft: { id: string; said: Said }): void; drop(): void; flush(): Promise<void> } {
  let waiting: { id: string; said: Said } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const fire = (): void => {
    clearTimeout(timer);
    const draft = waiting;
    waiting = undefined;
    if (draft) send(JSON.parse(JSON.stringify(draft)) as Draft);
  };
  return {
    set(draft) {
      waiting = draft;
      clearTimeout(timer);
      timer = setTimeout(fire, pause);
    },
    drop() {
      clearTimeout(timer);
      waiting = undefined;
    },
    // Calls are answered in turn, so that what is asked next comes after it.
    flush() {
      fire();
      return Promise.resolve();
    },
  };
}
