import * as vscode from 'vscode';
import { disposables } from '../base/events';
import type { Disposable } from '../base/events';
import type { RankingAction, RankingEvent, RankingMethods, RankingResults, RankingState, RankingView } from '../protocol/panels-ranking';
import { rankingMethods } from '../protocol/panels-ranking';
import { labelFile } from '../store/label-files';
import type { Workspace } from '../store/workspace';
import type { Diagnostics } from './diagnostics';
import { inBackground, setContext, setting } from './edge';
import { labelerId } from './labeler';
import { panelHtml, panelOptions } from './panel-html';
import { serve } from './panel-wire';
import type { RankingSession } from './ranking-session';
import { openRanking } from './ranking-session';
import type { Sessions } from './session';

/** A shown ranking panel. */
export interface RankingPanel extends Disposable {
  readonly panel: vscode.WebviewPanel;
  act(action: RankingAction, position?: number): void;
  /** Shows another set of answers; absent: all. */
  setBatch(batch: string | undefined): void;
}

/** Puts the ranking page into a panel and answers it. */
export function attachRanking(panel: vscode.WebviewPanel, state: RankingState, extensionUri: vscode.Uri, sessions: Sessions, diagnostics: Diagnostics): RankingPanel {
  const all = disposables();
  let { batch, current } = state;
  let ranking: Promise<RankingSession> | undefined;
  /** What the label file looked like when it was read or written last, and the answers when they were last heard of. */
  let labelsAs = '';
  let answersAs: string | undefined;

  async function who(): Promise<{ workspace: Workspace; labeler: string }> {
    const { workspace } = await sessions.require();
    return { workspace, labeler: await labelerId(workspace.root) };
  }

  async function open(): Promise<RankingSession> {
    const { workspace, labeler } = await who();
    const { generations } = await (await sessions.require()).data();
    const opened = await openRanking({ workspace, labeler, generations, ...(batch === undefined ? {} : { batch }), now: () => new Date() });
    diagnostics.set('ranking', opened.problems);
    return opened;
  }

  function session(): Promise<RankingSession> {
    ranking ??= open();
    // A read that failed is tried again when somebody asks again.
    ranking.catch(() => {
      ranking = undefined;
    });
    return ranking;
  }

  /** What the page shows: the item, and who is at it. */
  async function shown(core: Awaited<ReturnType<RankingSession['undo']>>): Promise<RankingView> {
    const { workspace, labeler } = await who();
    labelsAs = await fingerprint([vscode.Uri.file(labelFile(workspace, labeler))]);
    current = core.item?.id;
    panel.title = core.total > 0 ? vscode.l10n.t('Rank · {0} of {1}', core.done, core.total) : vscode.l10n.t('Rank Answers');
    const { perMinute, ...rest } = core;
    return { ...rest, labeler, trusted: vscode.workspace.isTrusted, ...(perMinute !== undefined && setting('plumbline.ranking.showPace') ? { perMinute } : {}) };
  }

  // One after the other, so that a look at the files never falls between our writing a label and our knowing that we did.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };

  const wire = all.add(
    serve<RankingMethods, RankingResults, RankingEvent>(panel.webview, rankingMethods, {
      ready: ({ current: before }) => inTurn(async () => ({ ...(await shown((await session()).view(before ?? current))), ...translations() })),
      submit: (judgement) => inTurn(async () => shown(await (await session()).submit(judgement))),
      undo: () => inTurn(async () => shown(await (await session()).undo())),
      redo: () => inTurn(async () => shown(await (await session()).redo())),
      focus: ({ focused }) => {
        setContext('plumbline.rankingFocused', focused && panel.active);
        return null;
      },
      command: ({ command }) => {
        inBackground(Promise.resolve(vscode.commands.executeCommand(command)));
        return null;
      },
    }),
  );

  async function reread(): Promise<void> {
    ranking = undefined;
    wire.send({ name: 'view', view: await shown((await session()).view(current)) });
  }
  /** Our own writes come back as file changes; only what somebody else wrote is read again. */
  async function rereadIfChanged(): Promise<void> {
    const { workspace, labeler } = await who();
    const labels = await fingerprint([vscode.Uri.file(labelFile(workspace, labeler))]);
    const answers = await fingerprint(await filesOf(vscode.Uri.joinPath(vscode.Uri.file(workspace.folder), 'generations')));
    const same = labels === labelsAs && answers === answersAs;
    answersAs = answers;
    if (ranking && !same) await reread();
  }

  all.add(sessions.onData((data) => {
    if (data) inBackground(inTurn(rereadIfChanged));
  }));
  all.add(vscode.workspace.onDidChangeConfiguration((e) => {
    if (e.affectsConfiguration('plumbline.labeler') || e.affectsConfiguration('plumbline.ranking')) inBackground(inTurn(reread));
  }));
  all.add(vscode.workspace.onDidGrantWorkspaceTrust(() => {
    inBackground(inTurn(reread));
  }));
  all.add(panel.onDidChangeViewState(() => {
    if (!panel.active) setContext('plumbline.rankingFocused', false);
  }));
  all.add({
    dispose: () => {
      setContext('plumbline.rankingFocused', false);
    },
  });
  panel.onDidDispose(() => {
    all.dispose();
  });
  panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
  panel.webview.options = panelOptions(extensionUri);
  panel.webview.html = panelHtml(panel.webview, extensionUri, 'ranking', 'Plumbline');
  return {
    panel,
    act: (action, position) => {
      wire.send({ name: 'action', action, ...(position === undefined ? {} : { position }) });
    },
    setBatch: (next) => {
      if (next === batch) return;
      batch = next;
      current = undefined;
      inBackground(inTurn(reread));
    },
    dispose: () => {
      all.dispose();
    },
  };
}

/** The page's strings in the editor's language, where there are translations. */
export function translations(): { strings?: Record<string, string> } {
  const { bundle } = vscode.l10n;
  return bundle ? { strings: Object.fromEntries(Object.entries(bundle).filter((e): e is [string, string] => typeof e[1] === 'string')) } : {};
}

async function filesOf(folder: vscode.Uri): Promise<vscode.Uri[]> {
  const entries = await vscode.workspace.fs.readDirectory(folder).then((e) => e, () => []);
  return entries.map(([name]) => vscode.Uri.joinPath(folder, name));
}

/** Sizes and times of files. */
async function fingerprint(files: readonly vscode.Uri[]): Promise<string> {
  const stats = await Promise.all(files.map((file) => vscode.workspace.fs.stat(file).then((s) => `${file.path} ${s.size} ${s.mtime}`, () => '')));
  return stats.sort().join('\n');
}
