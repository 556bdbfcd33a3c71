import { UserError } from '../base/errors';
import type { Rng } from '../base/rng';
import type { Device } from '../engine/device';
import { bind, createOpenSession, type OpenSession } from '../engine/session';
import { descriptionOf, type ModelConfig } from './config';
import { decodeModel, type Masks } from './decode-graph';
import { createDecoder, type Decoder } from './decoder';
import { createCacheRooms, createDeviceDecoder } from './device-decoder';
import type { Params } from './params';
import { checkSampling, sampleToken, type Probabilities, type SamplingParams } from './sampling';

export type { SamplingParams } from './sampling';

/** An answer to one prompt. */
export interface Completion {
  /** With the stop token, when one was sampled. */
  readonly ids: number[];
  /** Natural logarithm of each token's probability under the tempered distribution over the whole vocabulary (top-k and top-p set aside). */
  readonly logprobs: number[];
  /** A stop token was sampled; otherwise the length ran out. */
  readonly finished: boolean;
}

export interface GeneratorOptions {
  readonly threads: number;
  /** Who computes; the CPU when left out. */
  readonly device?: Device | undefined;
  /** Rows that are written at a time. */
  readonly maxBatch: number;
  /** Tokens of prompt and answer together. */
  readonly maxLength: number;
  /** Whether matrices of float32 are fed instead of baked in; chosen by their size when left out. */
  readonly feed?: boolean | undefined;
}

/** Writes answers with one set of weights. */
export interface Generator {
  /**
   * Answers each prompt (ids, not empty). Every row draws from its own stream, forked from `rng` by the prompt's place, and no
   * row sees another: an answer depends on the prompt, its place, `rng` and the weights, not on what else is in the batch or how
   * large it is. `rng` moves on by one number.
   * @throws UserError when a prompt is empty, too long or not of this vocabulary, or when the model's numbers are not finite.
   */
  generate(prompts: readonly (readonly number[])[], sampling: SamplingParams, rng: Rng, onProgress?: (done: Progress) => void): Promise<Completion[]>;
  /**
   * Natural logarithms of the probabilities of given answers' tokens, each after its prompt and the tokens before it, at temperature 1: what this
   * generator would draw from. @throws UserError as `generate` does.
   */
  score(prompts: readonly (readonly number[])[], answers: readonly (readonly number[])[]): Promise<number[][]>;
  /**
   * Takes over new weights, which are used from the next `generate` on. They are copied before this returns, but for matrices of large models
   * (`feedsFloats`), which are read where they lie: those must not change while answers are written.
   */
  update(params: Params): Promise<void>;
  /**
   * Lets its weights and working memory go: it must be told weights (`update`) before it writes again. A generator that rests before it is told
   * new ones never has two sets of them in memory.
   */
  rest(): Promise<void>;
  release(): Promise<void>;
}

export interface Progress {
  readonly finished: number;
  readonly prompts: number;
  readonly tokens: number;
}

/** A compiled graph with weights. */
interface Built {
  readonly session: Promise<OpenSession>;
  readonly blockSize: number;
  readonly masks: Masks;
}

/** A generator with the weights baked in as they are now, or of a large model read where they lie. */
export function createGenerator(config: ModelConfig, params: Params, options: GeneratorOptions): Generator {
  // A learned table of positions ends where it ends; other positions are computed.
  const maxLength = descriptionOf(config).positions === undefined ? options.maxLength : Math.min(options.maxLength, config.maxPositions);
  // Where the cache cannot stay on the device, it would cross with every token: the processor writes then.
  const keeps = options.device?.keeps === true;
  const rooms = keeps ? createCacheRooms(config, options.device, options.threads) : undefined;
  const build = (p: Params): Built => {
    const { model, blockSize, masks, fed } = decodeModel(config, p, maxLength, keeps ? 'device' : 'cpu', options.feed);
    const always = Object.fromEntries(fed.map(({ name, dtype, data, shape }) => [name, bind(dtype as 'float32' | 'float16' | 'uint16', data as Float32Array | Uint16Array, shape)]));
    const session = createOpenSession(model, keeps ? { threads: options.threads, provider: options.device.provider, keep: (name) => name.endsWith('.next') } : { threads: options.threads }, always);
    session.catch(() => undefined); // Reported by whoever awaits it next.
    return { session, blockSize, masks };
  };
  let built: Built | undefined = build(params);
  const awake = (): Built => {
    if (built === undefined) throw new Error('the generator has let its weights go and was not told new ones');
    return built;
  };
  const rest = async (): Promise<void> => {
    const old = built;
    built = undefined;
    await (await old?.session)?.release();
  };

  return {
    async generate(prompts, sampling, rng, onProgress) {
      checkSampling(sampling);
      const current = awake();
      prompts.forEach((p, i) => {
        checkPrompt(p, i, config, maxLength);
      });
      const base = rng.fork(`generate ${rng.next()}`);
      const rows = prompts.map((prompt, i) => newRow(prompt, base.fork(`row ${i}`), Math.min(sampling.maxNewTokens, maxLength - prompt.length)));
      const longest = rows.reduce((n, r) => Math.max(n, r.prompt.length + r.limit), 0);
      const maxRows = Math.min(options.maxBatch, prompts.length);
      const decoder =
        rooms === undefined
          ? createDecoder(config, await current.session, current.masks, maxRows, longest, sampling.temperature)
          : createDeviceDecoder(config, await current.session, rooms, current.masks, maxRows, sampling.temperature);
      try {
        await writeAll(decoder, rows, sampling, (p) => ({ ...p, blockSize: current.blockSize, vocabulary: config.vocabSize }), onProgress);
      } finally {
        decoder.release();
      }
      return rows.map(({ ids, logprobs, finished }) => ({ ids, logprobs, finished }));
    },
    async score(prompts, answers) {
      prompts.forEach((p, i) => {
        checkPrompt(p, i, config, maxLength);
      });
      const current = awake();
      const out: number[][] = [];
      for (let from = 0; from < prompts.length; ) {
        const longest = prompts.reduce((n, p, i) => Math.max(n, p.length + answers[i]!.length), 0);
        const decoder = createDecoder(config, await current.session, current.masks, Math.min(options.maxBatch, prompts.length), longest, 1);
        const count = decoder.roomFor(prompts.slice(from).map((p) => p.length));
        const asked = answers.slice(from, from + count);
        const found = asked.map((): number[] => []);
        let predicted = await decoder.read(prompts.slice(from, from + count));
        for (let t = 0; ; t++) {
          asked.forEach((ids, row) => {
            if (t < ids.length) found[row]!.push(Math.log(predicted.values[row * config.vocabSize + ids[t]!]!));
          });
          if (asked.every((ids) => t + 1 >= ids.length)) break;
          // Rows that are done go on with anything: nobody looks.
          predicted = await decoder.write(asked.map((ids) => ids[t] ?? 0));
        }
        out.push(...found);
        from += count;
      }
      return out;
    },
    async update(p) {
      const gone = rest();
      const next = (built = build(p));
      await gone;
      await next.session;
    },
    rest,
    async release() {
      await rest();
      await rooms?.release();
    },
  };
}

