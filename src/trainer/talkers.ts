import { createRng } from '../base/rng';
import type { Device } from '../training/device';
import { UserError } from '../base/errors';
import { encodePrompt } from '../modelio/prompt';
import { readablePrompt } from '../modelio/transcript';
import { createGenerator } from '../models/generate';
import type { Endpoint } from '../protocol/endpoint';
import type { SamplingParams } from '../protocol/run';
import { createOpenAiSource } from '../sources/openai';
import { answerText } from '../training/answers';
import type { Spoken, Talker } from '../training/attack';
import type { Opened } from './models';

export interface TalkerOptions {
  readonly sampling: SamplingParams;
  readonly seed: number;
  readonly threads: number;
  readonly device: Device;
  readonly batchSize: number;
  /** Requests to an endpoint at a time. */
  readonly concurrency: number;
}

/** A model on this machine. Conversations that leave no room for an answer have none. */
export function localTalker(model: Opened, { sampling, seed, threads, device, batchSize }: TalkerOptions): Talker {
  const { tokenizer, config } = model;
  const generator = createGenerator(config, model.params, { threads, device, maxBatch: batchSize, maxLength: config.maxPositions });
  return {
    async answer(conversations, label) {
      const asked = conversations.map((messages) => {
        const ids = encodePrompt(tokenizer, readablePrompt(tokenizer, messages));
        return ids.length + sampling.maxNewTokens <= config.maxPositions ? ids : undefined;
      });
      const fitting = asked.filter((ids) => ids !== undefined);
      if (fitting.length === 0) return asked.map(() => undefined);
      const completions = await generator.generate(fitting, { ...sampling, stopIds: [...tokenizer.eosIds] }, createRng(seed).fork(label));
      let next = 0;
      return asked.map((ids): Spoken | undefined => {
        if (ids === undefined) return undefined;
        const completion = completions[next++]!;
        return { text: answerText(tokenizer, completion), finished: completion.finished };
      });
    },
    release: () => generator.release(),
  };
}

/** A server. @throws UserError when it cannot be reached: the run can be resumed. */
export function endpointTalker(endpoint: Endpoint, { sampling, seed, concurrency }: TalkerOptions): Talker {
  const source = createOpenAiSource(endpoint, { key: keyFor(endpoint.url) });
  return {
    async answer(conversations, label) {
      const rng = createRng(seed).fork(label);
      const seeds = conversations.map(() => rng.int(2 ** 31));
      const answers: (Spoken | undefined)[] = [];
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < conversations.length) {
          const i = next++;
          const [reply] = await source.reply({ messages: conversations[i]!, n: 1, sampling, seed: seeds[i]! });
          answers[i] = reply;
        }
      };
      await Promise.all(Array.from({ length: Math.min(concurrency, conversations.length) }, work));
      return conversations.map((_, i) => answers[i]);
    },
    release: () => {
      source.dispose();
      return Promise.resolve();
    },
  };
}

/**
 * The key of a server. An editor gives `PLUMBLINE_API_KEYS`, a JSON object from urls to keys, so that a run folder from
 * elsewhere cannot send a key to an address of its own; on the command line `PLUMBLINE_API_KEY` is for whatever is named there.
 */
export function keyFor(url: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const all = env['PLUMBLINE_API_KEYS'];
  if (all === undefined) return env['PLUMBLINE_API_KEY'];
  try {
    const key = (JSON.parse(all) as Record<string, unknown>)[url];
    return typeof key === 'string' ? key : undefined;
  } catch {
    throw new UserError('attack.keys', 'PLUMBLINE_API_KEYS is not a JSON object from addresses to keys.');
  }
}
