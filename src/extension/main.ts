import type * as vscode from 'vscode';
import { createExtension } from './extension';
import type { PlumblineApi } from './extension';

/** Called by VS Code. Registers what the editor may ask for and returns; files are read when somebody looks. */
export function activate(context: vscode.ExtensionContext): PlumblineApi {
  const started = performance.now();
  const api = createExtension(context);
  return { ...api, activationMs: performance.now() - started };
}

/** Runs go on: they are processes of their own. Everything else is in the context's subscriptions. */
export function deactivate(): void {
  // Nothing to do.
}
