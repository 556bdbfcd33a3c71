import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../base/errors';
import { attackMarkdown, attackReport } from '../jobs/attack-report';
import type { AttackRun } from '../jobs/attack-report';
import { readAttacks } from '../jobs/attacks';
import { evaluationExtras } from '../jobs/blind';
import { evaluationMarkdown, evaluationReport } from '../jobs/evaluation-report';
import { readModelReport } from '../jobs/model-report';
import { reportExtras } from '../jobs/report-extras';
import { reportHtml } from '../jobs/report-html';
import { plain, reportMarkdown } from '../jobs/report-markdown';
import { ruleReportMarkdown } from '../jobs/report-model-markdown';
import { buildReport } from '../jobs/report';
import type { RunView } from '../jobs/view';
import { judgeOf } from '../sample/project-judge';
import type { Session } from './session';

/** Writes the report of a run into its folder, for people and for programs, and gives the file that people read. */
export async function reportOf(session: Session, run: RunView): Promise<vscode.Uri> {
  if (run.kind === 'attack') return attackReportOf(session, run);
  const judge = judgeOf((await session.data()).project);
  const truth = judge === undefined ? {} : { judge };
  if (run.kind === 'evaluate' || run.kind === 'bestOfN') {
    const measured = await evaluationReport(run, { ...(await evaluationExtras(session.workspace, session.runs.list(), run)), ...truth });
    return write(run, measured, evaluationMarkdown(measured));
  }
  if (run.kind === 'rule') {
    const rules = await readModelReport(run);
    if (rules?.kind !== 'rule') throw new UserError('no-report', vscode.l10n.t('The run “{0}” says nothing of its model.', run.name));
    return writeText(run, ruleReportMarkdown(run.name, rules, plain));
  }
  const context = { workspace: session.workspace, runs: session.runs.list() };
  const report = await buildReport(context, { ...(run.kind === 'ppo' ? { ppo: run.id } : run.kind === 'reward' ? { reward: run.id } : {}), ...truth, now: new Date() });
  // The page to be sent to a colleague, beside what is shown here.
  await vscode.workspace.fs.writeFile(vscode.Uri.file(path.join(run.folder, 'report.html')), new TextEncoder().encode(reportHtml(report, await reportExtras(context, report))));
  return write(run, report, reportMarkdown(report));
}

/** An attack run stands beside the one before it. */
async function attackReportOf(session: Session, run: RunView): Promise<vscode.Uri> {
  const before = session.runs.list().find((r) => r.kind === 'attack' && r.state === 'finished' && r.id < run.id);
  const [own, other] = await Promise.all([run, before].map(async (r): Promise<AttackRun | undefined> => r && { id: r.id, name: r.name, records: (await readAttacks(r)).records }));
  return write(run, attackReport(own!, other), attackMarkdown(own!, other));
}

async function write(run: RunView, report: object, markdown: string): Promise<vscode.Uri> {
  // A reward or rule run has a report of its own under that name, which the trainer wrote.
  const data = run.outputs?.['report'] === 'report.json' ? 'loop-report.json' : 'report.json';
  await vscode.workspace.fs.writeFile(vscode.Uri.file(path.join(run.folder, data)), new TextEncoder().encode(`${JSON.stringify(report, undefined, 2)}\n`));
  return writeText(run, markdown);
}

async function writeText(run: RunView, markdown: string): Promise<vscode.Uri> {
  const file = vscode.Uri.file(path.join(run.folder, 'report.md'));
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(markdown));
  return file;
}
