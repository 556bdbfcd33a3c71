import * as vscode from 'vscode';
import type { ModelRole } from '../../jobs/model-ref';
import { lastFinished } from '../../jobs/model-ref';
import type { RunView } from '../../jobs/view';
import type { Session } from '../session';
import type { Choice } from './steps';
import { askFolder, choose } from './steps';

/** Asks which model, the likeliest first; asks nothing when there is one. Undefined leaves it to the plan, which says what is missing. */
export async function askModel(session: Session, role: ModelRole, title: string): Promise<string | undefined> {
  const { project } = await session.data();
  const runs = session.runs.list();
  const listed: Choice<string>[] = Object.entries(project.models)
    .filter(([, m]) => (m.kind ?? 'policy') === role)
    .map(([name, m]) => ({ label: `$(circuit-board) ${name}`, description: m.path, ...(m.description === undefined ? {} : { detail: m.description }), value: name }));
  const made: Choice<string>[] = runs
    .filter((r) => r.state === 'finished' && r.outputs?.['model'] !== undefined && (role === 'reward') === (r.kind === 'reward'))
    .map((r) => ({ label: `$(history) ${r.name}`, description: when(r), value: r.id }));
  const all = role === 'reward' ? [...made, ...listed] : [...listed, ...made];
  if (all.length <= 1) return all[0]?.value;
  const other = '\0';
  const chosen = await choose(title, vscode.l10n.t('Which model?'), [...all, { label: vscode.l10n.t('$(folder) Another Folder…'), value: other }]);
  return chosen === other ? (await askFolder(title, vscode.l10n.t('Use This Model'))).fsPath : chosen;
}

/** The finished PPO runs and other policies, the last tuned first: what one wants to measure. */
export async function askTuned(session: Session, title: string): Promise<string | undefined> {
  const last = lastFinished(session.runs.list(), 'ppo');
  const { project } = await session.data();
  const tuned = session.runs.list().filter((r) => r.state === 'finished' && ['sft', 'dpo', 'ppo', 'bestOfN'].includes(r.kind));
  const choices: Choice<string>[] = [
    ...tuned.map((r) => ({ label: `$(history) ${r.name}`, description: `${when(r)}${r.id === last?.id ? ` · ${vscode.l10n.t('tuned last')}` : ''}`, value: r.id })),
    ...Object.entries(project.models).filter(([, m]) => (m.kind ?? 'policy') === 'policy').map(([name, m]) => ({ label: `$(circuit-board) ${name}`, description: m.path, value: name })),
  ];
  return choices.length <= 1 ? choices[0]?.value : choose(title, vscode.l10n.t('Which model?'), choices);
}

const when = (run: RunView): string => new Date(run.finishedAt ?? run.createdAt).toLocaleString();
