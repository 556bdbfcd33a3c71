import type { VNode } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { checkDraft } from '../../domain/task-check';
import type { FieldFault } from '../../domain/task-check';
import { addParts, emptyParts, tidy } from '../../domain/task-draft';
import type { PartName } from '../../domain/task-draft';
import type { TaskTemplate } from '../../domain/task-templates';
import { noUses } from '../../domain/task-uses';
import type { TaskSource } from '../../domain/tasks';
import { resolveTask } from '../../domain/tasks';
import type { TaskEvent, TaskMethods, TaskResults, TaskShow, TaskView } from '../../protocol/panels-task';
import { connect, HostError } from '../shared/host';
import { setBundle, t } from '../shared/l10n';
import { CriteriaPart } from './criteria';
import type { Editing } from './editing';
import { ExtrasPart, QueuePart } from './extras';
import { General, PreferencePart } from './general';
import type { History } from './history';
import { changed, redone, startHistory, undone } from './history';
import { TaskList, Templates } from './list';
import { Preview } from './preview';
import { QuestionsPart } from './questions';
import { RulesPart } from './rules';
import { Top } from './top';

/** What survives a reload: the draft, what it began with, and which task is shown. */
interface Kept {
  readonly task?: string;
  readonly draft?: TaskSource;
  readonly base?: string;
}

const host = connect<TaskMethods, TaskResults, TaskEvent, Kept>();

