import * as vscode from 'vscode';
import { UserError } from '../../base/errors';
import { createWorkspace } from '../../store/workspace';
import { Cancelled, runCommand } from '../edge';
import { commands } from '../contributions';
import type { Sessions } from '../session';
import { choose } from './steps';

/** Sets a folder up, empty or with the sample. What is there already stays as it is. */
export async function setUp(sessions: Sessions, extensionUri: vscode.Uri, given?: 'empty' | 'sample'): Promise<void> {
  const folder = await targetFolder();
  if (sessions.current()?.workspace.root === folder.fsPath && given === undefined) {
    await sayNext(vscode.l10n.t('This workspace is set up already.'));
    return;
  }
  const sample = vscode.Uri.joinPath(extensionUri, 'media', 'sample');
  const kind =
    given ??
    (await choose(vscode.l10n.t('Set Up This Workspace'), folder.fsPath, [
      { label: vscode.l10n.t('$(beaker) With the sample'), detail: vscode.l10n.t('A tiny assistant of a million parameters, prompts, and simulated labelers: the whole loop in minutes.'), value: 'sample' as const },
      { label: vscode.l10n.t('$(new-folder) Empty'), detail: vscode.l10n.t('Folders and a project file; you bring prompts and a model.'), value: 'empty' as const },
    ]));
  if (kind === 'sample') await copyMissing(sample, folder);
  await createWorkspace(folder.fsPath, { v: 1, name: folder.path.split('/').at(-1) ?? 'project', models: {} });
  await sessions.open();
  await vscode.commands.executeCommand('plumbline.data.focus');
  if (given === undefined) await sayNext(kind === 'sample' ? vscode.l10n.t('The sample is ready. Next: let the tiny assistant answer.') : vscode.l10n.t('The workspace is ready. Next: import prompts or answers, and name a model in project.json.'), kind);
}

async function sayNext(message: string, kind?: 'empty' | 'sample'): Promise<void> {
  const button = kind === 'empty' ? vscode.l10n.t('Import') : vscode.l10n.t('Generate Answers');
  const chosen = await vscode.window.showInformationMessage(message, button);
  if (chosen !== undefined) await runCommand(kind === 'empty' ? commands.import : commands.generate);
}

async function targetFolder(): Promise<vscode.Uri> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter((f) => f.uri.scheme === 'file');
  if (folders.length === 0) {
    throw new UserError('no-folder', vscode.l10n.t('No folder is open. Plumbline keeps its data in plain files of a folder.'), { title: vscode.l10n.t('Open Folder'), command: 'vscode.openFolder' });
  }
  if (folders.length === 1) return folders[0]!.uri;
  const chosen = await vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('Which folder?') });
  if (!chosen) throw new Cancelled();
  return chosen.uri;
}

/** Copies what is not there yet; nothing is overwritten. */
async function copyMissing(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  let entries: [string, vscode.FileType][];
  try {
    entries = await vscode.workspace.fs.readDirectory(from);
  } catch {
    throw new UserError('no-sample', vscode.l10n.t('{0} is missing: this copy of Plumbline was built without the sample. Choose “Empty”, or install it again.', from.fsPath));
  }
  for (const [name, type] of entries) {
    const source = vscode.Uri.joinPath(from, name);
    const target = vscode.Uri.joinPath(to, name);
    if (type === vscode.FileType.Directory) await copyMissing(source, target);
    else if (!(await exists(target))) await vscode.workspace.fs.copy(source, target, { overwrite: false });
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(() => true, () => false);
}
