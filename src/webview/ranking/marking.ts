import type { Field, Values } from '../../domain/form';
import type { Stretch } from '../../domain/masking';
import type { RankingView } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';
import type { Caret } from './caret';
import { caretAt, moveCaret, stretchOf, trimStretch, wordsOf } from './caret';
import type { ValueStep } from './values';
import { addMark } from './values';

/** Words of an answer that were chosen and not yet marked; by keyboard, with the caret. */
export interface Chosen {
  /** Position of the answer. */
  readonly at: number;
  readonly stretch: Stretch;
  readonly caret?: Caret;
}

interface MarkingContext {
  /** Of the item that is shown. */
  readonly answers: NonNullable<RankingView['item']>['answers'];
  readonly values: Values;
  readonly fields: readonly Field[];
  /** The field that has the keyboard. */
  readonly now: Field | undefined;
  readonly chosen: Chosen | undefined;
  readonly choose: (chosen: Chosen) => void;
  readonly go: (id: string) => void;
  readonly fill: (step: ValueStep) => void;
  readonly say: (sentence: string) => void;
}

/** Choosing words of an answer and marking them, by keyboard and by mouse. */
export interface Marking {
  /** Marks the words that are chosen, or those that are given. */
  readonly tag: (at: Field, name: string, stretch?: Stretch) => void;
  /** Moves the caret in the answer of a field. False when the key does not. */
  readonly move: (at: Field, key: string, extend: boolean) => boolean;
  /** Selected by mouse: with one tag it is marked at once, else a digit or a button does it. */
  readonly select: (position: number, raw: Stretch) => void;
}

export function marking({ answers, values, fields, now, chosen, choose, go, fill, say }: MarkingContext): Marking {
  const tag: Marking['tag'] = (at, name, stretch = chosen?.at === at.at ? chosen.stretch : undefined) => {
    if (!stretch) say(t('Choose words first: with the arrow keys or the mouse'));
    else fill(addMark(values, at, { ...stretch, tag: name }, answers[at.at as number]!.text));
  };
  return {
    tag,
    move(at, key, extend) {
      const { text, hidden } = answers[at.at as number]!;
      const words = wordsOf(text, hidden);
      const caret = moveCaret(chosen?.at === at.at ? (chosen.caret ?? caretAt(words, chosen.stretch)) : undefined, key, extend, words.length);
      const stretch = caret && stretchOf(caret, words);
      if (!stretch) return false;
      choose({ at: at.at as number, stretch, caret });
      say(text.slice(stretch.start, stretch.end));
      return true;
    },
    select(position, raw) {
      const { text, hidden } = answers[position]!;
      const stretch = trimStretch(raw, text, hidden);
      const at = now?.kind === 'span' && now.at === position ? now : fields.find((f) => f.kind === 'span' && f.at === position);
      if (!stretch || !at) return;
      document.getSelection()?.removeAllRanges();
      go(at.id);
      choose({ at: position, stretch });
      if (at.options.length === 1) tag(at, String(at.options[0]!.value), stretch);
      else say(t('Chosen: {0}. A digit marks it.', text.slice(stretch.start, stretch.end)));
    },
  };
}
