import { UserError } from '../base/errors';
import type { Prompt } from '../modelio/prompt';
import { answerRow } from '../training/tokenize';
import type { Opened } from './models';

/** The ids of prompt, answer and end, as a reward model was trained on them; undefined when it cannot read them (too long, or a conversation where it knows none). */
export function readableAnswer(model: Opened, prompt: Prompt, answer: string): readonly number[] | undefined {
  try {
    const { ids } = answerRow(model.tokenizer, prompt, answer);
    return ids.length <= model.config.maxPositions ? ids : undefined;
  } catch (error) {
    if (error instanceof UserError && error.code.startsWith('prompt.')) return undefined;
    throw error;
  }
}
