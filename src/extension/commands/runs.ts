import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors';
import type { RunView } from '../../jobs/view';
import { describeRun, isActive, isResumable } from '../../jobs/view';
import { writeReportOf } from '../report-file';
import { Cancelled, requireTrust } from '../edge';
import type { RunPanels } from '../run-panel';
import type { Session, Sessions } from '../session';
import { choose } from './steps';

/** Commands on runs. An argument names the run (the view's rows and links give it); without one the likeliest is taken, or asked for. */
export function createRunCommands(sessions: Sessions, panels: RunPanels) {
  async function pick(given: unknown, title: string, fits: (run: RunView) => boolean, none: string): Promise<{ session: Session; run: RunView }> {
    const session = await sessions.require();
    if (typeof given === 'string') {
      const run = session.runs.get(given);
      if (!run) throw new UserError('no-such-run', vscode.l10n.t('The run {0} is not there any more.', given));
      return { session, run };
    }
    const fitting = session.runs.list().filter(fits);
    if (fitting.length === 0) throw new UserError('no-run', none);
    const run = fitting.length === 1 ? fitting[0]! : await choose(title, vscode.l10n.t('Which run?'), fitting.map((r) => ({ label: r.name, description: describeRun(r), value: r })));
    return { session, run };
  }

  return {
    stop: async (given: unknown): Promise<void> => {
      const { session, run } = await pick(given, vscode.l10n.t('Stop Run'), (r) => isActive(r.state), vscode.l10n.t('No run is at work.'));
      await session.runs.stop(run.id);
    },
    resume: async (given: unknown): Promise<void> => {
      requireTrust();
      const { session, run } = await pick(given, vscode.l10n.t('Resume Run'), (r) => isResumable(r.state), vscode.l10n.t('No run can be resumed: none was stopped, interrupted or has failed.'));
      await session.runs.resume(run.id);
    },
    cancel: async (given: unknown): Promise<void> => {
      const { session, run } = await pick(given, vscode.l10n.t('Cancel Queued Run'), (r) => r.state === 'queued', vscode.l10n.t('No run is queued.'));
      await session.runs.stop(run.id);
    },
    openRun: async (given: unknown): Promise<void> => {
      const { run } = await pick(given, vscode.l10n.t('Open Run'), () => true, vscode.l10n.t('There are no runs yet.'));
      panels.open(run.id);
    },
    openReport: async (given: unknown): Promise<void> => {
      const { session, run } = await pick(given, vscode.l10n.t('Open Report'), (r) => r.state === 'finished', vscode.l10n.t('No run has finished yet: the report comes at the end.'));
      await vscode.commands.executeCommand('markdown.showPreview', await writeReportOf(session, run));
    },
    openLog: async (given: unknown): Promise<void> => {
      const { run } = await pick(given, vscode.l10n.t('Show Log of Run'), () => true, vscode.l10n.t('There are no runs yet.'));
      const uri = vscode.Uri.file(path.join(run.folder, 'log.txt'));
      await vscode.window.showTextDocument(uri, { preview: true }).then(undefined, () => {
        throw new UserError('no-log', vscode.l10n.t('The run “{0}” has no log yet.', run.name));
      });
    },
    deleteRun: async (given: unknown): Promise<void> => {
      const { session, run } = await pick(given, vscode.l10n.t('Delete Run'), (r) => !isActive(r.state) && r.state !== 'queued', vscode.l10n.t('There is no run that could be deleted.'));
      const yes = vscode.l10n.t('Delete');
      const sure = await vscode.window.showWarningMessage(vscode.l10n.t('Delete the run “{0}” with its model and checkpoints?', run.name), { modal: true, detail: vscode.l10n.t('The labels and answers of the workspace stay.') }, yes);
      if (sure !== yes) throw new Cancelled();
      await session.runs.remove(run.id);
    },
  };
}
