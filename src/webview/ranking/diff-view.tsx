import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { diffWords } from '../../domain/diff';
import { letter } from '../../domain/form';
import { maskedPieces } from '../../domain/masking';
import type { ShownText } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';

/** What two answers are compared as: what is hidden stays hidden. */
const visible = ({ text, hidden }: ShownText): string => maskedPieces(text, hidden).map((p) => (p.hidden ? '▇▇▇' : p.text)).join('');

interface Props {
  readonly answers: readonly ShownText[];
  readonly position: number;
  /** The answer that the others are compared with. */
  readonly focus: number;
}

/**
 * An answer's words against another's. Of two, each shows what only it has; of more, each shows what it has in place of the
 * focused one's words, which stand struck out.
 */
export function DiffView({ answers, position, focus }: Props): VNode {
  const two = answers.length === 2;
  const other = two ? 1 - position : focus;
  const against = answers[other]!;
  const own = answers[position]!;
  const diff = useMemo(() => diffWords(visible(against), visible(own)), [against, own]);
  if (other === position) {
    return (
      <div class="text diff" dir="auto">
        <p class="quiet note">{t('The others are compared with this one.')}</p>
        {visible(own)}
      </div>
    );
  }
  return (
    <div class="text diff" dir="auto">
      {diff.coarse && <p class="quiet note">{t('Too long and too different to compare word by word: everything between the common beginning and end is marked.')}</p>}
      {diff.parts.length <= 1 && diff.parts.every((p) => p.kind === 'same') && <p class="quiet note">{t('The same words as {0}.', letter(other))}</p>}
      {diff.parts.map((part, i) => {
        if (part.kind === 'same') return <span key={i}>{part.text}</span>;
        if (part.kind === 'added') return <ins key={i}><span class="hidden-from-eyes">{two ? t('only here:') : t('instead:')} </span>{part.text}<span class="hidden-from-eyes"> {t('end')}</span></ins>;
        return two ? null : <del key={i}><span class="hidden-from-eyes">{t('not here:')} </span>{part.text}<span class="hidden-from-eyes"> {t('end')}</span></del>;
      })}
    </div>
  );
}
