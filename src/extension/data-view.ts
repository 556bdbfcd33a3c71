import * as vscode from 'vscode';
import type { Disposable } from '../base/events';
import { disposables } from '../base/events';
import { oneLine, plural } from '../base/text';
import { contentOf } from '../domain/content';
import { progressCounter } from '../domain/progress';
import type { ProgressCounter } from '../domain/progress';
import type { Generation, PromptRecord } from '../domain/records';
import { tasksOf } from '../domain/tasks';
import type { Task } from '../domain/tasks';
import { lastFinished } from '../jobs/model-ref';
import type { RunView } from '../jobs/view';
import { commands, views } from './contributions';
import { inBackground } from './edge';
import { labelerId } from './labeler';
import type { Data, Sessions } from './session';

/** A row of the Data view. */
interface Row {
  readonly item: vscode.TreeItem;
  readonly children?: () => Row[];
}

/** The view is drawn again at most so often, and takes at most a tenth of the time, however many items there are. */
const leastPause = 200;
const share = 10;

/** The Data view: what comes next, prompts, tasks, answers and who has labeled how much of them, models. */
export function createDataView(sessions: Sessions): Disposable {
  const all = disposables();
  const changed = all.add(new vscode.EventEmitter<void>());
  let data: Data | undefined;
  let me = '';
  const provider: vscode.TreeDataProvider<Row> = {
    onDidChangeTreeData: changed.event,
    getTreeItem: (row) => row.item,
    getChildren: (row) => (row ? (row.children?.() ?? []) : data && hasAnything(data) ? topRows(data, me, sessions.current()?.runs.list() ?? []) : []),
  };
  const view = all.add(vscode.window.createTreeView(views.data, { treeDataProvider: provider, showCollapseAll: true }));
  let pause = 0;
  const update = async (): Promise<void> => {
    const session = sessions.current();
    me = session ? await labelerId(session.workspace.root) : '';
    const began = performance.now();
    const waiting = data ? left(data, me) : 0;
    pause = Math.max(leastPause, share * (performance.now() - began));
    view.badge = waiting > 0 ? { value: waiting, tooltip: vscode.l10n.t('{0} to label', plural(waiting, 'item')) } : undefined;
    changed.fire();
  };
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      inBackground(update());
    }, pause);
  };
  all.add({ dispose: () => { clearTimeout(timer); } });
  all.add(sessions.onData((next) => {
    data = next;
    soon();
  }));
  all.add(sessions.onRuns((changes) => {
    // The next step depends on which runs have finished.
    if (changes.some((c) => c.view.state === 'finished' && c.before?.state !== 'finished')) changed.fire();
  }));
  all.add(vscode.workspace.onDidChangeConfiguration((e) => {
    if (e.affectsConfiguration('plumbline.labeler')) soon();
  }));
  return all;
}

const hasAnything = (data: Data): boolean => data.prompts.some((s) => s.records.length > 0) || data.generations.some((s) => s.records.length > 0);

type Done = ReturnType<ProgressCounter['count']>;

/** Counters by answers and task: the items are looked at when they are read, not with every label. */
const counters = new WeakMap<Data['generations'], Map<string, ProgressCounter>>();

function progressOf(data: Data, labeler: string, task: Task): Done {
  const known = counters.get(data.generations) ?? new Map<string, ProgressCounter>();
  counters.set(data.generations, known);
  const sets = task.sets === undefined ? data.generations : data.generations.filter((s) => task.sets!.includes(s.name));
  const key = `${task.id}\n${task.sets?.join('\n') ?? ''}`;
  const counter = known.get(key) ?? progressCounter(sets, data.byKey(task.id), task.id);
  known.set(key, counter);
  return counter.count(data.index.ofLabeler(labeler, task.id));
}

/** Items of the project's first task that this labeler has not done. */
function left(data: Data, labeler: string): number {
  const { total, done } = progressOf(data, labeler, tasksOf(data.project)[0]!);
  return total - done;
}

function topRows(data: Data, me: string, runs: readonly RunView[]): Row[] {
  const prompts = data.prompts.reduce((n, s) => n + s.records.length, 0);
  const answers = data.generations.reduce((n, s) => n + s.records.length, 0);
  const tasks = tasksOf(data.project);
  const done = progressOf(data, me, tasks[0]!);
  return [
    nextStep(data, done, runs),
    group(vscode.l10n.t('Prompts'), 'comment-discussion', String(prompts), () => data.prompts.map((set) => fileRow(set.name, set.file, plural(set.records.length, 'prompt'), 'prompts', () => set.records.slice(0, 200).map(promptRow)))),
    ...(tasks.length > 1 ? [group(vscode.l10n.t('Tasks'), 'checklist', String(tasks.length), () => tasks.map((task) => taskRow(task, progressOf(data, me, task))))] : []),
    group(vscode.l10n.t('Answers to Label'), 'list-ordered', answers === 0 ? vscode.l10n.t('none yet') : progressText(done), () =>
      data.generations.map((set) => batchRow(set.name, set.file, done.bySet.get(set.name) ?? { done: 0, total: 0 }, set.records)).reverse(),
    ),
    group(vscode.l10n.t('Labelers'), 'organization', undefined, () => labelerRows(data, me)),
    group(vscode.l10n.t('Models'), 'circuit-board', undefined, () =>
      Object.entries(data.project.models).map(([name, model]) => ({ item: leaf(name, { description: model.kind ?? 'policy', icon: 'circuit-board', ...(model.description === undefined ? {} : { tooltip: model.description }) }) })),
    ),
  ];
}

