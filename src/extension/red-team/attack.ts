import * as path from 'node:path';
import * as vscode from 'vscode';
import { plural } from '../../base/text';
import { mutations } from '../../domain/red-team/mutations';
import { readyRules } from '../../domain/red-team/rules';
import { bundledSeeds } from '../../domain/red-team/seeds';
import type { Seed } from '../../domain/red-team/seeds';
import { withRedTeamTask } from '../../domain/red-team/task';
import type { Task } from '../../domain/tasks';
import { readSeeds } from '../../formats/attack-seeds';
import { decodeText } from '../../formats/text';
import { planAttack } from '../../jobs/plan-attack';
import type { AttackOptions } from '../../jobs/plan-attack';
import type { JsonObject } from '../../base/json';
import { editProject } from '../../store/project-file';
import { choose } from '../commands/steps';
import { commands } from '../contributions';
import { Cancelled, requireTrust, runCommand, setting } from '../edge';
import type { Parts } from '../feature';
import type { Session } from '../session';
import type { Endpoints } from './endpoints';
import { targetChoices } from './targets';

const title = (): string => vscode.l10n.t('Run Automatic Attacks');

/** Attacks a model or an endpoint: asks what and how, the usual first. A run like any other. @returns the run's id. */
export async function attack({ sessions, diagnostics, runPanels }: Parts, endpoints: Endpoints): Promise<string> {
  requireTrust();
  const session = await sessions.require();
  await ensureRules(session);
  const target = await askTarget(session, endpoints);
  const from = await askSeeds(session);
  const strength = await choose(title(), vscode.l10n.t('How thoroughly?'), [
    { label: vscode.l10n.t('Two mutations of each seed'), description: vscode.l10n.t('drawn from all {0}', mutations.length), value: { perSeed: 2 } },
    { label: vscode.l10n.t('Every mutation of each seed'), description: mutations.map((m) => m.title).join(', '), value: { perSeed: mutations.length } },
    { label: vscode.l10n.t('Every mutation, three attempts at each'), value: { perSeed: mutations.length, samples: 3 } },
    { label: vscode.l10n.t('The seeds as they are'), description: vscode.l10n.t('no mutation'), value: { mutations: ['none'], perSeed: 1 } },
  ]);
  const attacker = await askAttacker(session, endpoints);
  const ruleModel = await askRuleModel(session);
  const planned = await planAttack(
    { workspace: session.workspace, runs: session.runs.list() },
    { ...target, ...from, ...strength, ...attacker, ...ruleModel, threads: setting('plumbline.threads'), device: setting('plumbline.device') },
  );
  diagnostics.set('plan', planned.problems);
  const { rules, modelRule } = planned.plan.run.params;
  const byPeople = rules.filter((r) => (r.patterns ?? []).length === 0 && r.id !== modelRule).map((r) => r.id);
  if (byPeople.length > 0) await ensureTask(session, byPeople);
  const run = await session.runs.submit(planned.plan);
  runPanels.open(run.id);
  vscode.window.setStatusBarMessage(planned.says, 8000);
  return run.id;
}

/** An attack is against rules. A project without any is offered some. */
async function ensureRules(session: Session): Promise<void> {
  const { project } = await session.data();
  if (project.rules.length > 0) return;
  const add = await choose(title(), vscode.l10n.t('The project has no rules yet that an answer could break.'), [
    { label: vscode.l10n.t('Add {0} ready-made rules', readyRules.length), description: readyRules.map((r) => r.text).join(' '), value: true },
    { label: vscode.l10n.t('Write my own…'), value: false },
  ]);
  if (!add) {
    await runCommand(commands.editTasks);
    throw new Cancelled();
  }
  await editProject(session.workspace, (raw) => ({ ...raw, rules: readyRules as unknown as JsonObject[] }));
}

/** The task in which people judge what no pattern can. */
export async function ensureTask(session: Session, rules: readonly string[]): Promise<void> {
  await editProject(session.workspace, (raw) => {
    const tasks = withRedTeamTask({ tasks: raw['tasks'] as unknown as Task[] | undefined }, rules);
    return tasks === undefined ? raw : { ...raw, tasks: tasks as unknown as JsonObject[] };
  });
}

