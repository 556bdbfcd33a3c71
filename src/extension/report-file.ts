import * as path from 'node:path';
import * as vscode from 'vscode';
import { reportOf } from '../jobs/report-of';
import type { RunView } from '../jobs/view';
import { judgeOf } from '../sample/project-judge';
import type { Session } from './session';

/** Writes the report of a run into its folder, for people and for programs, and gives the file that people read. */
export async function writeReportOf(session: Session, run: RunView): Promise<vscode.Uri> {
  const judge = judgeOf((await session.data()).project);
  const { data, markdown, html } = await reportOf({ workspace: session.workspace, runs: session.runs.list(), judge, now: new Date() }, run);
  const write = async (name: string, text: string): Promise<vscode.Uri> => {
    const file = vscode.Uri.file(path.join(run.folder, name));
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
    return file;
  };
  // A reward or rule run has a report of its own under that name, which the trainer wrote.
  await write(run.outputs?.['report'] === 'report.json' ? 'loop-report.json' : 'report.json', `${JSON.stringify(data, undefined, 2)}\n`);
  // The page to be sent to a colleague, beside what is shown here.
  if (html !== undefined) await write('report.html', html);
  return write('report.md', markdown);
}
