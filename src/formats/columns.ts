import type { Message, PromptContent } from '../domain/records';
import type { Row } from './format';

/** A column's name without case, blanks, hyphens and underscores: `Response_A` is `responsea`. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '');
}

/** The column of a row by any of its usual names, the first that is there. */
export function column(value: Row['value'], names: readonly string[]): string | undefined {
  const byPlain = new Map(Object.keys(value).map((name) => [plainName(name), name]));
  for (const name of names) {
    const found = byPlain.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** In the order in which they are looked for; `input` and `text` are last since they are also used for other things. */
export const promptNames = ['prompt', 'instruction', 'question', 'query', 'request', 'user', 'goal', 'behavior', 'input', 'text'];
export const messageNames = ['messages', 'conversation', 'conversations'];
export const listNames = ['responses', 'completions', 'answers', 'outputs', 'generations', 'candidates'];
export const singleNames = ['response', 'completion', 'answer', 'output', 'generation'];
export const sourceNames = ['source', 'model'];
const numbered = /^(response|completion|answer|output|generation|candidate)([a-i]|[0-9]{1,2})$/;

/** Columns `response_1`, `response_2`, … or `answer a`, `answer b`, …, in order; one kind only, two or more. */
export function numberedColumns(value: Row['value']): string[] {
  const found = new Map<string, { name: string; order: string }[]>();
  for (const name of Object.keys(value)) {
    const match = numbered.exec(plainName(name));
    if (match) found.set(match[1]!, [...(found.get(match[1]!) ?? []), { name, order: match[2]!.padStart(2, '0') }]);
  }
  const most = [...found.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  return most.length < 2 ? [] : most.sort((a, b) => (a.order < b.order ? -1 : 1)).map((c) => c.name);
}

/** Messages, when the value is a list of `{role, content}` with texts; fields beyond these two are left out. */
export function messagesOf(value: unknown): Message[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const messages: Message[] = [];
  for (const m of value as unknown[]) {
    if (typeof m !== 'object' || m === null) return undefined;
    const { role, content } = m as Record<string, unknown>;
    if (typeof role !== 'string' || typeof content !== 'string') return undefined;
    messages.push({ role, content });
  }
  return messages;
}

/** What a row asks, or in words why that cannot be told. An `instruction` with an `input` beside it is both, as in Alpaca. */
export function promptOf(value: Row['value']): { content: PromptContent; used: string[] } | { fault: string } {
  const messageColumn = column(value, messageNames);
  const name = column(value, promptNames);
  const used = messageColumn ?? name;
  if (used === undefined) return { fault: `no column for the prompt: none of ${[...promptNames, ...messageNames].join(', ')} among ${Object.keys(value).join(', ')}` };
  const messages = messagesOf(value[used]);
  if (messages !== undefined) return { content: messages, used: [used] };
  const text = value[used];
  if (typeof text !== 'string') return { fault: `"${used}" is neither a text nor a list of messages with "role" and "content"` };
  if (text.trim() === '') return { fault: `"${used}" is empty` };
  const input = plainName(used) === 'instruction' ? column(value, ['input']) : undefined;
  const more = input === undefined ? undefined : value[input];
  return typeof more === 'string' && more !== '' ? { content: `${text}\n\n${more}`, used: [used, input!] } : { content: text, used: input === undefined ? [used] : [used, input] };
}

/** A number or a text as a text; undefined for anything else and for nothing. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
