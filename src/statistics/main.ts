import { parentPort } from 'node:worker_threads';
import { stackOf } from '../base/errors';
import { computations } from './table';
import type { Reply, Request } from './table';

/** The worker: one request at a time, so that the editor's thread stays free. What a computation throws is a bug and goes back with its stack. */
const port = parentPort!;
port.on('message', ({ id, name, input }: Request) => {
  const answer = (reply: Reply): void => {
    port.postMessage(reply);
  };
  try {
    answer({ id, value: (computations[name] as (input: unknown) => unknown)(input) });
  } catch (error) {
    answer({ id, error: stackOf(error) });
  }
});