export function App(): VNode | null {
  const [view, setView] = useState<TaskView>();
  const [history, setHistory] = useState<History<TaskSource>>(() => startHistory(emptyParts));
  /** The state of the file that the draft began with, and the parts in it. */
  const [base, setBase] = useState('');
  const [saved, setSaved] = useState<TaskSource>(emptyParts);
  const [at, setAt] = useState(0);
  const [creating, setCreating] = useState(false);
  const [uses, setUses] = useState(noUses);
  const [open, setOpenSet] = useState<ReadonlySet<string>>(new Set());
  const [says, setSays] = useState('');
  const [error, setError] = useState<string>();
  const draft = history.now;
  // Handlers of the window outlive a drawing: they look here.
  const now = useRef({ draft, base, saved, at });
  now.current = { draft, base, saved, at };

  const failed = useCallback((e: unknown) => {
    const message = e instanceof Error ? e.message : String(e);
    if (!(e instanceof HostError && e.wire.shown)) setError(message);
    setSays(message);
  }, []);

  /** Begins with what stands in the file. */
  const take = useCallback((next: TaskView, before?: TaskSource) => {
    setView(next);
    setBase(next.base);
    setSaved(next.parts);
    setHistory((old) => (before === undefined ? startHistory(next.parts) : { ...old, now: next.parts, about: undefined }));
    setError(undefined);
  }, []);

  const show = useCallback(({ task, create }: TaskShow) => {
    if (create === true) setCreating(true);
    const i = now.current.draft.tasks.findIndex((other) => other.id === task);
    if (i >= 0) {
      setCreating(false);
      setAt(i);
    }
  }, []);

  const edit = useCallback<Editing['edit']>((change, about, sentence) => {
    setHistory((old) => changed(old, change(old.now), about));
    if (sentence !== undefined) setSays(sentence);
  }, []);

  const go = useCallback((step: 'undo' | 'redo') => {
    setHistory((old) => (step === 'undo' ? undone(old) : redone(old)));
    setSays(step === 'undo' ? t('Undone') : t('Redone'));
    setCreating(false);
  }, []);

  /** Shows where something must be mended. */
  const goTo = useCallback((parts: TaskSource, { part, index }: FieldFault) => {
    const id = parts[part][index]?.id ?? '';
    const names = (i: number): boolean => (part === 'tasks' ? i === index : parts.tasks[i]?.[part]?.includes(id) === true);
    const task = [now.current.at, ...parts.tasks.keys()].find(names);
    if (task !== undefined) setAt(task);
    setCreating(false);
    setOpenSet((old) => new Set([...old, `${part}/${index}`]));
    setTimeout(() => { document.querySelector<HTMLElement>('main [aria-invalid="true"], main .faults')?.scrollIntoView({ block: 'center' }); }, 50);
    setTimeout(() => { document.querySelector<HTMLElement>('main [aria-invalid="true"]')?.focus(); }, 60);
  }, []);

  const save = useCallback(async () => {
    // A field that is being typed into commits when it is left.
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && focused.classList.contains('id')) focused.blur();
    await new Promise((resolve) => { setTimeout(resolve, 0); });
    const parts = tidy(now.current.draft);
    const errors = checkDraft(parts).filter((f) => f.severity === 'error');
    if (errors.length > 0) {
      goTo(parts, errors[0]!);
      setSays(t('Not saved: {0}', errors[0]!.message));
      setError(t('Not saved. First mend what is marked: {0}', errors[0]!.message));
      return;
    }
    try {
      const result = await host.call('save', { parts, base: now.current.base });
      if (result.saved) {
        take(result.view, parts);
        setSays(t('Saved'));
      } else {
        setView(result.view);
        setSays(t('Not saved: project.json was changed meanwhile'));
      }
    } catch (e) {
      failed(e);
    }
  }, [take, failed, goTo]);

  useEffect(() => {
    // Read before anything is shown, which writes it: a file that changes while the panel comes back must not take the draft away.
    const kept = host.getState();
    let begun = false;
    host.onEvent((event) => {
      if (event.name === 'view' && !begun) return;
      if (event.name === 'uses') setUses(event.uses);
      else if (event.name === 'show') show(event.show);
      else if (now.current.draft === now.current.saved && event.view.base !== now.current.base) take(event.view);
      else setView(event.view);
    });
    host.call('ready', {}).then((first) => {
      setBundle(first.strings ?? {});
      begun = true;
      take(first.view);
      const start = kept?.draft ?? first.view.parts;
      if (kept?.draft && kept.base !== undefined && first.view.faults.length === 0) {
        setHistory((old) => changed(old, kept.draft!));
        setBase(kept.base);
      }
      const wanted = first.show.task ?? kept?.task;
      setAt(Math.max(0, start.tasks.findIndex((task) => task.id === wanted)));
      setCreating(first.show.create === true || start.tasks.length === 0);
    }, (e: unknown) => {
      setError(e instanceof Error ? e.message : String(e));
    });
    const onKey = (event: KeyboardEvent): void => {
      const key = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey) || event.altKey) {
        // Typing belongs to the field, not to the editor's keybindings.
        if (event.target instanceof Element && event.target.closest('input, textarea, select')) event.stopPropagation();
        return;
      }
      if (key === 's') void save();
      else if (key === 'z') go(event.shiftKey ? 'redo' : 'undo');
      else if (key === 'y') go('redo');
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener('keydown', onKey, true);
    return () => {
      document.removeEventListener('keydown', onKey, true);
    };
  }, [failed, go, save, show, take]);

  const dirty = draft !== saved;
  useEffect(() => {
    const task = draft.tasks[at]?.id;
    if (view) host.setState({ ...(task === undefined ? {} : { task }), ...(dirty ? { draft, base } : {}) });
  }, [view, draft, base, at, dirty]);

  const tidied = useMemo(() => tidy(draft), [draft]);
  const faults = useMemo(() => checkDraft(tidied, view?.sets), [tidied, view]);
  if (!view) return error === undefined ? null : <p class="banner" role="alert">{error}</p>;

  const openJson = (path: (string | number)[]): void => void host.call('openJson', { path }).catch(failed);
  if (view.faults.length > 0) {
    return (
      <main class="blocked">
        <h1>{t('project.json must be mended first')}</h1>
        <ul>{view.faults.map((fault) => <li key={fault}>{fault}</li>)}</ul>
        <button type="button" class="primary" onClick={() => { openJson([]); }}>{t('Open project.json')}</button>
      </main>
    );
  }
  const task = draft.tasks[at];
  const editing: Editing = {
    draft,
    task: at,
    faults,
    uses,
    sets: view.sets,
    saved: (part: PartName, id: string) => saved[part].some((e) => e.id === id),
    edit,
    open,
    setOpen: (name, on) => { setOpenSet((old) => new Set(on ? [...old, name] : [...old].filter((n) => n !== name))); },
  };
  const choose = (template: TaskTemplate): void => {
    const made = addParts(draft, template.parts);
    edit(() => made.draft, undefined, t('Made a task from “{0}”', template.title));
    setAt(made.task);
    setCreating(false);
  };
  const conflict = view.base !== base;
  return (
    <div class="page">
      <Top dirty={dirty} faults={faults.filter((f) => f.severity === 'error').length} canUndo={history.past.length > 0} canRedo={history.future.length > 0} canLabel={task !== undefined && !dirty} go={go} save={() => void save()}
        openJson={() => { openJson(task ? ['tasks', at] : []); }} label={() => { if (task) host.call('label', { task: task.id }).catch(failed); }} />
      {error !== undefined && <p class="banner" role="alert">{error}</p>}
      {conflict && (
        <div class="banner warning" role="alert">
          <span>{t('project.json was changed meanwhile, and you have changes here that are not saved.')}</span>
          <button type="button" onClick={() => { take(view); }}>{t('Take the file’s')}</button>
          <button type="button" onClick={() => { setBase(view.base); setSaved(view.parts); setSays(t('Yours stay; saving replaces the file’s tasks')); }}>{t('Keep mine')}</button>
        </div>
      )}
      <div class="body">
        <TaskList editing={editing} select={(i) => { setAt(i); setCreating(false); }} create={() => { setCreating(true); }} />
        {creating || !task ? (
          <main><Templates choose={choose} close={task ? () => { setCreating(false); } : undefined} /></main>
        ) : (
          <>
            <main key={at}>
              <General editing={editing} task={task} />
              <PreferencePart editing={editing} task={task} />
              <CriteriaPart editing={editing} task={task} />
              <QuestionsPart editing={editing} task={task} />
              <RulesPart editing={editing} task={task} />
              <ExtrasPart editing={editing} task={task} />
              <QueuePart editing={editing} task={task} />
            </main>
            <Preview key={task.id} form={resolveTask(tidied, tidied.tasks[at]!).form} />
          </>
        )}
      </div>
      <div class="hidden-from-eyes" role="status" aria-live="polite">{says}</div>
    </div>
  );
}
