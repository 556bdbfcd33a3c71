import * as vscode from 'vscode';
import { messageOf, stackOf, UserError } from '../base/errors';
import type { CommandId, ContextKeys, Settings } from './contributions';
import { commands } from './contributions';

/** The extension's own output channel; bugs go here with their stacks. */
export const log = vscode.window.createOutputChannel('Plumbline', { log: true });

/** Registers a command. What it throws is shown once, at this edge. */
export function register(id: string, run: (...args: unknown[]) => unknown): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...args: unknown[]) => {
    try {
      return await run(...args);
    } catch (error) {
      await report(error);
      return undefined;
    }
  });
}

/** Thrown by what a user has left with Escape: no error, nothing is shown. */
export class Cancelled extends Error {}

/** Shows an error to the user: with the button that cures it, or, for a bug, with one that opens the log. */
export async function report(error: unknown): Promise<void> {
  if (error instanceof Cancelled || error instanceof vscode.CancellationError) return;
  if (error instanceof UserError) {
    const { action } = error;
    const chosen = await vscode.window.showErrorMessage(error.message, ...(action?.command === undefined ? [] : [action.title]));
    if (chosen !== undefined && action?.command !== undefined) await vscode.commands.executeCommand(action.command, ...(action.args ?? []));
    return;
  }
  log.error(stackOf(error));
  const open = vscode.l10n.t('Open Log');
  const chosen = await vscode.window.showErrorMessage(vscode.l10n.t('Plumbline ran into an error of its own: {0}', messageOf(error)), open);
  if (chosen === open) log.show();
}

/** A promise nobody waits for; what it throws is shown. */
export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => void report(error));
}

export function setting<K extends keyof Settings>(key: K): Settings[K] {
  return vscode.workspace.getConfiguration().get<Settings[K]>(key)!;
}

export function setContext<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
  void vscode.commands.executeCommand('setContext', key, value);
}

export function runCommand(id: CommandId, ...args: unknown[]): Thenable<unknown> {
  return vscode.commands.executeCommand(id, ...args);
}

/** For what starts a process or reads a model. @throws UserError in Restricted Mode, with the button that opens the trust editor. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new UserError('restricted', vscode.l10n.t('This workspace is in Restricted Mode: looking and ranking work, but nothing that starts a process or reads a model. Trust the workspace to do this.'), {
    title: vscode.l10n.t('Manage Workspace Trust'),
    command: 'workbench.trust.manage',
  });
}

/** Where a command on the command line of a link in Markdown leads. */
export function commandLink(id: CommandId, ...args: unknown[]): string {
  return `command:${id}?${encodeURIComponent(JSON.stringify(args))}`;
}

/** The commands that links in a tooltip may run. */
export const linkCommands = [commands.stop, commands.resume, commands.cancel, commands.openRun, commands.openReport, commands.openLog];
