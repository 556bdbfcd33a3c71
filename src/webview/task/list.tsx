import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { taskTemplates } from '../../domain/task-templates';
import type { TaskTemplate } from '../../domain/task-templates';
import { duplicateTask, moved } from '../../domain/task-draft';
import { t } from '../shared/l10n';
import type { Editing } from './editing';
import { hasErrors } from './editing';

interface Props {
  readonly editing: Editing;
  readonly select: (task: number) => void;
  readonly create: () => void;
}

/** The tasks of the project. */
export function TaskList({ editing, select, create }: Props): VNode {
  const { draft, task: at } = editing;
  const list = useRef<HTMLUListElement>(null);
  const { tasks } = draft;
  const focusAt = (i: number): void => {
    select(i);
    queueMicrotask(() => list.current?.querySelectorAll('button')[i]?.focus());
  };
  const move = (to: number): void => {
    if (to < 0 || to >= tasks.length) return;
    editing.edit((d) => ({ ...d, tasks: moved(d.tasks, at, to) }), undefined, t('{0} is now number {1}', tasks[at]!.title ?? tasks[at]!.id, to + 1));
    focusAt(to);
  };
  const remove = (): void => {
    editing.edit((d) => ({ ...d, tasks: d.tasks.filter((_, i) => i !== at) }), undefined, t('Deleted “{0}”. Undo brings it back.', tasks[at]!.title ?? tasks[at]!.id));
    focusAt(Math.max(0, Math.min(at, tasks.length - 2)));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && event.altKey) move(at + step);
    else if (step !== 0) focusAt(Math.max(0, Math.min(tasks.length - 1, at + step)));
    else if (event.key === 'Delete') remove();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <nav aria-label={t('Tasks')}>
      <ul ref={list} onKeyDown={onKeyDown}>
        {tasks.map((task, i) => (
          <li key={i}>
            <button type="button" class={`plain task${i === at ? ' current' : ''}`} aria-current={i === at ? 'true' : undefined} onClick={() => { select(i); }}>
              {task.title ?? task.id}
              {hasErrors(editing, 'tasks', i) && <span class="mark" title={t('Something is missing')}>!</span>}
            </button>
          </li>
        ))}
      </ul>
      <div class="line">
        <button type="button" onClick={create}>+ {t('New')}</button>
        {tasks.length > 0 && (
          <>
            <button type="button" class="plain" title={t('A copy of this task')} onClick={() => { editing.edit((d) => duplicateTask(d, at), undefined, t('Duplicated')); select(at + 1); }}>{t('Copy')}</button>
            <button type="button" class="plain" aria-label={t('Move up')} title={t('Move up (Alt+↑)')} disabled={at === 0} onClick={() => { move(at - 1); }}>↑</button>
            <button type="button" class="plain" aria-label={t('Move down')} title={t('Move down (Alt+↓)')} disabled={at >= tasks.length - 1} onClick={() => { move(at + 1); }}>↓</button>
            <button type="button" class="plain" aria-label={t('Delete')} title={t('Delete (Del)')} onClick={remove}>✕</button>
          </>
        )}
      </div>
    </nav>
  );
}

/** What a new task can be made from. */
export function Templates({ choose, close }: { readonly choose: (template: TaskTemplate) => void; readonly close: (() => void) | undefined }): VNode {
  const first = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (document.hasFocus()) first.current?.querySelector('button')?.focus();
  }, []);
  return (
    <section class="templates" aria-label={t('New task')}>
      <h2>{t('What should labelers be asked?')}</h2>
      <p class="hint quiet">{close ? t('Everything can be changed afterwards.') : t('Until there is a task, answers are put in order. Everything can be changed afterwards.')}</p>
      <div class="cards" ref={first}>
        {taskTemplates.map((template) => (
          <button type="button" class="card" key={template.id} onClick={() => { choose(template); }}>
            <strong>{template.title}</strong>
            <span class="quiet">{template.description}</span>
          </button>
        ))}
      </div>
      {close && <button type="button" class="plain" onClick={close}>{t('Cancel')}</button>}
    </section>
  );
}
