import { plural } from '../base/text';
import { UserError } from '../base/errors';
import type { Prompt } from '../modelio/prompt';
import type { AskedPrompt } from '../training/answers';
import { promptText, tokenizePrompts } from '../training/tokenize';
import type { Opened } from './models';

/**
 * Tokenizes prompts, once, and leaves out those that leave no room for an answer in the model's context; `warnings` says how many.
 * @throws UserError when none is left.
 */
export function askedPrompts(model: Opened, prompts: readonly Prompt[], maxNewTokens: number): { asked: (AskedPrompt | undefined)[]; warnings: string[] } {
  const room = model.config.maxPositions - maxNewTokens;
  const asked = tokenizePrompts(model.tokenizer, prompts).map((ids, i) => (ids.length <= room ? { text: promptText(prompts[i]!), ids } : undefined));
  const left = asked.filter((a) => a === undefined).length;
  if (left > 0 && left === asked.length) {
    throw new UserError('run.prompts', `no prompt leaves room for ${maxNewTokens} new tokens in a context of ${model.config.maxPositions}. Lower sampling.maxNewTokens or shorten the prompts.`);
  }
  return { asked, warnings: left === 0 ? [] : [`${plural(left, 'prompt')} left out: longer than ${room} tokens, which leaves no room for ${maxNewTokens} more.`] };
}

/** Those that fit. */
export const present = <T>(items: readonly (T | undefined)[]): T[] => items.filter((x) => x !== undefined);
