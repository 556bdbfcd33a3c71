import { encodeExample } from '../modelio/prompt';
import type { Tokenizer } from '../modelio/tokenizer';
import type { Row } from './rows';

/** A multiple-choice question as frozen data has it; `answer` is the place of the right choice. */
export interface ChoiceQuestion {
  readonly question: string;
  readonly choices: readonly string[];
  readonly answer: number;
  readonly task?: string | undefined;
}

/** A question with a row a choice, of which the choice's tokens count. */
export interface ChoiceItem {
  readonly task: string | undefined;
  readonly answer: number;
  readonly rows: readonly Row[];
  readonly bytes: readonly number[];
}

/**
 * Questions as a model reads them: each choice behind the question, with a space between the two where neither the question nor a chat
 * template makes one (the LM evaluation harness does the same). Questions of which a choice does not fit into the context are left out.
 */
export function choiceItems(tokenizer: Tokenizer, questions: readonly ChoiceQuestion[], maxLength: number): { items: ChoiceItem[]; left: number } {
  const items = questions.flatMap(({ task, question, choices, answer }): ChoiceItem[] => {
    const between = tokenizer.hasChatTemplate || /\s$/.test(question) || question === '' ? '' : ' ';
    const rows = choices.map((choice): Row => {
      const ids = encodeExample(tokenizer, question, between + choice);
      return { ids: [...ids.prompt, ...ids.answer], start: Math.max(1, ids.prompt.length) };
    });
    const readable = rows.every((r) => r.ids.length <= maxLength && r.ids.length > r.start);
    return readable ? [{ task, answer, rows, bytes: choices.map((c) => new TextEncoder().encode(c).length) }] : [];
  });
  return { items, left: questions.length - items.length };
}
