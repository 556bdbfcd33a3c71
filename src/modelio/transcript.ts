import type { Message } from './chat-template';
import type { Prompt } from './prompt';
import type { Tokenizer } from './tokenizer';

/** A conversation as plain text, as in the HH data: for models without a chat template. */
export function transcript(messages: readonly Message[]): string {
  const turns = messages.map(({ role, content }) => (role === 'system' ? content : `${role === 'assistant' ? 'Assistant' : 'Human'}: ${content}`));
  return `${turns.join('\n\n')}\n\nAssistant:`;
}

/** A conversation as a model can read it: as it is where there is a chat template, a single message as its text, else as a transcript. */
export function readablePrompt(tokenizer: Tokenizer, messages: readonly Message[]): Prompt {
  const [only] = messages;
  if (messages.length === 1 && only?.role === 'user') return only.content;
  return tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true }) === undefined ? transcript(messages) : messages;
}
