import { Template } from '@huggingface/jinja';
import { messageOf, UserError } from '../base/errors';
import type { Json, JsonObject } from '../base/json';
import { limitTemplates } from './template-limits';
import { limited } from './time-limit';

/** Milliseconds that reading a template may take. */
const parseLimit = 10_000;

/** One turn of a conversation. */
export interface Message {
  readonly role: string;
  readonly content: string;
}

/** A conversation as the text that the model was trained on; ends with the opening of the answer when asked to. */
export type ChatTemplate = (messages: readonly Message[], options: { addGenerationPrompt: boolean }) => string;

/**
 * The chat template of a model: `source` is the text of `chat_template.jinja` or the `chat_template` of
 * `tokenizer_config.json`, which may also be a list of named templates, of which "default" is taken.
 * `specialTokens` are what the template sees as `bos_token`, `eos_token` and so on.
 * @throws UserError when the template cannot be parsed; rendering throws one when the template refuses the conversation, or does more than any
 * template has to.
 */
export function compileChatTemplate(source: Json, specialTokens: JsonObject, file: string): ChatTemplate {
  const text = templateText(source, file);
  limitTemplates();
  let template: Template;
  try {
    // Its parser's time grows with the square of some texts.
    template = limited(parseLimit, () => new Template(text));
  } catch (error) {
    throw new UserError('model.template', `${file}: the chat template cannot be read: ${messageOf(error).slice(0, 300)}`);
  }
  return (messages, { addGenerationPrompt }) => {
    try {
      return template.render({ ...specialTokens, messages: messages.map((m) => ({ ...m })), add_generation_prompt: addGenerationPrompt, tools: null, documents: null });
    } catch (error) {
      throw new UserError('model.template', `${file}: the chat template refuses a conversation of ${messages.map((m) => m.role).join(', ').slice(0, 100)}: ${messageOf(error).slice(0, 300)}`);
    }
  };
}

function templateText(source: Json, file: string): string {
  if (typeof source === 'string') return source;
  if (Array.isArray(source)) {
    const named = source.filter((t): t is JsonObject => t !== null && typeof t === 'object' && !Array.isArray(t));
    const chosen = named.find((t) => t['name'] === 'default')?.['template'];
    if (typeof chosen === 'string') return chosen;
  }
  throw new UserError('model.template', `${file}: chat_template is neither text nor a list with a template named "default".`);
}
