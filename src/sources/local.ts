import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { messageOf, UserError } from '../base/errors';
import { oneLine } from '../base/text';
import { trainerEnvironment } from '../jobs/environment';
import { serveAnswerSchema, type ServeAnswer, type ServeRequest } from '../protocol/serve';
import type { Ask, Reply, Source } from './source';

export interface LocalOptions {
  /** Absolute path of `dist/trainer.js`. */
  readonly trainer: string;
  /** Absolute path of the model's folder. */
  readonly folder: string;
  /** What a person calls the model. */
  readonly title: string;
  /** The Node (or Electron) binary; default: the one that runs this. */
  readonly execPath?: string;
  /** The process ends by itself when it was asked nothing for so long; 15 minutes when absent. */
  readonly idleMs?: number;
}

interface Waiting {
  readonly request: ServeRequest;
  /** It was sent to a process that ended of itself meanwhile; once is chance. */
  readonly again: boolean;
  readonly resolve: (replies: Reply[]) => void;
  readonly reject: (error: Error) => void;
}

interface Server {
  readonly child: ChildProcessWithoutNullStreams;
  readonly waiting: Map<number, Waiting>;
  /** The end of what it wrote to standard error. */
  errors: string;
}

/**
 * A model on this machine, kept in a process of its own so that it answers at once. The process is started by the first
 * request and again by the next one after it has ended, whatever the reason.
 */
export function createLocalSource(options: LocalOptions): Source & { /** Starts the process before it is needed. */ warm(): void } {
  let server: Server | undefined;
  let disposed = false;
  let last = 0;

  function start(): Server {
    const child = spawn(options.execPath ?? process.execPath, [options.trainer, 'serve', options.folder, ...(options.idleMs === undefined ? [] : [String(options.idleMs)])], {
      windowsHide: true,
      env: trainerEnvironment(process.env),
    });
    const mine: Server = { child, waiting: new Map(), errors: '' };
    const end = (why: string): void => {
      if (server === mine) server = undefined;
      for (const { reject } of mine.waiting.values()) reject(new UserError('local.ended', `The model “${options.title}” does not answer: ${why}${mine.errors === '' ? '' : ` (${oneLine(mine.errors, 300)})`}. Ask again to start it anew.`));
      mine.waiting.clear();
    };
    child.on('error', (error) => {
      end(`its process could not be started: ${messageOf(error)}`);
    });
    child.on('close', (code, signal) => {
      if (code === 0 && !disposed) sendAgain(mine);
      end(`its process ended with ${signal ?? String(code)}`);
    });
    // The end of the process says it all.
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      mine.errors = (mine.errors + text).slice(-1000);
    });
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) take(mine, line);
    });
    return mine;
  }

  /** A process that ends when idle may do so just as it is asked. */
  function sendAgain(ended: Server): void {
    for (const [id, waiting] of ended.waiting) {
      if (waiting.again) continue;
      ended.waiting.delete(id);
      if (server === ended) server = undefined;
      const next = (server ??= start());
      next.waiting.set(id, { ...waiting, again: true });
      send(next, waiting.request);
    }
  }

  function take(from: Server, line: string): void {
    const answer = parse(line);
    if (answer === undefined || 'ready' in answer) return;
    const waiting = from.waiting.get(answer.id);
    from.waiting.delete(answer.id);
    if ('replies' in answer) waiting?.resolve(answer.replies);
    else waiting?.reject(answer.error.code === undefined ? new Error(answer.error.message) : new UserError(answer.error.code, `“${options.title}”: ${answer.error.message}`));
  }

  return {
    warm() {
      if (!disposed) server ??= start();
    },
    async reply({ messages, n, sampling, seed }: Ask, signal?: AbortSignal) {
      signal?.throwIfAborted();
      if (disposed) throw new Error('the model is no longer used');
      const asked = (server ??= start());
      const id = ++last;
      return new Promise<Reply[]>((resolve, reject) => {
        const stop = (): void => {
          for (const at of [asked, server]) if (at?.waiting.delete(id) === true) send(at, { cancel: id });
          reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
        };
        signal?.addEventListener('abort', stop, { once: true });
        const settle = <T>(then: (value: T) => void) => (value: T): void => {
          signal?.removeEventListener('abort', stop);
          then(value);
        };
        const request: ServeRequest = { id, messages: messages.map(({ role, content }) => ({ role, content })), n, sampling, seed };
        asked.waiting.set(id, { request, again: false, resolve: settle(resolve), reject: settle(reject) });
        send(asked, request);
      });
    },
    dispose() {
      disposed = true;
      const { child } = server ?? {};
      // It ends when its input does; one that hangs is ended.
      child?.stdin.end();
      if (child) setTimeout(() => child.kill('SIGKILL'), 3000).unref();
    },
  };
}

function send(server: Server, request: ServeRequest): void {
  server.child.stdin.write(`${JSON.stringify(request)}\n`);
}

/** Lines that are no answers (a library that prints) are passed over. */
function parse(line: string): ServeAnswer | undefined {
  try {
    return serveAnswerSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
