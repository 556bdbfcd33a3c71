import * as vscode from 'vscode';
import { disposables } from '../../base/events';
import { ratingsCsv } from '../../domain/ratings/csv';
import type { BoardOptions, LeaderboardEvent, LeaderboardMethods, LeaderboardResults, LeaderboardView } from '../../protocol/panels-leaderboard';
import { boardOptionsSchema, leaderboardMethods } from '../../protocol/panels-leaderboard';
import { commands } from '../contributions';
import { inBackground } from '../edge';
import type { Feature, Parts } from '../feature';
import { translations } from '../ranking-panel';
import { createSinglePanel } from '../single-panel';
import type { Attached } from '../single-panel';
import { board } from './board';

/** Labels come every few seconds; the board follows when they pause. */
const pause = 700;

/** Ratings of models and runs, out of the labels. */
export function createLeaderboard(parts: Parts): Feature<typeof commands.leaderboard> {
  const panel = createSinglePanel<LeaderboardMethods, LeaderboardResults, LeaderboardEvent, BoardOptions>(parts.context.extensionUri, {
    page: 'leaderboard',
    title: vscode.l10n.t('Leaderboard'),
    methods: leaderboardMethods,
    state: boardOptionsSchema,
    empty: boardOptionsSchema.parse({}),
    attach: (page, state, send) => attach(parts, page, state, send),
  });
  return {
    handlers: {
      [commands.leaderboard]: async () => {
        await parts.sessions.require();
        panel.open();
      },
    },
    dispose: () => {
      panel.dispose();
    },
  };
}

function attach(parts: Parts, page: vscode.WebviewPanel, state: BoardOptions, send: (event: LeaderboardEvent) => void): Attached<LeaderboardMethods, LeaderboardResults, BoardOptions> {
  const all = disposables();
  let options = state;
  let last: LeaderboardView | undefined;
  /** Counts the questions: an answer that comes after a later one is dropped. */
  let asked = 0;
  let working = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(wanted: BoardOptions): Promise<LeaderboardView> {
    options = wanted;
    const mine = ++asked;
    working = true;
    try {
      const view = await board(parts, wanted);
      if (mine === asked) last = view;
      return view;
    } finally {
      if (mine === asked) working = false;
    }
  }
  async function follow(): Promise<void> {
    // One at a time: what has changed meanwhile is looked at when this is done.
    if (working) {
      soon();
      return;
    }
    const view = await look(options);
    if (view === last) send({ name: 'view', view });
  }
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      inBackground(follow());
    }, pause);
  };
  all.add(parts.sessions.onData((data) => {
    // A hidden page is gone: it asks anew when it comes back.
    if (data && last && page.visible) soon();
  }));
  all.add({ dispose: () => { clearTimeout(timer); } });

  return {
    handlers: {
      ready: async (wanted) => ({ ...(await look(wanted)), ...translations() }),
      choose: look,
      exportCsv: () => exportCsv(parts, last),
      command: ({ command }) => {
        inBackground(Promise.resolve(vscode.commands.executeCommand(command)));
        return null;
      },
    },
    dispose: () => {
      all.dispose();
    },
  };
}

async function exportCsv({ sessions }: Parts, view: LeaderboardView | undefined): Promise<string | null> {
  if (!view?.report) return null;
  const { workspace } = await sessions.require();
  const title = vscode.l10n.t('Export the Leaderboard');
  const target = await vscode.window.showSaveDialog({ title, saveLabel: vscode.l10n.t('Export'), defaultUri: vscode.Uri.joinPath(vscode.Uri.file(workspace.root), 'leaderboard.csv'), filters: { CSV: ['csv'] } });
  if (!target) return null;
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(ratingsCsv(view.models, view.report)));
  return target.path.slice(target.path.lastIndexOf('/') + 1);
}
