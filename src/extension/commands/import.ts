import * as path from 'node:path';
import * as vscode from 'vscode';
import { messageOf, UserError } from '../../base/errors';
import { slug } from '../../base/ids';
import { plural } from '../../base/text';
import { importText } from '../../formats/table';
import type { FileImport } from '../../formats/table';
import { decodeText } from '../../formats/text';
import { addImport } from '../../store/add-import';
import type { ImportResult } from '../../store/add-import';
import { commands } from '../contributions';
import type { Diagnostics } from '../diagnostics';
import { Cancelled, runCommand } from '../edge';
import type { Sessions } from '../session';

/** Imports prompts, answers or preferences; the format of each file is told from its content. */
export async function importFiles(sessions: Sessions, diagnostics: Diagnostics, given?: readonly vscode.Uri[]): Promise<ImportResult[]> {
  const session = await sessions.require();
  const files = given ?? (await vscode.window.showOpenDialog({ title: vscode.l10n.t('Import Prompts or Answers'), openLabel: vscode.l10n.t('Import'), canSelectMany: true, filters: { [vscode.l10n.t('Data')]: ['jsonl', 'json', 'csv', 'gz'], [vscode.l10n.t('All Files')]: ['*'] } }));
  if (!files || files.length === 0) throw new Cancelled();
  const results: ImportResult[] = [];
  for (const file of files) {
    const read = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Importing {0}', path.basename(file.fsPath)) }, () => readImport(file));
    diagnostics.set(`import ${file.fsPath}`, read.problems.slice(0, 500));
    if (read.format === undefined) {
      throw new UserError('import.format', vscode.l10n.t('{0} was not imported: {1}', path.basename(file.fsPath), read.problems.at(-1)?.message ?? ''), { title: vscode.l10n.t('Show Problems'), command: 'workbench.actions.view.problems' });
    }
    const result = await addImport(session.workspace, slug(path.basename(file.fsPath).replace(/\.gz$/i, '').replace(/\.[a-z0-9]+$/i, '')), read);
    results.push(result);
    if (given === undefined) void tell(path.basename(file.fsPath), read, result);
  }
  return results;
}

async function tell(name: string, read: FileImport, result: ImportResult): Promise<void> {
  const counts = [
    ...(result.prompts > 0 ? [plural(result.prompts, 'prompt')] : []),
    ...(result.generations > 0 ? [vscode.l10n.t('answers to {0}', plural(result.generations, 'prompt'))] : []),
    ...(result.labels > 0 ? [plural(result.labels, 'label')] : []),
  ];
  const sentence = [
    counts.length > 0 ? vscode.l10n.t('{0} ({1}): {2}.', name, read.format?.title ?? '', counts.join(', ')) : vscode.l10n.t('{0} ({1}): nothing new.', name, read.format?.title ?? ''),
    ...(result.known > 0 ? [vscode.l10n.t('{0} there before.', result.known)] : []),
    ...(read.problems.length > 0 ? [vscode.l10n.t('{0} could not be read; see Problems.', plural(read.problems.length, 'line'))] : []),
  ].join(' ');
  const next = result.generations > 0 ? commands.rank : commands.generate;
  const problems = vscode.l10n.t('Show Problems');
  const button = next === commands.rank ? vscode.l10n.t('Label Answers') : vscode.l10n.t('Generate Answers');
  const chosen = read.problems.length > 0 ? await vscode.window.showWarningMessage(sentence, problems, button) : await vscode.window.showInformationMessage(sentence, button);
  if (chosen === problems) await vscode.commands.executeCommand('workbench.actions.view.problems');
  else if (chosen === button) await runCommand(next);
}

/** Beyond this an unpacked file does not fit a string. */
const maxBytes = 500_000_000;

async function readImport(file: vscode.Uri): Promise<FileImport> {
  let bytes = await vscode.workspace.fs.readFile(file);
  const name = path.basename(file.fsPath).replace(/\.gz$/i, '');
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await unpack(file, bytes);
  const { text, problems } = decodeText(bytes, file.fsPath);
  if (problems.length > 0) return { format: undefined, rows: 0, prompts: [], generations: [], labels: [], problems };
  const stem = slug(name.replace(/\.[a-z0-9]+$/i, ''));
  return importText(name, text, { file: file.fsPath, labeler: `import-${stem}`, at: new Date().toISOString(), source: 'import' });
}

async function unpack(file: vscode.Uri, bytes: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
    for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) throw new Error(vscode.l10n.t('it holds more than {0} MB; split it', maxBytes / 1e6));
      chunks.push(chunk);
    }
  } catch (error) {
    throw new UserError('import.gzip', vscode.l10n.t('{0} can’t be unpacked: {1}', file.fsPath, messageOf(error)));
  }
  return Buffer.concat(chunks);
}
