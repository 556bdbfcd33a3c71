import * as vscode from 'vscode';
import { Cancelled } from '../edge';

/** A choice of a quick pick, with what it stands for. The first is the default. */
export interface Choice<T> {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly value: T;
}

/** Asks for one of several; Enter takes the first. Throws {@link Cancelled} on Escape. */
export async function choose<T>(title: string, placeHolder: string, choices: readonly Choice<T>[]): Promise<T> {
  const chosen = await vscode.window.showQuickPick(choices.map((c) => ({ ...c })), { title, placeHolder, matchOnDescription: true, ignoreFocusOut: true });
  if (!chosen) throw new Cancelled();
  return chosen.value;
}

/** Asks for a whole number. */
export async function askNumber(title: string, prompt: string, value: number, min: number, max: number): Promise<number> {
  const text = await vscode.window.showInputBox({
    title,
    prompt,
    value: String(value),
    ignoreFocusOut: true,
    validateInput: (t) => (/^\d+$/.test(t.trim()) && Number(t) >= min && Number(t) <= max ? undefined : vscode.l10n.t('A whole number from {0} to {1}.', min, max)),
  });
  if (text === undefined) throw new Cancelled();
  return Number(text);
}

/** Asks for one folder. */
export async function askFolder(title: string, openLabel: string): Promise<vscode.Uri> {
  const [folder] = (await vscode.window.showOpenDialog({ title, openLabel, canSelectFiles: false, canSelectFolders: true, canSelectMany: false })) ?? [];
  if (!folder) throw new Cancelled();
  return folder;
}
