import { UserError } from '../base/errors';
import type { Workspace } from '../store/workspace';
import { attackMarkdown, attackReport } from './attack-report';
import type { AttackRun } from './attack-report';
import { readAttacks } from './attacks';
import { evaluationExtras } from './blind';
import { evaluationMarkdown, evaluationReport } from './evaluation-report';
import { readModelReport } from './model-report';
import { buildReport } from './report';
import type { Report } from './report';
import { reportExtras } from './report-extras';
import { reportHtml } from './report-html';
import { plain, reportMarkdown } from './report-markdown';
import type { WorldJudge } from './report-measure';
import { ruleReportMarkdown } from './report-model-markdown';
import { runReport, runReportMarkdown } from './run-report';
import type { RunView } from './view';

/** A report for programs, for people, and where there are plots as a page that needs no other file. */
export interface RunDocuments {
  readonly data: object;
  readonly markdown: string;
  readonly html?: string;
}

export interface ReportContext {
  readonly workspace: Workspace;
  readonly runs: readonly RunView[];
  /** Tells truth in a workspace that has one (the sample). */
  readonly judge?: WorldJudge | undefined;
  readonly now: Date;
}

/**
 * The report on a run of any kind: PPO and reward models with the whole loop about them, from labels to what tuning changed; evaluations, rules and
 * attacks with their own tables; others with what they did. Without a run the loop of the newest tuning. @throws UserError when it has left nothing to tell of.
 */
export async function reportOf({ workspace, runs, judge, now }: ReportContext, run: RunView | undefined): Promise<RunDocuments> {
  const truth = judge === undefined ? {} : { judge };
  switch (run?.kind) {
    case undefined:
    case 'ppo':
    case 'reward':
      return loopDocuments({ workspace, runs }, await buildReport({ workspace, runs }, { ...(run === undefined ? {} : { [run.kind]: run.id }), ...truth, now }));
    case 'evaluate':
    case 'bestOfN': {
      const data = await evaluationReport(run, { ...(await evaluationExtras(workspace, runs, run)), ...truth });
      return { data, markdown: evaluationMarkdown(data) };
    }
    case 'attack': {
      // Beside the one before it.
      const before = runs.filter((r) => r.kind === 'attack' && r.state === 'finished' && r.id < run.id).reduce<RunView | undefined>((a, b) => (a === undefined || b.id > a.id ? b : a), undefined);
      const [own, other] = await Promise.all([run, before].map(async (r): Promise<AttackRun | undefined> => r && { id: r.id, name: r.name, records: (await readAttacks(r)).records }));
      return { data: attackReport(own!, other), markdown: attackMarkdown(own!, other) };
    }
    case 'rule': {
      const data = await readModelReport(run);
      if (data?.kind !== 'rule') throw new UserError('jobs.no-report', `The run "${run.name}" says nothing of its model: its report.json is missing. Run it again.`);
      return { data, markdown: ruleReportMarkdown(run.name, data, plain) };
    }
    case 'sft':
    case 'dpo':
    case 'generate':
    case 'score': {
      const data = await runReport(run);
      return { data, markdown: runReportMarkdown(data) };
    }
  }
}

/** A report on the loop, as it is handed out. */
export async function loopDocuments(context: Pick<ReportContext, 'workspace' | 'runs'>, report: Report): Promise<RunDocuments> {
  return { data: report, markdown: reportMarkdown(report), html: reportHtml(report, await reportExtras(context, report)) };
}
