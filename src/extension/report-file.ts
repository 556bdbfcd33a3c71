import * as path from 'node:path';
import * as vscode from 'vscode';
import { reportMarkdown } from '../jobs/report-markdown';
import { buildReport } from '../jobs/report';
import type { RunView } from '../jobs/view';
import { judgeOf } from '../sample/project-judge';
import type { Session } from './session';

/** Writes the report of a run into its folder, for people and for programs, and gives the file that people read. */
export async function reportOf(session: Session, run: RunView): Promise<vscode.Uri> {
  const judge = judgeOf((await session.data()).project);
  const context = { workspace: session.workspace, runs: session.runs.list() };
  const report = await buildReport(context, { ...(run.kind === 'ppo' ? { ppo: run.id } : {}), ...(judge === undefined ? {} : { judge }), now: new Date() });
  const file = vscode.Uri.file(path.join(run.folder, 'report.md'));
  const encoder = new TextEncoder();
  await vscode.workspace.fs.writeFile(vscode.Uri.file(path.join(run.folder, 'report.json')), encoder.encode(`${JSON.stringify(report, undefined, 2)}\n`));
  await vscode.workspace.fs.writeFile(file, encoder.encode(reportMarkdown(report)));
  return file;
}
