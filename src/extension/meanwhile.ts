import * as vscode from 'vscode';
import { disposables } from '../base/events';
import type { Disposable } from '../base/events';
import { happenedSince, seenNow } from '../jobs/happened';
import type { Happening, SeenRuns } from '../jobs/happened';
import type { RunView } from '../jobs/view';
import { isActive, isResumable } from '../jobs/view';
import { commands } from './contributions';
import { runCommand } from './edge';
import type { Sessions } from './session';

/** Says what became of runs: once on opening for what happened meanwhile, then as each run ends. */
export function createMeanwhile(sessions: Sessions, memory: vscode.Memento, onFinished: (run: RunView) => void): Disposable {
  const all = disposables();
  const remember = (): void => {
    const runs = sessions.current()?.runs.list();
    if (runs) void memory.update('runsSeen', seenNow(runs));
  };
  all.add(sessions.onChange((session) => {
    if (!session) return;
    const happened = happenedSince(memory.get<SeenRuns>('runsSeen'), session.runs.list());
    for (const { view } of happened) if (view.state === 'finished') onFinished(view);
    remember();
    if (happened.length > 0) void tellAll(happened);
  }));
  all.add(sessions.onRuns((changes) => {
    remember();
    for (const { view, before, removed } of changes) {
      if (removed || before === undefined || before.state === view.state || !(isActive(before.state) || before.state === 'queued')) continue;
      if (view.state === 'finished') onFinished(view);
      if (view.state === 'finished' || view.state === 'failed' || view.state === 'interrupted') void tell(view, endOf(view));
    }
  }));
  return all;
}

function endOf(run: RunView): string {
  if (run.state === 'finished') return vscode.l10n.t('“{0}” finished.', run.name);
  return vscode.l10n.t('“{0}” {1}: {2}', run.name, run.state === 'failed' ? vscode.l10n.t('failed') : vscode.l10n.t('was interrupted'), run.error?.message ?? '');
}

/** One message for everything that happened; with several, the buttons are for the last. */
async function tellAll(happened: readonly Happening[]): Promise<void> {
  const last = happened.at(-1)!;
  const sentences = happened.slice(-3).map((h) => h.sentence);
  const more = happened.length > 3 ? vscode.l10n.t(' And {0} more.', happened.length - 3) : '';
  await tell(last.view, vscode.l10n.t('Meanwhile: {0}{1}', sentences.join(' '), more));
}

async function tell(run: RunView, message: string): Promise<void> {
  const [title, command] = nextStep(run);
  const open = vscode.l10n.t('Open Run');
  const buttons = command === commands.openRun ? [open] : [title, open];
  const chosen = await (run.state === 'failed' ? vscode.window.showErrorMessage(message, ...buttons) : vscode.window.showInformationMessage(message, ...buttons));
  if (chosen === undefined) return;
  if (chosen === open) await runCommand(commands.openRun, run.id);
  else await runCommand(command, ...(command === commands.rank || command === commands.tunePpo || command === commands.evaluate ? [] : [run.id]));
}

/** What one wants to do after a run. */
function nextStep(run: RunView): [string, typeof commands.rank | typeof commands.tunePpo | typeof commands.openReport | typeof commands.evaluate | typeof commands.redTeam | typeof commands.resume | typeof commands.openRun] {
  if (isResumable(run.state) && run.state !== 'failed') return [vscode.l10n.t('Resume'), commands.resume];
  if (run.state !== 'finished') return ['', commands.openRun];
  if (run.kind === 'generate') return [vscode.l10n.t('Label Answers'), commands.rank];
  if (run.kind === 'reward') return [vscode.l10n.t('Tune with PPO'), commands.tunePpo];
  // The report is about PPO; what DPO has changed, an evaluation tells.
  if (run.kind === 'dpo') return [vscode.l10n.t('Evaluate'), commands.evaluate];
  if (run.kind === 'score') return [vscode.l10n.t('Label Answers'), commands.rank];
  if (run.kind === 'attack') return [vscode.l10n.t('Attack Success Rates'), commands.redTeam];
  return [vscode.l10n.t('Open Report'), commands.openReport];
}