/** The one thing to do now, as a row that does it. */
function nextStep(data: Data, { done, total }: Done, runs: readonly RunView[]): Row {
  const step =
    total === 0
      ? { label: vscode.l10n.t('Generate answers'), command: commands.generate }
      : done < total
        ? { label: vscode.l10n.t('Label {0}', plural(total - done, 'item')), command: commands.rank }
        : lastFinished(runs, 'ppo')
          ? { label: vscode.l10n.t('Read the report'), command: commands.openReport }
          : lastFinished(runs, 'reward')
            ? { label: vscode.l10n.t('Tune with PPO'), command: commands.tunePpo }
            : { label: vscode.l10n.t('Train a reward model'), command: commands.trainReward };
  return { item: leaf(step.label, { description: vscode.l10n.t('next step'), icon: 'arrow-right', color: 'charts.green', command: step.command }) };
}

/** A task that one opens by its row. */
function taskRow(task: Task, progress: Done): Row {
  const item = leaf(task.title ?? task.id, { description: progressText(progress), icon: 'checklist', ...(task.guideline === undefined ? {} : { tooltip: task.guideline }) });
  item.command = { command: commands.rank, title: vscode.l10n.t('Label'), arguments: [{ task: task.id }] };
  return { item };
}

/** As many labelers as a list can show at a glance; the panel has all. */
const labelersShown = 50;

function labelerRows(data: Data, me: string): Row[] {
  const task = tasksOf(data.project)[0]!;
  const names = [...new Set([me, ...data.index.labelers()])];
  const rows = names.slice(0, labelersShown).map((name) => {
    const listed = data.project.labelers.find((l) => l.id === name);
    const notes = [progressText(progressOf(data, name, task)), ...(name === me ? [vscode.l10n.t('you')] : []), ...(listed?.simulated === true ? [vscode.l10n.t('simulated')] : []), ...(listed?.admitted === false ? [vscode.l10n.t('not admitted')] : [])];
    return { item: leaf(listed?.name ?? name, { description: notes.join(' · '), icon: listed?.simulated === true ? 'vm' : 'account', ...(name === me ? { command: commands.whoAmI } : {}) }) };
  });
  return names.length <= labelersShown ? rows : [...rows, { item: leaf(vscode.l10n.t('All {0} labelers', names.length), { icon: 'organization', command: commands.agreement }) }];
}

function group(label: string, icon: string, description: string | undefined, children: () => Row[]): Row {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `group/${icon}`;
  item.iconPath = new vscode.ThemeIcon(icon);
  if (description !== undefined) item.description = description;
  return { item, children };
}

function fileRow(name: string, file: string, description: string, kind: string, children: () => Row[]): Row {
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = file;
  item.description = description;
  item.iconPath = new vscode.ThemeIcon('file');
  item.contextValue = kind;
  item.tooltip = file;
  return { item, children };
}

function batchRow(name: string, file: string, progress: { done: number; total: number }, records: readonly Generation[]): Row {
  const made = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-generate-(.+)$/.exec(name);
  // Sets that a run has made bear its id: shown as its name and time.
  const when = made && new Date(`${made[1]!}-${made[2]!}-${made[3]!}T${made[4]!}:${made[5]!}:${made[6]!}Z`).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' });
  const row = fileRow(made ? made[7]!.replaceAll('-', ' ') : name, file, when ? `${progressText(progress)} · ${when}` : progressText(progress), 'batch', () => records.slice(0, 200).map((g) => ({ item: leaf(promptText(g), { description: plural(g.responses.length, 'answer'), icon: 'comment' }) })));
  const finished = progress.total > 0 && progress.done === progress.total;
  row.item.iconPath = new vscode.ThemeIcon(finished ? 'pass-filled' : progress.done > 0 ? 'circle-large-filled' : 'circle-large', new vscode.ThemeColor(finished ? 'charts.green' : 'charts.blue'));
  return row;
}

const promptRow = (prompt: PromptRecord): Row => ({ item: leaf(promptText(prompt), { icon: 'comment', ...(prompt.tags ? { description: prompt.tags.join(', ') } : {}) }) });

function promptText(record: PromptRecord | Generation): string {
  const content = contentOf(record);
  return oneLine(typeof content === 'string' ? content : (content.at(-1)?.content ?? ''), 80);
}

const progressText = ({ done, total }: { done: number; total: number }): string => (total === 0 ? '0' : vscode.l10n.t('{0} of {1}', done, total));

function leaf(label: string, more: { description?: string; tooltip?: string; icon: string; color?: string; command?: string }): vscode.TreeItem {
  const item = new vscode.TreeItem(label);
  item.iconPath = new vscode.ThemeIcon(more.icon, more.color === undefined ? undefined : new vscode.ThemeColor(more.color));
  if (more.description !== undefined) item.description = more.description;
  if (more.tooltip !== undefined) item.tooltip = more.tooltip;
  if (more.command !== undefined) item.command = { command: more.command, title: label };
  return item;
}
