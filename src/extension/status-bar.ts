import * as vscode from 'vscode';
import type { Disposable } from '../base/events';
import { disposables } from '../base/events';
import { commands } from './contributions';
import { commandLink, linkCommands } from './edge';
import type { Sessions } from './session';
import type { Status } from './status';
import { statusOf } from './status';

export interface StatusBar extends Disposable {
  /** A failed run was opened: it shows no more. */
  readonly lookedAt: (run: string) => void;
  /** What is drawn now; undefined while the item is hidden. */
  readonly now: () => Status | undefined;
}

/** The one status bar item. */
export function createStatusBar(sessions: Sessions, memory: vscode.Memento): StatusBar {
  const all = disposables();
  const item = all.add(vscode.window.createStatusBarItem('plumbline.status', vscode.StatusBarAlignment.Left, 5));
  item.name = 'Plumbline';
  let shown: Status | undefined;
  const seen = (): ReadonlySet<string> => new Set(memory.get<string[]>('failuresSeen', []));

  function redraw(): void {
    const status = statusOf(sessions.current()?.runs.list() ?? [], seen(), vscode.l10n.t);
    if (JSON.stringify(status) === JSON.stringify(shown)) return;
    shown = status;
    if (!status) {
      item.hide();
      return;
    }
    item.text = status.text;
    item.tooltip = tooltip(status.tooltip);
    item.backgroundColor = status.failed ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    item.command = { command: commands.openRun, title: vscode.l10n.t('Open Run'), arguments: [status.run] };
    item.show();
  }

  all.add(sessions.onRuns(redraw));
  all.add(sessions.onChange(redraw));
  redraw();
  return {
    lookedAt(id) {
      const run = sessions.current()?.runs.get(id);
      if (run?.state !== 'failed') return;
      const key = `${run.id} ${run.finishedAt ?? ''}`;
      void memory.update('failuresSeen', [...seen(), key].slice(-200)).then(redraw);
    },
    now: () => shown,
    dispose: () => {
      all.dispose();
    },
  };
}

function tooltip(text: string): vscode.MarkdownString {
  const linked = text.replace(/\]\((plumbline\.[a-zA-Z]+):([^)\s]+)\)/g, (whole, id: string, run: string) => {
    const command = linkCommands.find((c) => c === id);
    return command === undefined ? whole : `](${commandLink(command, run)})`;
  });
  const markdown = new vscode.MarkdownString(linked, true);
  markdown.isTrusted = { enabledCommands: [...linkCommands] };
  return markdown;
}
