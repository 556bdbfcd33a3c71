import type { VNode } from 'preact';
import type { Field, Mark } from '../../domain/form';
import type { Stretch } from '../../domain/masking';
import { oneLine } from '../../base/text';
import { t } from '../shared/l10n';
import { accessibleName } from './field';

interface Props {
  readonly field: Field;
  readonly text: string;
  readonly marks: readonly Mark[];
  readonly focused: boolean;
  readonly chosen: Stretch | undefined;
  readonly onFocus: () => void;
  /** Moves what is chosen in the answer; false when the key is none for it. */
  readonly move: (key: string, extend: boolean) => boolean;
  readonly tag: (tag: string) => void;
  readonly remove: (stretch: Stretch) => void;
  readonly others?: readonly (readonly Mark[] | undefined)[] | undefined;
}

/** Marks stretches of the answer above it: chosen by mouse or word by word with the arrow keys, tagged by digits or buttons. */
export function SpanField({ field, text, marks, focused, chosen, onFocus, move, tag, remove, others }: Props): VNode {
  const open = field.required && marks.length === 0;
  const quote = (s: Stretch): string => oneLine(text.slice(s.start, s.end), 40);
  return (
    <fieldset class={`field of-span${focused ? ' focused' : ''}${open ? ' open' : ''}`} data-field={field.id} onFocusIn={onFocus} aria-label={accessibleName(field)}>
      <legend>
        <span class="name">{field.of === 'evidence' ? t(field.label) : field.label}</span>
        {field.required && <span class="required" aria-hidden="true" title={t('Required')}>{open ? '●' : '✓'}</span>}
      </legend>
      <div class="marker" role="group" tabIndex={0} data-first aria-label={t('{0}. Arrow keys choose words, with Shift more of them; a digit marks them, Delete takes marks away.', accessibleName(field))}
        onKeyDown={(event) => {
          if (event.target !== event.currentTarget) return;
          if ((event.key === 'Delete' || event.key === 'Backspace') && chosen) remove(chosen);
          else if (event.ctrlKey || event.metaKey || event.altKey || !move(event.key, event.shiftKey)) return;
          event.preventDefault();
          event.stopPropagation();
        }}>
        {chosen && focused ? <q class="choice">{quote(chosen)}</q> : <span class="quiet">{t('select words above, or ← → here')}</span>}
        {field.options.map((option, i) => (
          <button type="button" key={String(option.value)} tabIndex={-1} class={`tag-button look-${i % 6}`} disabled={!chosen} onMouseDown={(event) => { event.preventDefault(); }} onClick={() => { tag(String(option.value)); }}>
            <kbd aria-hidden="true">{i + 1}</kbd>{option.label}
          </button>
        ))}
      </div>
      {marks.length > 0 && (
        <ul class="marks">
          {marks.map((mark) => (
            <li key={`${mark.start} ${mark.end}`} class={`look-${Math.max(0, field.options.findIndex((o) => o.value === mark.tag)) % 6}`}>
              <span class="tag">{mark.tag}</span> <q>{quote(mark)}</q>
              <button type="button" class="plain" aria-label={t('Remove the mark on {0}', quote(mark))} onClick={() => { remove(mark); }}>×</button>
            </li>
          ))}
        </ul>
      )}
      {others?.some((o) => o?.length) === true && <p class="quiet others-say">{others.map((own, i) => own?.length ? <span key={i}>{t('Labeler {0}: {1}', i + 1, own.map((m) => `${m.tag} “${quote(m)}”`).join(', '))}</span> : null)}</p>}
    </fieldset>
  );
}
