import type { ComponentChildren, VNode } from 'preact';
import { changeElement, moved, nameIn, unnameIn, unused } from '../../domain/task-draft';
import type { NamedPart } from '../../domain/task-draft';
import { t } from '../shared/l10n';
import type { Editing } from './editing';
import { hasErrors } from './editing';

interface Props {
  readonly editing: Editing;
  readonly part: NamedPart;
  readonly id: string;
  /** In its part of the draft; -1: it stands for nothing there (ready-made). */
  readonly index: number;
  readonly title: string;
  /** A word or two about it. */
  readonly kind: string;
  readonly children: ComponentChildren;
}

/** A criterion, question or rule of the task: one line, unfolded to be edited. */
export function Element({ editing, part, id, index, title, kind, children }: Props): VNode {
  const names = editing.draft.tasks[editing.task]?.[part] ?? [];
  const at = names.indexOf(id);
  // By its place: ids change while one types.
  const name = `${part}/${index < 0 ? id : index}`;
  const open = editing.open.has(name);
  const shift = (to: number): void => {
    editing.edit((draft) => changeElement(draft, 'tasks', editing.task, { [part]: moved(names, at, to) }), undefined, t('{0} is now number {1}', title, to + 1));
  };
  const others = editing.draft.tasks.filter((task, i) => i !== editing.task && task[part]?.includes(id) === true);
  return (
    <div class={`element${open ? ' is-open' : ''}${hasErrors(editing, part, index) ? ' invalid' : ''}`}>
      <div class="element-head">
        <button type="button" class="plain fold" aria-expanded={open} onClick={() => { editing.setOpen(name, !open); }}>
          <span class="arrow" aria-hidden="true" />
          <span class="element-title">{title === '' ? id : title}</span>
          <span class="quiet kind">{kind}</span>
        </button>
        <button type="button" class="plain" aria-label={t('Move “{0}” up', title)} title={t('Up')} disabled={at <= 0} onClick={() => { shift(at - 1); }}>↑</button>
        <button type="button" class="plain" aria-label={t('Move “{0}” down', title)} title={t('Down')} disabled={at >= names.length - 1} onClick={() => { shift(at + 1); }}>↓</button>
        <button type="button" class="plain" aria-label={t('Remove “{0}” from this task', title)} title={t('Remove from this task')} onClick={() => { editing.edit((draft) => unnameIn(draft, editing.task, part, id), undefined, t('Removed. Undo brings it back.')); }}>✕</button>
      </div>
      {open && (
        <div class="element-body">
          {others.length > 0 && <p class="note">{t('Also in: {0}. A change here is a change there.', others.map((o) => o.title ?? o.id).join(', '))}</p>}
          {children}
        </div>
      )}
    </div>
  );
}

interface MoreProps {
  readonly editing: Editing;
  readonly part: NamedPart;
  readonly titleOf: (id: string) => string;
}

/** What stands in the project and not in this task: added with one click; deleted, if no task names it. */
export function Others({ editing, part, titleOf }: MoreProps): VNode | null {
  const names = editing.draft.tasks[editing.task]?.[part] ?? [];
  const rest = editing.draft[part].filter((e) => !names.includes(e.id));
  if (rest.length === 0) return null;
  const free = new Set(unused(editing.draft, part).map((e) => e.id));
  return (
    <div class="line others">
      <span class="quiet">{t('Also in this project:')}</span>
      {rest.map(({ id }) => (
        <span class="pair" key={id}>
          <button type="button" class="chip" onClick={() => { editing.edit((draft) => nameIn(draft, editing.task, part, id), undefined, t('Added {0}', titleOf(id))); }}>+ {titleOf(id)}</button>
          {free.has(id) && <button type="button" class="chip" aria-label={t('Delete “{0}” from the project', titleOf(id))} title={t('Delete from the project')} onClick={() => { editing.edit((draft) => ({ ...draft, [part]: draft[part].filter((e) => e.id !== id) }), undefined, t('Deleted. Undo brings it back.')); }}>✕</button>}
        </span>
      ))}
    </div>
  );
}
