import * as vscode from 'vscode';
import { disposables } from '../base/events';
import type { Disposable } from '../base/events';
import type { RankingAction, RankingState } from '../protocol/panels-ranking';
import { rankingActions, rankingStateSchema } from '../protocol/panels-ranking';
import { panels, rankingCommands } from './contributions';
import type { Diagnostics } from './diagnostics';
import { register } from './edge';
import { attachRanking } from './ranking-panel';
import type { RankingPanel } from './ranking-panel';
import type { Sessions } from './session';

export interface RankingPanels extends Disposable {
  /** Opens the panel, or brings it to the front with this task and set of answers. */
  open(state: RankingState): void;
}

/** The labeling panel of the window: there is one, and it comes back after a reload. */
export function createRankingPanels(context: vscode.ExtensionContext, sessions: Sessions, diagnostics: Diagnostics): RankingPanels {
  const all = disposables();
  let shown: RankingPanel | undefined;

  function attach(panel: vscode.WebviewPanel, state: RankingState): void {
    shown?.panel.dispose();
    const attached = attachRanking(panel, state, context, sessions, diagnostics);
    shown = attached;
    panel.onDidDispose(() => {
      if (shown === attached) shown = undefined;
    });
  }

  all.add(
    vscode.window.registerWebviewPanelSerializer(panels.ranking, {
      deserializeWebviewPanel(panel, state: unknown) {
        // The page says itself which item it had: what stands here may be from before the last label.
        attach(panel, rankingStateSchema.omit({ current: true }).safeParse(state).data ?? {});
        return Promise.resolve();
      },
    }),
  );
  // Keys are contributed keybindings, so that users can change them; the page is told what was pressed.
  for (const action of rankingActions) all.add(register(rankingCommands[action], (...args) => shown?.act(action, positionOf(action, args[0]))));

  return {
    open(state) {
      if (shown) {
        shown.show(state);
        shown.panel.reveal();
        return;
      }
      attach(vscode.window.createWebviewPanel(panels.ranking, vscode.l10n.t('Label Answers'), vscode.ViewColumn.Active), state);
    },
    dispose: () => {
      all.dispose();
    },
  };
}

/** A keybinding of `rank` names the answer as the labeler counts: from 1. */
function positionOf(action: RankingAction, argument: unknown): number | undefined {
  return action === 'rank' && typeof argument === 'number' ? argument - 1 : undefined;
}
