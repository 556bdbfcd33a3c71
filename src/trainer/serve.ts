import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { createRng } from '../base/rng';
import { messageOf, stackOf, UserError } from '../base/errors';
import { readModelFolder } from '../modelio/folder';
import { encodePrompt } from '../modelio/prompt';
import { readablePrompt } from '../modelio/transcript';
import { createGenerator, type Generator } from '../models/generate';
import { parseModelConfig } from '../models/config';
import { modelSpecs } from '../models/specs';
import { loadModel } from '../models/load';
import { serveRequestSchema, type ServeAnswer, type ServeRequest } from '../protocol/serve';
import type { Model } from '../training/algorithm';
import { answerText } from '../training/answers';
import { checkFits } from './fits';
import { exitCodes } from './trainer';

type Asked = Extract<ServeRequest, { id: number }>;

/** Rows that are written at once: two people asking for a few answers each. */
const rows = 16;
/** Longer conversations are refused: the cache of keys and values grows with them. */
const longest = 2048;

/** Thrown into a generation that nobody waits for any more. */
class Abandoned extends Error {}

/** A chat template of several turns; a model that has none is given a transcript. */
const probe = [{ role: 'user', content: 'a' }];

/**
 * `trainer.js serve <model folder>`: answers requests on standard input (`src/protocol/serve.ts`) until that is closed, or
 * until nothing was asked for `idleMs`. @returns the exit code.
 */
export async function serveModel(folder: string, idleMs: number): Promise<number> {
  let model: Model;
  try {
    model = await load(folder);
  } catch (error) {
    console.error(error instanceof UserError ? error.message : stackOf(error));
    return error instanceof UserError ? exitCodes.userError : exitCodes.bug;
  }
  const context = Math.min(model.config.maxPositions, longest);
  const generator = createGenerator(model.config, model.params, { threads: availableParallelism(), maxBatch: rows, maxLength: context });
  const cancelled = new Set<number>();
  // One after the other: the second would only slow the first.
  let work = Promise.resolve();
  const lines = createInterface({ input: process.stdin });
  let busy = 0;
  const idle = setTimeout(() => {
    // Timers come before input in the event loop: what has arrived meanwhile is read first.
    setImmediate(() => {
      setImmediate(() => {
        if (busy === 0) lines.close();
      });
    });
  }, idleMs);

  lines.on('line', (line) => {
    const request = readRequest(line);
    if (request === undefined) return;
    if ('cancel' in request) cancelled.add(request.cancel);
    else {
      busy++;
      work = work.then(async () => {
        say(await answer(model, generator, context, request, () => cancelled.has(request.id)));
        cancelled.delete(request.id);
        busy--;
        idle.refresh();
      });
    }
  });
  say({ ready: true, context, chat: model.tokenizer.applyChatTemplate(probe, { addGenerationPrompt: true }) !== undefined });
  await new Promise<void>((done) => {
    lines.on('close', done);
  });
  clearTimeout(idle);
  // Whoever asked is gone.
  process.exit(exitCodes.finished);
}

async function load(folder: string): Promise<Model> {
  const source = await readModelFolder(folder);
  const config = parseModelConfig(source.config, `${source.folder}/config.json`);
  checkFits(modelSpecs(config, 'lm'), source.weights, source.folder);
  return { ...(await loadModel(config, 'lm', source.weights, source.folder, 'auto')), tokenizer: source.tokenizer };
}

function readRequest(line: string): ServeRequest | undefined {
  if (line.trim() === '') return undefined;
  try {
    const parsed = serveRequestSchema.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
    console.error(`not a request: ${parsed.error.issues[0]?.message ?? ''}: ${line.slice(0, 200)}`);
  } catch (error) {
    console.error(`not JSON (${messageOf(error)}): ${line.slice(0, 200)}`);
  }
  return undefined;
}

async function answer({ tokenizer }: Model, generator: Generator, context: number, { id, messages, n, sampling, seed }: Asked, gone: () => boolean): Promise<ServeAnswer> {
  try {
    if (gone()) throw new Abandoned();
    const ids = encodePrompt(tokenizer, readablePrompt(tokenizer, messages));
    const room = context - ids.length;
    if (room < 1) throw new UserError('serve.long', `the conversation has ${ids.length} tokens, and the model reads ${context} with its answer. Begin a new one.`);
    const settings = { ...sampling, maxNewTokens: Math.min(sampling.maxNewTokens, room), stopIds: [...tokenizer.eosIds] };
    const completions = await generator.generate(Array.from({ length: n }, () => ids), settings, createRng(seed).fork('serve'), () => {
      if (gone()) throw new Abandoned();
    });
    return { id, replies: completions.map((c) => ({ text: answerText(tokenizer, c), finished: c.finished })) };
  } catch (error) {
    if (error instanceof Abandoned) return { id, error: { code: 'serve.cancelled', message: 'cancelled' } };
    if (!(error instanceof UserError)) console.error(stackOf(error));
    return { id, error: { ...(error instanceof UserError ? { code: error.code } : {}), message: messageOf(error) } };
  }
}

function say(value: ServeAnswer): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
