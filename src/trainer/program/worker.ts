import { createContext, Script } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * The thread in which a programmed reward runs. Its code lives in a context that has the JavaScript language and nothing else: no `require`,
 * `import`, `process`, `fetch` or timers; no `eval`; no buffers, whose memory the thread's limit does not count; no chance and no clock, since a
 * resumed run must give the same numbers. All that passes between here and there are texts and numbers. This keeps a mistake from doing harm; it
 * is no wall against an attacker (https://nodejs.org/api/vm.html says the same of `node:vm`).
 */
export interface ProgramData {
  readonly source: string;
  /** The file, as messages name it. */
  readonly name: string;
  readonly timeoutMs: number;
}

/** `input`: the argument as JSON. */
export interface ProgramCall {
  readonly id: number;
  readonly input: string;
}

/** Without an id: whether the program could be loaded. `line` is where in the file it happened, when that is known. */
export interface ProgramReply {
  readonly id?: number;
  readonly value?: number;
  readonly error?: string;
  readonly line?: number;
}

const absent = ['ArrayBuffer', 'SharedArrayBuffer', 'Atomics', 'DataView', 'WebAssembly', 'WeakRef', 'FinalizationRegistry', 'Date', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'];
const prelude = `'use strict';
var __reward, __input, __outcome, __value;
for (const name of ${JSON.stringify(absent)}) delete globalThis[name];
Math.random = () => { throw new Error('there is no chance here: a reward must be the same each time'); };`;
/** Promises are settled within the call or never: there is nothing here to wait for. */
const call = `__outcome = '';
(async () => __reward(JSON.parse(__input)))().then(
  (x) => { __value = typeof x === 'number' ? x : typeof x; __outcome = 'value'; },
  (e) => { __value = String((typeof e === 'object' && e !== null && e.stack) || e); __outcome = 'error'; },
);`;

/** `export default …` as a script has it, with every line where it was. @throws Error when there is not exactly one. */
export function scriptOf(source: string): string {
  const found = [...source.matchAll(/^([ \t]*)export[ \t]+default\b/gm)];
  if (found.length !== 1) throw new SyntaxError('it must have one "export default", at the beginning of a line');
  const at = found[0]!.index + found[0]![1]!.length;
  const word = source.slice(at).match(/^export[ \t]+default\b/)![0];
  const [before, after] = [source.slice(0, at), source.slice(at + word.length)];
  const named = /^\s*(?:async\s+)?function\s+([\w$]+)/.exec(after)?.[1];
  // A declaration stays one; anything else is assigned.
  return named === undefined ? `'use strict';${before}__reward =${after}` : `'use strict';${before}${' '.repeat(word.length)}${after}\n;__reward = ${named};`;
}

function serve({ source, name, timeoutMs }: ProgramData): void {
  const port = parentPort!;
  const sandbox = Object.create(null) as Record<string, unknown>;
  const context = createContext(sandbox, { codeGeneration: { strings: false, wasm: false }, microtaskMode: 'afterEvaluate' });
  const limits = { timeout: timeoutMs };
  const failed = (error: unknown, id?: number): ProgramReply => {
    const stack = error instanceof Error || (typeof error === 'object' && error !== null && 'stack' in error) ? String((error as Error).stack) : String(error);
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    return { ...(id === undefined ? {} : { id }), ...(code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? { error: `took more than ${timeoutMs} ms` } : fault(stack)) };
  };
  /** The message and the line of a stack: a syntax error's begins with the place, another's names it in its first frame. */
  const fault = (stack: string): { error: string; line?: number } => {
    const lines = stack.split('\n');
    const message = lines.find((l) => /^(Uncaught )?\w*(Error|Exception)\b/.test(l)) ?? lines[0]!;
    const place = lines.find((l) => l.includes(`${name}:`));
    const line = place === undefined ? NaN : Number(place.slice(place.indexOf(`${name}:`) + name.length + 1).match(/^\d+/)?.[0]);
    return { error: message.slice(0, 500), ...(Number.isNaN(line) ? {} : { line }) };
  };
  try {
    new Script(prelude).runInContext(context, limits);
    new Script(scriptOf(source), { filename: name }).runInContext(context, limits);
    const kind = new Script('typeof __reward').runInContext(context, limits) as string;
    if (kind !== 'function') throw new TypeError(`its default export is of type ${kind}, not a function`);
  } catch (error) {
    port.postMessage(failed(error) satisfies ProgramReply);
    return;
  }
  const script = new Script(call);
  port.on('message', ({ id, input }: ProgramCall) => {
    sandbox['__input'] = input;
    try {
      script.runInContext(context, limits);
    } catch (error) {
      port.postMessage(failed(error, id));
      return;
    }
    const { __outcome: outcome, __value: value } = sandbox;
    const reply = (): ProgramReply => {
      if (outcome === 'error') return { id, ...fault(String(value)) };
      if (outcome !== 'value') return { id, error: 'gave a promise that never settles: there are no timers and nothing else to wait for' };
      if (typeof value !== 'number') return { id, error: `gave a value of type ${String(value)}, not a number` };
      return Number.isFinite(value) ? { id, value } : { id, error: `gave ${value}, not a finite number` };
    };
    port.postMessage(reply());
  });
  port.postMessage({} satisfies ProgramReply);
}

if (parentPort !== null) serve(workerData as ProgramData);