/** An answer being written. */
interface Row {
  readonly prompt: readonly number[];
  readonly rng: Rng;
  /** Tokens it may have. */
  readonly limit: number;
  readonly ids: number[];
  readonly logprobs: number[];
  finished: boolean;
}

const newRow = (prompt: readonly number[], rng: Rng, limit: number): Row => ({ prompt, rng, limit, ids: [], logprobs: [], finished: false });

/**
 * Writes all rows: as many at a time as the decoder has room for, and whenever some are done, the next prompts take their
 * place. Prompts go in by length, so that those read together are padded little.
 */
async function writeAll(
  decoder: Decoder,
  rows: readonly Row[],
  sampling: SamplingParams,
  asProbabilities: (p: { values: Float32Array; blocks: Float32Array }) => Probabilities,
  onProgress: ((done: Progress) => void) | undefined,
): Promise<void> {
  const waiting = [...rows].sort((a, b) => a.prompt.length - b.prompt.length);
  const active: Row[] = [];
  const stops = new Set(sampling.stopIds);
  let tokens = 0;

  /** Draws the next token of rows `from` and after; row `from + i` is predicted by row i of `p`. */
  const draw = (p: Probabilities, from: number): void => {
    for (let i = from; i < active.length; i++) {
      const row = active[i]!;
      const id = sampleToken(p, i - from, sampling.temperature === 0 ? 0 : row.rng.next(), sampling);
      const logprob = Math.log(p.values[(i - from) * p.vocabulary + id]!);
      if (!Number.isFinite(logprob)) throw new UserError('generate.numbers', 'the model gives no probabilities: its weights are not finite, or training made them grow without bound. Go back to an earlier checkpoint.');
      row.ids.push(id);
      row.logprobs.push(logprob);
      row.finished = stops.has(id);
      tokens++;
    }
  };
  const dropDone = (): void => {
    for (let i = active.length - 1; i >= 0; i--) {
      if (!active[i]!.finished && active[i]!.ids.length < active[i]!.limit) continue;
      decoder.dropRow(i);
      const last = active.pop()!;
      if (i < active.length) active[i] = last;
    }
  };

  // Reading prompts interrupts the writing of others: wait until an eighth of the rows is free, or all are.
  const enough = Math.max(1, Math.floor(decoder.maxRows / 8));
  while (waiting.length > 0 || active.length > 0) {
    while (waiting.length > 0 && (active.length === 0 || decoder.maxRows - active.length >= Math.min(enough, waiting.length))) {
      const from = active.length;
      const batch = waiting.splice(0, decoder.roomFor(waiting.map((r) => r.prompt.length)));
      active.push(...batch);
      draw(asProbabilities(await decoder.read(batch.map((r) => r.prompt))), from);
      dropDone();
    }
    if (active.length > 0) {
      draw(asProbabilities(await decoder.write(active.map((r) => r.ids.at(-1)!))), 0);
      dropDone();
    }
    onProgress?.({ finished: rows.length - waiting.length - active.length, prompts: rows.length, tokens });
  }
}

function checkPrompt(prompt: readonly number[], index: number, { vocabSize }: ModelConfig, maxLength: number): void {
  const fail = (what: string): never => {
    throw new UserError('generate.prompt', `prompt ${index + 1} ${what}`);
  };
  if (prompt.length === 0) fail('is empty. Start it with the beginning-of-sequence token.');
  if (prompt.length >= maxLength) fail(`has ${prompt.length} tokens; with an answer it must fit into ${maxLength}. Shorten it or allow longer texts.`);
  const foreign = prompt.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabSize));
  if (foreign !== undefined) fail(`holds token ${foreign}, but the model has tokens 0 to ${vocabSize - 1}. Do model and tokenizer belong together?`);
}
