import type { Message, PromptContent } from '../domain/records';
import { addPair, collector } from './collect';
import { messagesOf } from './columns';
import type { RowFormat } from './format';

/**
 * TRL's preference data (https://huggingface.co/docs/trl/dataset_formats): `{prompt, chosen, rejected}` as texts or as
 * messages, and the conversational form whose prompt is the messages that both sides begin with. Texts stay exact.
 */
export const trlPreference: RowFormat = {
  id: 'trl-preference',
  title: 'TRL preferences (prompt, chosen, rejected)',
  detect: (rows) => rows.some(({ value }) => 'chosen' in value && 'rejected' in value),
  read(rows, options) {
    const found = collector(options);
    for (const { line, value } of rows) {
      const pair = readPair(value);
      if ('fault' in pair) found.problem(line, 'error', pair.fault);
      else addPair(found, line, pair.prompt, pair.chosen, pair.rejected, options.source);
    }
    return found.result();
  },
};

type Pair = { prompt: PromptContent; chosen: string; rejected: string } | { fault: string };

function readPair({ prompt, chosen, rejected }: Readonly<Record<string, unknown>>): Pair {
  if (typeof chosen === 'string' && typeof rejected === 'string') {
    const content = typeof prompt === 'string' ? prompt : messagesOf(prompt);
    if (content === undefined) return { fault: 'there is no "prompt", a text or messages, beside "chosen" and "rejected"' };
    return chosen === '' || rejected === '' ? { fault: 'one of the two answers is empty' } : { prompt: content, chosen, rejected };
  }
  const [c, r] = [messagesOf(chosen), messagesOf(rejected)];
  if (c === undefined || r === undefined) return { fault: '"chosen" and "rejected" must both be texts, or both lists of messages with "role" and "content"' };
  const given = messagesOf(prompt) ?? [];
  const shared = sharedMessages(c, r);
  const begins = c.slice(0, shared);
  // Some files repeat the prompt at the head of both sides.
  const repeated = given.length > 0 && given.length <= shared && given.every((m, i) => m.role === begins[i]!.role && m.content === begins[i]!.content);
  const messages = repeated ? begins : [...given, ...begins];
  const [chosenText, rejectedText] = [answerOf(c.slice(shared)), answerOf(r.slice(shared))];
  if (chosenText === undefined || rejectedText === undefined) return { fault: 'what "chosen" and "rejected" do not share must be one message of the assistant on each side' };
  if (messages.length > 0) return { prompt: messages, chosen: chosenText, rejected: rejectedText };
  if (typeof prompt === 'string') return { prompt: [{ role: 'user', content: prompt }], chosen: chosenText, rejected: rejectedText };
  return { fault: 'there is no prompt: neither a "prompt" nor messages that both sides begin with' };
}

/** How many messages both sides begin with; the last message of a side is always its answer. */
function sharedMessages(a: readonly Message[], b: readonly Message[]): number {
  let n = 0;
  while (n < Math.min(a.length, b.length) - 1 && a[n]!.role === b[n]!.role && a[n]!.content === b[n]!.content) n++;
  return n;
}

function answerOf(rest: readonly Message[]): string | undefined {
  return rest.length === 1 && rest[0]!.role === 'assistant' ? rest[0]!.content : undefined;
}
