import * as vscode from 'vscode';
import { plural } from '../../base/text';
import { planScore } from '../../jobs/plan-score';
import { choose } from '../commands/steps';
import { requireTrust, setting } from '../edge';
import type { Parts } from '../feature';

/** Lets reward models score the answers: all finished ones, or one. A run like any other. @returns the run's id. */
export async function scoreAnswers({ sessions, diagnostics }: Pick<Parts, 'sessions' | 'diagnostics'>): Promise<string> {
  requireTrust();
  const session = await sessions.require();
  const context = { workspace: session.workspace, runs: session.runs.list() };
  const made = context.runs.filter((r) => r.kind === 'reward' && r.state === 'finished').sort((a, b) => (a.id < b.id ? 1 : -1));
  const reward =
    made.length < 2
      ? undefined
      : await choose<readonly string[] | undefined>(vscode.l10n.t('Score Answers'), vscode.l10n.t('By which reward models?'), [
          { label: vscode.l10n.t('All {0}', plural(made.length, 'reward model')), description: vscode.l10n.t('where they disagree, labels tell most'), value: undefined },
          ...made.map((r) => ({ label: `$(history) ${r.name}`, description: new Date(r.finishedAt ?? r.createdAt).toLocaleString(), value: [r.id] })),
        ]);
  const planned = await planScore(context, { threads: setting('plumbline.threads'), device: setting('plumbline.device'), ...(reward === undefined ? {} : { reward }) });
  diagnostics.set('plan', planned.problems);
  const run = await session.runs.submit(planned.plan);
  vscode.window.setStatusBarMessage(planned.says, 8000);
  return run.id;
}
