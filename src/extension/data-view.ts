import * as vscode from 'vscode';
import type { Disposable } from '../base/events';
import { disposables } from '../base/events';
import { oneLine, plural } from '../base/text';
import { contentOf } from '../domain/content';
import { labelProgress, labelsByItem } from '../domain/progress';
import type { Generation, PromptRecord } from '../domain/records';
import { lastFinished } from '../jobs/model-ref';
import type { RunView } from '../jobs/view';
import { commands, views } from './contributions';
import { labelerId } from './labeler';
import type { Data, Sessions } from './session';

/** A row of the Data view. */
interface Row {
  readonly item: vscode.TreeItem;
  readonly children?: () => Row[];
}

/** The Data view: what comes next, prompts, answers and who has labeled how much of them, models. */
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
  const update = async (next: Data | undefined): Promise<void> => {
    const session = sessions.current();
    me = session ? await labelerId(session.workspace.root) : '';
    data = next;
    const left = data ? mine(data, me, data.generations.flatMap((s) => s.records)) : undefined;
    const waiting = left ? left.total - left.done : 0;
    view.badge = waiting > 0 ? { value: waiting, tooltip: vscode.l10n.t('{0} to rank', plural(waiting, 'item')) } : undefined;
    changed.fire();
  };
  all.add(sessions.onData((next) => void update(next)));
  all.add(sessions.onRuns((changes) => {
    // The next step depends on which runs have finished.
    if (changes.some((c) => c.view.state === 'finished' && c.before?.state !== 'finished')) changed.fire();
  }));
  all.add(vscode.workspace.onDidChangeConfiguration((e) => {
    if (e.affectsConfiguration('plumbline.labeler')) void update(data);
  }));
  return all;
}

const hasAnything = (data: Data): boolean => data.prompts.some((s) => s.records.length > 0) || data.generations.some((s) => s.records.length > 0);

function mine(data: Data, labeler: string, generations: readonly Generation[]): { done: number; total: number } {
  return labelProgress(generations, labelsByItem(data.labels, labeler));
}

function topRows(data: Data, me: string, runs: readonly RunView[]): Row[] {
  const prompts = data.prompts.reduce((n, s) => n + s.records.length, 0);
  const answers = data.generations.reduce((n, s) => n + s.records.length, 0);
  return [
    nextStep(data, me, runs),
    group(vscode.l10n.t('Prompts'), 'comment-discussion', String(prompts), () => data.prompts.map((set) => fileRow(set.name, set.file, plural(set.records.length, 'prompt'), 'prompts', () => set.records.slice(0, 200).map(promptRow)))),
    group(vscode.l10n.t('Answers to Rank'), 'list-ordered', answers === 0 ? vscode.l10n.t('none yet') : progressText(mine(data, me, data.generations.flatMap((s) => s.records))), () =>
      data.generations.map((set) => batchRow(set.name, set.file, mine(data, me, set.records), set.records)).reverse(),
    ),
    group(vscode.l10n.t('Labelers'), 'organization', undefined, () => labelerRows(data, me)),
    group(vscode.l10n.t('Models'), 'circuit-board', undefined, () =>
      Object.entries(data.project.models).map(([name, model]) => ({ item: leaf(name, { description: model.kind ?? 'policy', icon: 'circuit-board', ...(model.description === undefined ? {} : { tooltip: model.description }) }) })),
    ),
  ];
}

/** The one thing to do now, as a row that does it. */
function nextStep(data: Data, me: string, runs: readonly RunView[]): Row {
  const { done, total } = mine(data, me, data.generations.flatMap((s) => s.records));
  const step =
    total === 0
      ? { label: vscode.l10n.t('Generate answers'), command: commands.generate }
      : done < total
        ? { label: vscode.l10n.t('Rank {0}', plural(total - done, 'item')), command: commands.rank }
        : lastFinished(runs, 'ppo')
          ? { label: vscode.l10n.t('Read the report'), command: commands.openReport }
          : lastFinished(runs, 'reward')
            ? { label: vscode.l10n.t('Tune with PPO'), command: commands.tunePpo }
            : { label: vscode.l10n.t('Train a reward model'), command: commands.trainReward };
  return { item: leaf(step.label, { description: vscode.l10n.t('next step'), icon: 'arrow-right', color: 'charts.green', command: step.command }) };
}

function labelerRows(data: Data, me: string): Row[] {
  const generations = data.generations.flatMap((s) => s.records);
  const names = new Set([me, ...data.labels.map((l) => l.labeler)]);
  return [...names].map((name) => {
    const listed = data.project.labelers.find((l) => l.id === name);
    const notes = [progressText(mine(data, name, generations)), ...(name === me ? [vscode.l10n.t('you')] : []), ...(listed?.simulated === true ? [vscode.l10n.t('simulated')] : []), ...(listed?.admitted === false ? [vscode.l10n.t('not admitted')] : [])];
    return { item: leaf(listed?.name ?? name, { description: notes.join(' · '), icon: listed?.simulated === true ? 'vm' : 'account', ...(name === me ? { command: commands.whoAmI } : {}) }) };
  });
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
