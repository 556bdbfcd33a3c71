import { hashText } from '../base/hash';
import { canonicalJson } from '../base/json';
import type { Asks, Generation, Label, LabelItem, Message, PromptContent, PromptRecord, Response, Source } from './records';

/** The prompt of a record. A record with neither field, which the schema refuses, gives the empty text. */
export function contentOf(record: Asks): PromptContent {
  return record.messages ?? record.prompt ?? '';
}

/** The field that holds a prompt in a record. */
export function asks(content: PromptContent): { prompt: string } | { messages: readonly Message[] } {
  return typeof content === 'string' ? { prompt: content } : { messages: content };
}

/**
 * What the content hash of a prompt is the hash of: the text itself, or the messages' roles and contents as canonical JSON.
 * Fields of a message beyond these two do not count.
 */
export function hashedText(content: PromptContent): string {
  return typeof content === 'string' ? content : canonicalJson(content.map(({ role, content: text }) => ({ role, content: text })));
}

/** Content hash of a prompt: sha256 of the UTF-8 of its {@link hashedText}. */
export function hashPrompt(content: PromptContent): string {
  return hashText(hashedText(content));
}

/** Content hash of an answer: sha256 of its UTF-8 text. */
export function hashResponse(text: string): string {
  return hashText(text);
}

/** An answer with its hash. */
export function response(text: string, source: Source, finished?: boolean): Response {
  return { hash: hashResponse(text), text, source, ...(finished === undefined ? {} : { finished }) };
}

/** A prompt record; `id` comes from the content when none is given, so that a second import of the same file adds nothing. */
export function promptRecord(content: PromptContent, fields: Omit<Partial<PromptRecord>, 'v' | 'prompt' | 'messages'> = {}): PromptRecord {
  return { v: 1, id: fields.id ?? `p-${shortHash(hashPrompt(content))}`, ...asks(content), ...fields };
}

/** A generation record; `id` comes from prompt and answers when none is given. */
export function generation(content: PromptContent, responses: readonly Response[], id?: string): Generation {
  const promptHash = hashPrompt(content);
  return { v: 1, id: id ?? `g-${shortHash(hashText([promptHash, ...responses.map((r) => `${r.source} ${r.hash}`)].join('\n')))}`, promptHash, ...asks(content), responses };
}

/** What a label says it has judged. */
export function labelItems(g: Generation): LabelItem[] {
  return g.responses.map(({ hash, source }) => ({ hash, source }));
}

/** The source name of a model that a run made: `policy@<run id>`. */
export function runSource(role: string, runId: string): Source {
  return `${role}@${runId}`;
}

/** The run that a source names, if any. */
export function runOfSource(source: Source): string | undefined {
  const at = source.indexOf('@');
  return at < 0 ? undefined : source.slice(at + 1);
}

/**
 * What makes two labels judgements of the same thing: task, prompt and the set of answers, in any order.
 * The same key for a generation tells whether it has been judged.
 */
export function itemKey(task: string, promptHash: string, hashes: readonly string[]): string {
  const sorted = [...hashes];
  // By insertion: there are few, and they are compared as `sort` compares them.
  for (let i = 1; i < sorted.length; i++) {
    const hash = sorted[i]!;
    let at = i;
    for (; at > 0 && sorted[at - 1]! > hash; at--) sorted[at] = sorted[at - 1]!;
    sorted[at] = hash;
  }
  return `${task} ${promptHash} ${sorted.join(' ')}`;
}

/** {@link itemKey} of a label. */
export function keyOfLabel(label: Pick<Label, 'task' | 'promptHash' | 'items'>): string {
  return itemKey(label.task, label.promptHash, label.items.map((i) => i.hash));
}

/** {@link itemKey} of a generation under a task. */
export function keyOfGeneration(g: Generation, task = 'ranking'): string {
  return itemKey(task, g.promptHash, g.responses.map((r) => r.hash));
}

/** Sixteen hexadecimal digits of a `sha256:…` hash: short names in ids. */
export function shortHash(hash: string): string {
  return hash.slice(7, 23);
}
