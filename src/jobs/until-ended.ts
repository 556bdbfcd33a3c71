import { UserError } from '../base/errors';
import type { Disposable } from '../base/events';
import { isActive } from './view';
import type { RunView } from './view';

/**
 * Resolves to a run's view when it is neither queued nor at work.
 * @param view as it is now; undefined when there is no such run (any more)
 * @throws UserError when the run is gone; the signal's reason when it is aborted
 */
export function untilEnded(view: () => RunView | undefined, onChange: (listener: () => void) => Disposable, id: string, signal?: AbortSignal): Promise<RunView> {
  return new Promise((resolve, reject) => {
    const done = (): boolean => {
      const now = view();
      if (now === undefined) reject(new UserError('jobs.no-such-run', `The run "${id}" is gone.`));
      else if (now.state !== 'queued' && !isActive(now.state)) resolve(now);
      else return false;
      listening.dispose();
      return true;
    };
    const listening = onChange(() => void done());
    signal?.addEventListener('abort', () => {
      listening.dispose();
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    });
    done();
  });
}
