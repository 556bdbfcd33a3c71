import type { VNode } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { idFault } from '../../domain/task-check';
import type { PartName } from '../../domain/task-draft';
import { renameElement } from '../../domain/task-draft';
import { t } from '../shared/l10n';
import { Faults } from './fields';
import type { Editing } from './editing';

/**
 * The id of an element. While one types it is nobody's id yet: it is taken when the field is left or Enter is pressed, and
 * only if no other has it. One that labels name is locked until somebody means to change it.
 */
export function IdField({ editing, part, index }: { readonly editing: Editing; readonly part: PartName; readonly index: number }): VNode {
  const field = useId();
  const { id } = editing.draft[part][index]!;
  const [text, setText] = useState(id);
  const [unlocked, setUnlocked] = useState(false);
  useEffect(() => {
    setText(id);
  }, [id]);
  const uses = editing.uses[part][id] ?? 0;
  const locked = uses > 0 && !unlocked;
  const fault = idFault(text, editing.draft[part].filter((_, i) => i !== index));
  const commit = (): void => {
    if (fault === undefined && text !== id) editing.edit((draft) => renameElement(draft, part, index, text), undefined, t('The id is now {0}', text));
  };
  return (
    <div class={`field${fault === undefined ? '' : ' invalid'}`}>
      <label for={field}>{t('Id')}</label>
      <p class="hint quiet" id={`${field}-hint`}>{uses > 0 ? uses === 1 ? t('One label names it by this id.') : t('{0} labels name it by this id.', uses.toLocaleString()) : t('The name in labels. It should not change once there are some.')}</p>
      <span class="with-unit">
        <input id={field} type="text" class="text-input mono id" value={text} readOnly={locked} spellcheck={false} aria-describedby={`${field}-hint`} aria-invalid={fault !== undefined}
          onInput={(e) => { setText(e.currentTarget.value); }} onBlur={commit}
          onKeyDown={(e) => {
            if (e.key === 'Enter') commit();
            if (e.key === 'Escape') setText(id);
          }} />
        {locked && <button type="button" onClick={() => { setUnlocked(true); }}>{t('Change…')}</button>}
      </span>
      {fault !== undefined && <Faults faults={[{ part, index, field: 'id', message: fault, severity: 'error' }]} />}
      {unlocked && uses > 0 && <p class="note warning" role="alert">{t('Labels ({0}) name “{1}”. With another id they no longer belong to it: they stay in their files, but nothing counts them any more.', uses.toLocaleString(), id)}</p>}
    </div>
  );
}
