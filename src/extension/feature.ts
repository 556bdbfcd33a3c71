import type * as vscode from 'vscode';
import type { Disposable } from '../base/events';
import type { RankingState } from '../protocol/panels-ranking';
import type { Statistics } from '../statistics/client';
import type { CommandId } from './contributions';
import type { Diagnostics } from './diagnostics';
import type { RunPanels } from './run-panel';
import type { Sessions } from './session';

/** A part of the extension with commands of its own. */
export interface Feature<C extends CommandId> extends Disposable {
  readonly handlers: Readonly<Record<C, (...args: unknown[]) => unknown>>;
}

/** What the parts are made from. */
export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly sessions: Sessions;
  readonly diagnostics: Diagnostics;
  readonly statistics: Statistics;
  readonly runPanels: RunPanels;
  /** Opens the labeling panel. */
  label(state: RankingState): void;
}
