import { Worker } from 'node:worker_threads';
import { messageOf, UserError } from '../../base/errors';
import { oneLine } from '../../base/text';
import type { ProgramCall, ProgramData, ProgramReply } from './worker';

/** What a programmed reward is given; `reference` and `tags` are the prompt's own. */
export interface ProgramInput {
  readonly prompt: string;
  readonly answer: string;
  readonly reference?: string;
  readonly tags?: readonly string[];
}

/** A programmed reward in a thread of its own. */
export interface Program {
  /** @throws UserError that names file, line and prompt, when the program throws, takes too long or too much, or gives no finite number. */
  score(input: ProgramInput): Promise<number>;
  dispose(): Promise<void>;
}

export interface ProgramOptions extends ProgramData {
  readonly memoryMb: number;
}

/** So much longer than the program's own limit until its thread is ended from outside. */
const grace = 2000;

/** Starts the thread and loads the program. @param script path of the built `reward-program.js` @throws UserError when it cannot be loaded. */
export async function openProgram(script: string, { source, name, timeoutMs, memoryMb }: ProgramOptions): Promise<Program> {
  const worker = new Worker(script, {
    workerData: { source, name, timeoutMs } satisfies ProgramData,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    env: {},
    execArgv: [],
  });
  worker.unref();
  let waiting: { resolve: (reply: ProgramReply) => void; timer: NodeJS.Timeout } | undefined;
  let ended: string | undefined;
  const settle = (reply: ProgramReply): void => {
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    const { resolve } = waiting;
    waiting = undefined;
    worker.unref();
    resolve(reply);
  };
  const end = (why: string): void => {
    ended ??= why;
    settle({ error: ended });
  };
  worker.on('message', settle);
  worker.on('error', (error) => {
    end((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ? `needed more than ${memoryMb} MB of memory` : `ended its thread: ${messageOf(error)}`);
  });
  worker.on('exit', () => {
    end('ended its thread');
  });
  const answer = (call?: ProgramCall): Promise<ProgramReply> =>
    new Promise((resolve) => {
      if (ended !== undefined) {
        resolve({ error: ended });
        return;
      }
      const timer = setTimeout(() => {
        end(`took more than ${timeoutMs} ms`);
        void worker.terminate();
      }, timeoutMs + grace);
      waiting = { resolve, timer };
      worker.ref();
      if (call !== undefined) worker.postMessage(call);
    });
  const where = (line: number | undefined): string => (line === undefined ? name : `${name}, line ${line}`);
  const hint = 'It is one file without imports: export default ({ prompt, answer, reference, tags }) => number.';

  const loaded = await answer();
  if (loaded.error !== undefined) {
    await worker.terminate();
    throw new UserError('ppo.program', `The programmed reward cannot be loaded: ${where(loaded.line)}: ${loaded.error}. ${hint}`);
  }
  let calls = 0;
  let queue: Promise<unknown> = Promise.resolve();
  return {
    score(input) {
      // One at a time: the time limit is one call's.
      const found = queue.then(() => answer({ id: ++calls, input: JSON.stringify(input) })).then(({ value, error, line }) => {
        if (value !== undefined) return value;
        throw new UserError('ppo.program', `The programmed reward failed: ${where(line)}, on the prompt "${oneLine(input.prompt, 80)}": ${String(error)}. Correct it and start the run anew.`);
      });
      queue = found.catch(() => undefined);
      return found;
    },
    async dispose() {
      ended ??= 'was ended';
      await worker.terminate();
    },
  };
}
