import * as path from 'node:path';
import * as vscode from 'vscode';
import { reportMarkdown } from '../jobs/report-markdown';
import { buildReport } from '../jobs/report';
import type { RunView } from '../jobs/view';
import type { Session } from './session';

/** Writes the report of a run into its folder, for people and for programs, and gives the file that people read. */
export async function reportOf(session: Session, run: RunView): Promise<vscode.Uri> {
  const report = await buildReport({ workspace: session.workspace, runs: session.runs.list() }, { ...(run.kind === 'ppo' ? { ppo: run.id } : {}), now: new Date() });
  const file = vscode.Uri.file(path.join(run.folder, 'report.md'));
  const encoder = new TextEncoder();
  await vscode.workspace.fs.writeFile(vscode.Uri.file(path.join(run.folder, 'report.json')), encoder.encode(`${JSON.stringify(report, undefined, 2)}\n`));
  await vscode.workspace.fs.writeFile(file, encoder.encode(reportMarkdown(report)));
  return file;
}
