import type { Tokenizer } from '../modelio/tokenizer';
import { encodeExample, encodePrompt, type Prompt } from '../modelio/prompt';
import { UserError } from '../base/errors';
import { plural } from '../base/text';
import type { Row } from './rows';

/** A prompt with an answer, or a text of its own. */
export type SftExample = { readonly prompt: Prompt; readonly completion: string } | { readonly text: string };

/** The token that ends an answer. @throws UserError when the tokenizer has none: a model could not learn to stop. */
export function endToken(tokenizer: Tokenizer): number {
  if (tokenizer.eosId === undefined) {
    throw new UserError('model.eos', 'the tokenizer has no end-of-sequence token. Set eos_token in tokenizer_config.json or eos_token_id in config.json.');
  }
  return tokenizer.eosId;
}

/** A whole text with its special tokens and its end: every token but the first counts. */
export function textRow(tokenizer: Tokenizer, text: string): Row {
  const end = endToken(tokenizer);
  const ids = tokenizer.encode(text, { addSpecialTokens: true });
  return { ids: ids.at(-1) === end ? ids : [...ids, end], start: 1 };
}

/** A prompt and its complete answer; the answer and its end count. */
export function answerRow(tokenizer: Tokenizer, prompt: Prompt, answer: string): Row {
  const ids = encodeExample(tokenizer, prompt, answer);
  return { ids: [...ids.prompt, ...ids.answer, endToken(tokenizer)], start: Math.max(1, ids.prompt.length) };
}

/**
 * Tokenizes the examples of a supervised run, once. Rows longer than `maxLength` are cut at the end, and rows whose prompt
 * alone is that long are left out: both are counted in `warnings`.
 */
export function tokenizeExamples(
  tokenizer: Tokenizer,
  examples: readonly SftExample[],
  { maxLength, completionOnly }: { maxLength: number; completionOnly: boolean },
): { rows: Row[]; warnings: string[] } {
  const rows: Row[] = [];
  let cut = 0;
  let left = 0;
  for (const example of examples) {
    const row = 'text' in example ? textRow(tokenizer, example.text) : answerRow(tokenizer, example.prompt, example.completion);
    const start = completionOnly ? row.start : 1;
    if (row.ids.length > maxLength) cut++;
    const ids = row.ids.length > maxLength ? row.ids.slice(0, maxLength) : row.ids;
    if (ids.length <= start) {
      left++;
      cut -= row.ids.length > maxLength ? 1 : 0;
    } else rows.push({ ids, start });
  }
  const warnings: string[] = [];
  if (cut > 0) warnings.push(`${plural(cut, 'example')} longer than ${maxLength} tokens cut off at the end.`);
  if (left > 0) warnings.push(`${plural(left, 'example')} left out: nothing to learn within ${maxLength} tokens.`);
  return { rows, warnings };
}

/** The ids of prompts, once. */
export function tokenizePrompts(tokenizer: Tokenizer, prompts: readonly Prompt[]): number[][] {
  return prompts.map((p) => encodePrompt(tokenizer, p));
}

/** A prompt as people read it. */
export function promptText(prompt: Prompt): string {
  return typeof prompt === 'string' ? prompt : prompt.map((m) => `${m.role}: ${m.content}`).join('\n');
}
