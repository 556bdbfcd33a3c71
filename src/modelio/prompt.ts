import { UserError } from '../base/errors';
import type { Message } from './chat-template';
import type { Tokenizer } from './tokenizer';

/** A prompt is plain text or a conversation. */
export type Prompt = string | readonly Message[];

/**
 * The one path from a prompt to ids, for sampling, training and scoring alike. A model with a chat template gets the
 * conversation as its template writes it, ending where the answer starts (plain text counts as one message of the user).
 * A model without one gets the plain text, with the beginning-of-sequence token where its tokenizer adds one, and never
 * with an end-of-sequence token.
 * @throws UserError for a conversation of several messages when the model has no chat template, and for an empty prompt
 * when the model has no token to start from.
 */
export function encodePrompt(tokenizer: Tokenizer, prompt: Prompt): number[] {
  const chat = chatText(tokenizer, prompt);
  const ids = chat === undefined ? encodeOpen(tokenizer, plainText(prompt)) : encodeChat(tokenizer, chat);
  if (ids.length > 0) return ids;
  const start = tokenizer.bosId ?? tokenizer.eosId;
  if (start === undefined) throw new UserError('prompt.empty', 'the prompt is empty and the model has no beginning-of-sequence token to start from. Write a prompt.');
  return [start];
}

/**
 * The ids of a prompt and of an answer to it, such that the prompt's are those of {@link encodePrompt}. The answer has no
 * end-of-sequence token: the caller appends `tokenizer.eosId` where the answer is complete.
 *
 * An answer's ids are those it has behind its prompt (a tokenizer that puts a space before every text would otherwise put
 * one between the two). Where the tokenizer would merge the last letters of the prompt with the first of the answer, a
 * model never sees that token when it continues the prompt; then the answer is tokenized behind a neutral text.
 */
export function encodeExample(tokenizer: Tokenizer, prompt: Prompt, answer: string): { prompt: number[]; answer: number[] } {
  const chat = chatText(tokenizer, prompt);
  const text = chat ?? plainText(prompt);
  const known = notesOn(tokenizer);
  // Answers to a prompt most often come one after another.
  if (known.last?.text !== text) known.last = { text, ids: encodePrompt(tokenizer, prompt) };
  const promptIds = known.last.ids.slice();
  const whole = chat === undefined ? encodeOpen(tokenizer, text + answer) : encodeChat(tokenizer, text + answer);
  return { prompt: promptIds, answer: after(whole, promptIds) ?? encodeBehindAnchor(tokenizer, answer) };
}

/** The conversation as its template writes it, or `undefined` when the model has none. */
function chatText(tokenizer: Tokenizer, prompt: Prompt): string | undefined {
  const messages = typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
  return tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true });
}

function plainText(prompt: Prompt): string {
  if (typeof prompt === 'string') return prompt;
  const [only] = prompt;
  if (prompt.length === 1 && only?.role === 'user') return only.content;
  throw new UserError(
    'prompt.conversation',
    `the prompt is a conversation of ${prompt.length} messages, but the model has no chat template. Use plain prompts, or put a chat_template.jinja into the model folder.`,
  );
}

/** The template has written the special tokens itself. */
function encodeChat(tokenizer: Tokenizer, chat: string): number[] {
  return tokenizer.encode(chat, { addSpecialTokens: false });
}

/** Special tokens as the tokenizer adds them, but none at the end: the text is to be continued. */
function encodeOpen(tokenizer: Tokenizer, text: string): number[] {
  const ids = tokenizer.encode(text, { addSpecialTokens: true });
  const added = endsAdded(tokenizer, text, ids);
  return added > 0 ? ids.slice(0, -added) : ids;
}

/** What is known of a tokenizer once it has been used. */
interface Notes {
  /** How many ends of sequence it puts behind a text. */
  ends?: number;
  /** The prompt that was asked for last. */
  last?: { readonly text: string; readonly ids: readonly number[] };
}
const notes = new WeakMap<Tokenizer, Notes>();

function notesOn(tokenizer: Tokenizer): Notes {
  const found = notes.get(tokenizer) ?? {};
  notes.set(tokenizer, found);
  return found;
}

/** The same for every text that is not all ends, so it is found out once: `ids` are those of `text`, with special tokens. */
function endsAdded(tokenizer: Tokenizer, text: string, ids: readonly number[]): number {
  const known = notesOn(tokenizer);
  if (known.ends !== undefined) return known.ends;
  const ends = (list: readonly number[]): number => list.length - 1 - list.findLastIndex((id) => !tokenizer.eosIds.includes(id));
  const bare = tokenizer.encode(text, { addSpecialTokens: false });
  const added = ends(ids) - ends(bare);
  if (bare.some((id) => !tokenizer.eosIds.includes(id))) known.ends = added;
  return added;
}

/** Tokenized behind a short text that no tokenizer merges with it. */
function encodeBehindAnchor(tokenizer: Tokenizer, answer: string): number[] {
  for (const anchor of ['\n', '.', 'a', '1', '|']) {
    const rest = after(tokenizer.encode(anchor + answer, { addSpecialTokens: false }), tokenizer.encode(anchor, { addSpecialTokens: false }));
    if (rest !== undefined) return rest;
  }
  return tokenizer.encode(answer, { addSpecialTokens: false });
}

/** What follows `start` in `ids`, or `undefined` when they do not start with it. */
function after(ids: readonly number[], start: readonly number[]): number[] | undefined {
  return start.every((id, i) => ids[i] === id) ? ids.slice(start.length) : undefined;
}
