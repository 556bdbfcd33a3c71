import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../base/errors';
import type { Disposable } from '../base/events';
import { bundledSeeds } from '../domain/red-team/seeds';
import { planAttack } from '../jobs/plan-attack';
import { planBestOfN } from '../jobs/plan-best-of-n';
import { planDpo } from '../jobs/plan-dpo';
import { planEvaluate } from '../jobs/plan-evaluate';
import { planGenerate } from '../jobs/plan-generate';
import { planPpo } from '../jobs/plan-ppo';
import { planReward } from '../jobs/plan-reward';
import { planRule } from '../jobs/plan-rule';
import { planScore } from '../jobs/plan-score';
import { planSft } from '../jobs/plan-sft';
import type { Planned } from '../jobs/plan';
import { taskType } from './contributions';
import { setting } from './edge';
import type { Session, Sessions } from './session';
import { runTerminal } from './task-terminal';

/** A `plumbline` task as tasks.json writes it. */
export const taskSchema = z.looseObject({
  type: z.literal(taskType),
  run: z.enum(['generate', 'reward', 'rule', 'dpo', 'ppo', 'sft', 'evaluate', 'score', 'attack', 'bestOfN']),
  name: z.string().optional(),
  seed: z.int().min(0).optional(),
  /** At most so many prompts (of attacks: seeds), drawn by the seed. */
  limit: z.int().min(1).optional(),
  models: z.record(z.string(), z.string()).default({}),
  params: z.record(z.string(), z.unknown()).default({}),
});
export type TaskDefinition = z.infer<typeof taskSchema>;

/** Runs as tasks: startable from tasks.json, ending with the run's exit code. */
export function createTasks(sessions: Sessions): Disposable {
  return vscode.tasks.registerTaskProvider(taskType, {
    provideTasks: () =>
      sessions.current() === undefined ? [] : (['generate', 'reward', 'dpo', 'ppo', 'evaluate', 'score', 'attack', 'bestOfN'] as const).map((run) => taskOf({ type: taskType, run, models: {}, params: {} }, { type: taskType, run }, vscode.TaskScope.Workspace, sessions)),
    resolveTask(task) {
      const parsed = taskSchema.safeParse(task.definition);
      // The definition object must stay the same one, or VS Code drops the task.
      return parsed.success ? taskOf(parsed.data, task.definition, task.scope ?? vscode.TaskScope.Workspace, sessions) : undefined;
    },
  });
}

function taskOf(definition: TaskDefinition, written: vscode.TaskDefinition, scope: vscode.TaskScope | vscode.WorkspaceFolder, sessions: Sessions): vscode.Task {
  const task = new vscode.Task(written, scope, definition.name ?? titles[definition.run], 'plumbline', new vscode.CustomExecution(() => Promise.resolve(runTerminal(sessions, (session) => planTask(session, definition)))), []);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  return task;
}

const titles: Record<TaskDefinition['run'], string> = {
  generate: 'generate answers',
  reward: 'train reward model',
  rule: 'train rule model',
  dpo: 'tune with DPO',
  ppo: 'tune with PPO',
  sft: 'SFT on chosen answers',
  evaluate: 'evaluate',
  score: 'score answers',
  attack: 'automatic attacks',
  bestOfN: 'best-of-n fine-tuning',
};

/** The plan of a task. @throws UserError for parameters or models that are wrong. */
export async function planTask(session: Pick<Session, 'workspace' | 'runs'>, definition: TaskDefinition): Promise<Planned> {
  const context = { workspace: session.workspace, runs: session.runs.list() };
  const { models } = definition;
  const options = { threads: setting('plumbline.threads'), device: setting('plumbline.device'), params: definition.params, ...(definition.name === undefined ? {} : { name: definition.name }), ...(definition.seed === undefined ? {} : { seed: definition.seed }) };
  const given = <R extends string>(...roles: R[]): Partial<Record<R, string>> => {
    const wrong = Object.keys(models).find((role) => !(roles as string[]).includes(role));
    if (wrong !== undefined) throw new UserError('task.models', vscode.l10n.t('A {0} run has no model "{1}"; there are {2}.', definition.run, wrong, roles.join(', ')));
    return models as Partial<Record<R, string>>;
  };
  const prompts = definition.limit === undefined ? {} : { prompts: { limit: definition.limit } };
  switch (definition.run) {
    case 'generate':
      return planGenerate(context, { ...options, ...prompts, ...given('policy') });
    case 'reward':
      return planReward(context, { ...options, ...given('base') });
    case 'rule':
      return planRule(context, { ...options, ...given('base') });
    case 'dpo':
      return planDpo(context, { ...options, ...given('policy') });
    case 'ppo':
      return planPpo(context, { ...options, ...prompts, ...given('policy', 'reward') });
    case 'sft':
      return planSft(context, { ...options, ...given('base'), from: 'chosen' });
    case 'evaluate':
      return planEvaluate(context, { ...options, ...prompts, ...given('policy', 'reference', 'reward') });
    case 'score': {
      const { reward } = given('reward');
      return planScore(context, { ...options, ...(reward === undefined ? {} : { reward: [reward] }) });
    }
    case 'bestOfN':
      return planBestOfN(context, { ...options, ...prompts, ...given('policy', 'reward') });
    case 'attack':
      return planAttack(context, { ...options, ...given('policy', 'attacker'), seeds: bundledSeeds, ...(definition.limit === undefined ? {} : { limit: definition.limit }) });
  }
}
