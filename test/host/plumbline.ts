import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { PlumblineApi } from '../../src/extension/extension';

/** The extension, active. */
export async function plumbline(): Promise<PlumblineApi> {
  const extension = vscode.extensions.getExtension<PlumblineApi>('plumbline.plumbline');
  assert.ok(extension, 'the extension is not there');
  return extension.activate();
}

/** The workspace folder that the suite was opened on: a copy of the sample. */
export function workspaceFolder(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'no folder is open');
  return folder.uri.fsPath;
}

/** A path in its `.plumbline`. */
export function inStore(...parts: string[]): string {
  return path.join(workspaceFolder(), '.plumbline', ...parts);
}

/** Waits until what `get` gives holds. */
export async function until<T>(get: () => T | Promise<T>, holds: (value: T) => boolean, what: string, timeoutMs = 20_000): Promise<T> {
  for (const end = Date.now() + timeoutMs; ; await new Promise((resolve) => setTimeout(resolve, 40))) {
    const value = await get();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`${what}: still ${JSON.stringify(value)} after ${timeoutMs / 1000} s`);
  }
}
