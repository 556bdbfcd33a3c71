import * as vscode from 'vscode';
import type { Disposable } from '../base/events';
import { disposables } from '../base/events';
import { formatSeconds } from '../base/text';
import type { RunState, RunView } from '../jobs/view';
import { describeRun, isActive, isResumable } from '../jobs/view';
import { commands, views } from './contributions';
import type { Sessions } from './session';
import { keyNumbers } from './status';

/** The Runs view: newest first, with state, key numbers, and what can be done. */
export function createRunsView(sessions: Sessions): Disposable {
  const all = disposables();
  const changed = all.add(new vscode.EventEmitter<string | undefined>());
  const provider: vscode.TreeDataProvider<string> = {
    onDidChangeTreeData: changed.event,
    getTreeItem: (id) => itemOf(sessions.current()?.runs.get(id), id),
    getChildren: (id) => (id === undefined ? (sessions.current()?.runs.list() ?? []).map((r) => r.id) : []),
  };
  all.add(vscode.window.createTreeView(views.runs, { treeDataProvider: provider }));
  all.add(sessions.onChange(() => {
    changed.fire(undefined);
  }));
  all.add(sessions.onRuns((changes) => {
    // A run that is merely further along redraws its own row; the list is redrawn when it changes.
    if (changes.some((c) => c.removed || c.before === undefined)) changed.fire(undefined);
    else for (const { view } of changes) changed.fire(view.id);
  }));
  return all;
}

const icons: Record<RunState, readonly [icon: string, color?: string]> = {
  queued: ['clock'],
  starting: ['loading~spin', 'charts.blue'],
  running: ['sync~spin', 'charts.blue'],
  stopping: ['loading~spin', 'charts.yellow'],
  stopped: ['debug-pause', 'charts.yellow'],
  interrupted: ['debug-disconnect', 'charts.yellow'],
  failed: ['error', 'charts.red'],
  finished: ['pass-filled', 'charts.green'],
  cancelled: ['circle-slash'],
};

function itemOf(run: RunView | undefined, id: string): vscode.TreeItem {
  const item = new vscode.TreeItem(run?.name ?? id);
  item.id = id;
  if (!run) return item;
  const [icon, color] = icons[run.state];
  item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
  item.description = shortState(run);
  item.tooltip = `${run.name}\n${describeRun(run)}\n${run.id}`;
  item.contextValue = ['run', isActive(run.state) ? 'run-active' : isResumable(run.state) ? 'run-resumable' : `run-${run.state}`].join(' ');
  item.command = { command: commands.openRun, title: vscode.l10n.t('Open Run'), arguments: [run.id] };
  item.accessibilityInformation = { label: `${run.name}, ${describeRun(run)}` };
  return item;
}

function shortState(run: RunView): string {
  const numbers = keyNumbers(run, 2).map(([name, value]) => `${name} ${value}`);
  if (run.state === 'running') return [`${Math.floor(run.percent)} %`, ...(run.secondsLeft === undefined ? [] : [formatSeconds(run.secondsLeft)]), ...numbers].join(' · ');
  if (run.state === 'finished') return numbers.join(' · ');
  return [run.state === 'queued' && run.position !== undefined ? vscode.l10n.t('queued, place {0}', run.position) : run.state, ...(run.total > 0 ? [`${run.step}/${run.total}`] : [])].join(' · ');
}
