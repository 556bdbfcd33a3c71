import * as vscode from 'vscode';
import { UserError } from '../../base/errors';
import { plural } from '../../base/text';
import { findingsOf } from '../../domain/red-team/findings';
import { foldAttempts } from '../../domain/red-team/fold';
import { readyRules } from '../../domain/red-team/rules';
import { redTeamTaskId, withRules } from '../../domain/red-team/task';
import { findTask, guidelineHash, resolveTask } from '../../domain/tasks';
import { runSource } from '../../domain/content';
import { readAttacks } from '../../jobs/attacks';
import { readSpec } from '../../jobs/folder';
import type { RunView } from '../../jobs/view';
import { addImport } from '../../store/add-import';
import { editProject, readProject } from '../../store/project-file';
import { appendChecks, readRedTeam } from '../../store/red-team-files';
import { commands } from '../contributions';
import { runCommand } from '../edge';
import type { Parts } from '../feature';
import type { Session } from '../session';
import { ensureTask } from './attack';

/** What was taken over, by kind. */
export interface TakenOver {
  readonly prompts: number;
  readonly labels: number;
  readonly checks: number;
}

/** Makes prompts, labels and regression checks of all that red teaming has found. Doing it again adds only what is new. */
export async function takeOverFindings({ sessions }: Pick<Parts, 'sessions'>): Promise<TakenOver> {
  const session = await sessions.require();
  const { workspace } = session;
  const attempts = foldAttempts((await readRedTeam(workspace)).records);
  const finished = session.runs.list().filter((r) => r.kind === 'attack' && r.state === 'finished');
  const runs = await Promise.all(finished.map(async (r) => ({ run: r.id, source: await sourceOf(r), records: (await readAttacks(r)).records })));
  const marked = [...new Set(attempts.flatMap((a) => a.path.flatMap((t) => t.marks.map((m) => m.rule))))];
  const found = runs.some((r) => r.records.some((x) => !x.safe && Object.values(x.broken).includes(true)));
  if (marked.length === 0 && !found) {
    throw new UserError('no-findings', vscode.l10n.t('Nothing was found yet: mark an answer in a conversation, or run attacks.'), { title: vscode.l10n.t('Red Team a Model'), command: commands.redTeam });
  }
  if (marked.length > 0) await ensureMarkedRules(session, marked);
  const now = new Date();
  const guideline = await guidelineOf(session);
  const { prompts, generations, labels, checks } = findingsOf(attempts, runs, { task: redTeamTaskId, guideline, at: now.toISOString() });
  const added = await addImport(workspace, `red-team-${now.toISOString().slice(0, 10)}`, { prompts, generations, labels });
  const fresh = await appendChecks(workspace, checks);
  const taken = { prompts: added.prompts, labels: added.labels, checks: fresh };
  void tell(taken);
  return taken;
}

/** The rules of the marks stand in the project, and in the task that the labels belong to. */
async function ensureMarkedRules(session: Session, rules: readonly string[]): Promise<void> {
  const { project } = await session.data();
  const missing = readyRules.filter((r) => rules.includes(r.id) && !project.rules.some((p) => p.id === r.id));
  if (missing.length > 0) await editProject(session.workspace, (raw) => ({ ...raw, rules: withRules((raw['rules'] ?? []) as unknown as { id: string }[], missing) }));
  const known = new Set([...project.rules, ...missing].map((r) => r.id));
  await ensureTask(session, rules.filter((r) => known.has(r)));
}

async function guidelineOf(session: Session): Promise<string | undefined> {
  // Not what was read last: the task may have been added just now.
  const { project } = await readProject(session.workspace);
  const task = findTask(project, redTeamTaskId);
  return task && guidelineHash(resolveTask(project, task).form);
}

/** As generations name whose answers they are. */
async function sourceOf(run: RunView): Promise<string> {
  const spec = await readSpec(run.folder);
  if (spec.kind !== 'attack') return 'import';
  if (spec.params.endpoint !== undefined) return spec.params.endpoint.name.replaceAll(/\s/g, '-');
  const made = spec.parents['policy'];
  return made === undefined ? (spec.models.policy?.split(/[\\/]/).findLast((p) => p !== '') ?? 'import').replaceAll(/\s/g, '-') : runSource('policy', made);
}

async function tell({ prompts, labels, checks }: TakenOver): Promise<void> {
  const nothing = prompts + labels + checks === 0;
  const sentence = nothing ? vscode.l10n.t('Everything that was found had been taken over before.') : vscode.l10n.t('Taken over: {0}, {1}, {2}. The next attack run tries the checks again.', plural(prompts, 'prompt'), plural(labels, 'label'), plural(checks, 'regression check'));
  const again = vscode.l10n.t('Run Attacks');
  if ((await vscode.window.showInformationMessage(sentence, again)) === again) await runCommand(commands.attack);
}