async function askTarget(session: Session, endpoints: Endpoints): Promise<Pick<AttackOptions, 'policy' | 'endpoint'>> {
  const choices = await targetChoices(session, endpoints);
  const id = choices.length <= 1 ? choices[0]?.id : await choose(title(), vscode.l10n.t('What is attacked?'), choices.map((c) => ({ label: c.title, description: c.detail, value: c.id })));
  return id === undefined ? {} : optionOf(id, endpoints);
}

function optionOf(id: string, endpoints: Endpoints): Pick<AttackOptions, 'policy' | 'endpoint'> {
  const name = id.slice(id.indexOf(':') + 1);
  const endpoint = id.startsWith('endpoint:') ? endpoints.list().find((e) => e.name === name) : undefined;
  return endpoint === undefined ? { policy: name } : { endpoint };
}

async function askSeeds(session: Session): Promise<Pick<AttackOptions, 'seeds' | 'sets'>> {
  const { prompts } = await session.data();
  const choice = await choose<'bundled' | 'file' | { readonly set: string }>(title(), vscode.l10n.t('From which seeds?'), [
    { label: vscode.l10n.t('The bundled seeds'), description: plural(bundledSeeds.length, 'prompt'), value: 'bundled' },
    { label: vscode.l10n.t('A file…'), description: vscode.l10n.t('CSV or JSONL with a column “prompt” and perhaps “label” (safe, unsafe), such as XSTest'), value: 'file' },
    ...prompts.map((s) => ({ label: vscode.l10n.t('The prompts “{0}”', s.name), description: plural(s.records.length, 'prompt'), value: { set: s.name } })),
  ]);
  if (choice === 'bundled') return { seeds: bundledSeeds };
  return choice === 'file' ? { seeds: await seedsOfFile() } : { seeds: [], sets: [choice.set] };
}

async function seedsOfFile(): Promise<readonly Seed[]> {
  const [file] = (await vscode.window.showOpenDialog({ title: title(), openLabel: vscode.l10n.t('Use as Seeds'), canSelectMany: false, filters: { [vscode.l10n.t('Lists')]: ['csv', 'jsonl', 'json'] } })) ?? [];
  if (!file) throw new Cancelled();
  const { text, problems } = decodeText(await vscode.workspace.fs.readFile(file), file.fsPath);
  const read = readSeeds(path.basename(file.fsPath), text, file.fsPath);
  const wrong = [...problems, ...read.problems].filter((p) => p.severity === 'error');
  if (wrong.length > 0) void vscode.window.showWarningMessage(vscode.l10n.t('{0} of {1} could not be read: {2}', plural(wrong.length, 'line'), path.basename(file.fsPath), wrong[0]!.message));
  return read.records;
}

/** A second model writes attacks, too, when one is wanted. */
async function askAttacker(session: Session, endpoints: Endpoints): Promise<Pick<AttackOptions, 'attacker' | 'attackerEndpoint'>> {
  const choices = await targetChoices(session, endpoints);
  const id = await choose<string | undefined>(title(), vscode.l10n.t('Shall a language model rewrite the seeds as well?'), [
    { label: vscode.l10n.t('No, mutations only'), value: undefined },
    ...choices.map((c) => ({ label: c.title, description: c.detail, value: c.id })),
  ]);
  if (id === undefined) return {};
  const { policy, endpoint } = optionOf(id, endpoints);
  return { ...(policy === undefined ? {} : { attacker: policy }), ...(endpoint === undefined ? {} : { attackerEndpoint: endpoint }) };
}

/** A rule that has no patterns can be judged by a reward model that was trained for it, when there is one. */
async function askRuleModel(session: Session): Promise<Pick<AttackOptions, 'rule' | 'modelRule'>> {
  const { project } = await session.data();
  const open = project.rules.filter((r) => (r.patterns ?? []).length === 0);
  const models = session.runs.list().filter((r) => r.kind === 'reward' && r.state === 'finished');
  const [first] = open;
  if (first === undefined || models.length === 0) return {};
  const rule = await choose<string | undefined>(title(), vscode.l10n.t('Who judges the rule “{0}”, which has no patterns?', first.id), [
    { label: vscode.l10n.t('People'), description: vscode.l10n.t('its answers are put into a labeling queue'), value: undefined },
    ...models.map((r) => ({ label: r.name, description: vscode.l10n.t('a score below 0 breaks the rule'), value: r.id })),
  ]);
  return rule === undefined ? {} : { rule, modelRule: first.id };
}
