import * as vscode from 'vscode';
import { slug } from '../base/ids';
import { Cancelled, setting } from './edge';
import { parseGitUser } from './git-user';

/**
 * Who labels here: the setting, else the git user of this folder, else of this account, else `me`. Git's files are read,
 * no process is started, so that it works in Restricted Mode, too.
 */
export async function labelerId(folder: string): Promise<string> {
  const set = setting('plumbline.labeler').trim();
  if (set !== '') return set;
  const known = derived.get(folder);
  if (known !== undefined) return known;
  const id = slug((await gitUser(folder)) ?? 'me');
  derived.set(folder, id);
  return id;
}
const derived = new Map<string, string>();

/** Asks for the labeler's name and keeps it in the user's settings. */
export async function askLabeler(folder: string): Promise<string> {
  const name = await vscode.window.showInputBox({
    ignoreFocusOut: true,
    title: vscode.l10n.t('Who am I?'),
    prompt: vscode.l10n.t('Your labels are kept under this name, in a file of your own. Everybody who labels needs a different one.'),
    value: await labelerId(folder),
    validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('A name is needed.') : value.length > 80 ? vscode.l10n.t('At most 80 characters.') : undefined),
  });
  if (name === undefined) throw new Cancelled();
  await vscode.workspace.getConfiguration().update('plumbline.labeler', name.trim(), vscode.ConfigurationTarget.Global);
  return name.trim();
}

async function gitUser(folder: string): Promise<string | undefined> {
  const home = process.env['HOME'] ?? process.env['USERPROFILE'];
  const files = [vscode.Uri.joinPath(vscode.Uri.file(folder), '.git', 'config'), ...(home === undefined ? [] : [vscode.Uri.joinPath(vscode.Uri.file(home), '.gitconfig'), vscode.Uri.joinPath(vscode.Uri.file(home), '.config', 'git', 'config')])];
  for (const file of files) {
    const user = parseGitUser(await read(file));
    if (user !== undefined) return user;
  }
  return undefined;
}

async function read(file: vscode.Uri): Promise<string> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  } catch {
    return ''; // no such file: the next is asked
  }
}
