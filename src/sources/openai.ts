import * as z from 'zod';
import { messageOf, UserError } from '../base/errors';
import { oneLine } from '../base/text';
import { isSafeUrl, type Endpoint } from '../protocol/endpoint';
import { retryAfter, waitFor } from './retry';
import type { Ask, Reply, Source } from './source';

export interface OpenAiOptions {
  /** Sent as a bearer token, and never put into a message or a file. */
  readonly key?: string | undefined;
  /** Of one request; 120 seconds when absent. */
  readonly timeoutMs?: number;
  /** After the first try; 4 when absent. */
  readonly retries?: number;
  /** For tests. */
  readonly fetch?: typeof fetch;
  /** For tests: the first pause when the server names none; doubled each time. */
  readonly pauseMs?: number;
}

/** As much of an answer as is read; a server that sends more is not what it says. */
const maxBytes = 4_000_000;

const completionSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() })),
});

/**
 * A client of an OpenAI-compatible server (`POST <url>/chat/completions`, not streamed). Tries again on 408, 429 and 5xx and
 * when the connection fails, as long as `Retry-After` says or with growing pauses. A server that gives fewer than n answers
 * at a time is asked again.
 * @throws UserError for a url that is neither https nor this machine.
 */
export function createOpenAiSource(endpoint: Endpoint, options: OpenAiOptions = {}): Source {
  const base = endpoint.url.replace(/\/+$/, '');
  if (!isSafeUrl(base)) throw new UserError('endpoint.url', `The endpoint “${endpoint.name}” has the address ${base}: it must begin with https:// (http:// only for this machine), without a user name. Change it in the setting plumbline.endpoints.`);
  const { key, timeoutMs = 120_000, retries = 4, fetch: send = fetch, pauseMs = 1000 } = options;
  const ended = new AbortController();

  async function reply(ask: Ask, given?: AbortSignal): Promise<Reply[]> {
    const signal = AbortSignal.any([ended.signal, ...(given === undefined ? [] : [given])]);
    const replies: Reply[] = [];
    while (replies.length < ask.n) {
      const more = await request(ask, ask.n - replies.length, ask.seed + replies.length, signal);
      replies.push(...more.slice(0, ask.n - replies.length));
    }
    return replies;
  }

  async function request({ messages, sampling }: Ask, n: number, seed: number, signal: AbortSignal): Promise<Reply[]> {
    const body = JSON.stringify({
      model: endpoint.model,
      messages: messages.map(({ role, content }) => ({ role, content })),
      n,
      seed,
      temperature: sampling.temperature,
      top_p: sampling.topP,
      max_tokens: sampling.maxNewTokens,
    });
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      const outcome = await once(body, signal);
      if ('replies' in outcome) return outcome.replies;
      if (!outcome.again || attempt >= retries) throw fault(outcome.why, attempt);
      await waitFor(outcome.pause ?? pauseMs * 2 ** attempt, signal);
    }
  }

  type Outcome = { readonly replies: Reply[] } | { readonly why: string; readonly again: boolean; readonly pause?: number };

  async function once(body: string, signal: AbortSignal): Promise<Outcome> {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await send(`${base}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...(key === undefined || key === '' ? {} : { authorization: `Bearer ${key}` }) },
        body,
        // A redirect could lead the key elsewhere.
        redirect: 'error',
        signal: AbortSignal.any([signal, timeout]),
      });
      const text = await readText(response);
      if (!response.ok) return { why: `it answered ${response.status}: ${excerpt(text)}`, again: [408, 429].includes(response.status) || response.status >= 500, ...pauseOf(response) };
      return readReplies(text);
    } catch (error) {
      if (signal.aborted) throw signal.reason instanceof Error ? signal.reason : new Error('aborted');
      if (timeout.aborted) return { why: `it gave no answer within ${Math.round(timeoutMs / 1000)} seconds`, again: true };
      // fetch tells what went wrong in the cause.
      const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : '';
      return { why: [messageOf(error), cause].filter((t) => t !== '').join(': '), again: true };
    }
  }

  function readReplies(text: string): Outcome {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return { why: `its answer is not JSON: ${excerpt(text)}`, again: false };
    }
    const parsed = completionSchema.safeParse(value);
    if (!parsed.success || parsed.data.choices.length === 0) return { why: `its answer is no chat completion (${parsed.error?.issues[0]?.path.join('.') ?? 'no choices'}): ${excerpt(text)}`, again: false };
    return { replies: parsed.data.choices.map((c) => ({ text: c.message.content ?? '', finished: c.finish_reason !== 'length' })) };
  }

  const excerpt = (text: string): string => {
    const short = oneLine(text, 200);
    // Some servers repeat the key in their answer.
    return short === '' ? 'nothing' : key === undefined || key === '' ? short : oneLine(text.replaceAll(key, '•••'), 200);
  };

  const fault = (why: string, attempt: number): UserError =>
    new UserError('endpoint.failed', `The endpoint “${endpoint.name}” (${base}/chat/completions) did not answer${attempt > 0 ? ` in ${attempt + 1} tries` : ''}: ${why}.`);

  return {
    reply,
    dispose: () => {
      ended.abort(new Error('the endpoint is no longer used'));
    },
  };
}

function pauseOf(response: Response): { pause?: number } {
  const pause = retryAfter(response.headers.get('retry-after'), Date.now());
  return pause === undefined ? {} : { pause };
}

/** The body as text, cut at {@link maxBytes}. */
async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = '';
  for (let size = 0; size <= maxBytes; ) {
    const next = (await reader.read()) as { done: boolean; value?: Uint8Array };
    if (next.done || next.value === undefined) return text + decoder.decode();
    size += next.value.length;
    text += decoder.decode(next.value, { stream: true });
  }
  await reader.cancel();
  return text;
}
