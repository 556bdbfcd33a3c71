import { join } from 'node:path';
import { UserError } from '../base/errors';
import { plural } from '../base/text';
import { contentOf } from '../domain/content';
import type { Example } from '../protocol/data';
import { scoreParamsSchema } from '../protocol/run';
import type { RunPlan } from './create';
import type { Project } from '../protocol/project';
import { findModel, findRun } from './model-ref';
import type { ModelRef } from './model-ref';
import { common, examplePrompt, mergeParams, readData } from './plan';
import type { Data, PlanContext, PlanOptions, Planned } from './plan';
import type { RunView } from './view';

/** More models hardly tell more, and each takes its time. */
const most = 9;

export interface ScoreOptions extends PlanOptions {
  /** Reward models: runs, names of the project's models or folders. All finished reward runs when left out, newest first, or the project's reward models. */
  readonly reward?: readonly string[];
  /** Names of sets of answers; all when left out. */
  readonly sets?: readonly string[];
}

/** Scores of the workspace's answers by reward models. @throws UserError when there are no answers, or no reward model. */
export async function planScore(context: PlanContext, options: ScoreOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'score' } }>>> {
  const { workspace, runs } = context;
  const data = await readData(workspace);
  const { project } = data;
  const names = rewardNames(runs, project, options.reward);
  const models = await findRewardModels(context, project, options.reward);
  const params = mergeParams(scoreParamsSchema, {}, options.params);
  const examples = answersOf(data, options.sets);
  const answers = examples.reduce((n, e) => n + e.responses.length, 0);
  const titles = models.map((m) => m.title).join(', ');
  return {
    plan: {
      run: {
        ...common(options, `scores by ${models.length === 1 ? titles : plural(models.length, 'reward model')}`),
        kind: 'score',
        models: { reward: models.map((m) => m.path) },
        hashes: Object.fromEntries(models.map((m, i) => [`reward-${i}`, m.hash])),
        parents: Object.fromEntries(models.flatMap((m, i) => (m.run === undefined ? [] : [[`reward-${i}`, m.run]]))),
        params,
      },
      data: examples,
    },
    says: `${plural(answers, 'answer')} to ${plural(examples.length, 'prompt')}, scored by ${titles}${names.length > most ? ` (the newest ${most} of ${names.length})` : ''}.`,
    problems: data.problems,
  };
}

/** Folders of the other models that a run of this name has trained beside its first. */
function membersOf(runs: readonly RunView[], name: string): string[] {
  const run = findRun(runs, name);
  return run?.kind === 'reward' && run.state === 'finished' ? Object.entries(run.outputs ?? {}).flatMap(([role, path]) => (role.startsWith('member-') ? [join(run.folder, path)] : [])) : [];
}

/** The reward models that are named, else all finished reward runs, the newest first, else the project's. */
function rewardNames(runs: readonly RunView[], project: Project, given: readonly string[] | undefined): readonly string[] {
  const finished = runs.filter((r) => r.kind === 'reward' && r.state === 'finished' && r.outputs?.['model'] !== undefined).sort((a, b) => (a.id < b.id ? 1 : -1));
  const listed = Object.entries(project.models).filter(([, m]) => m.kind === 'reward').map(([name]) => name);
  // All members of an ensemble; of reward models with an output a criterion, all that there is to combine.
  return (given ?? (finished.length > 0 ? finished.map((r) => r.id) : listed)).flatMap((name) => [name, ...membersOf(runs, name)]);
}

/** Several reward models, of which at most so many are taken. @throws UserError when there is none. */
export async function findRewardModels({ workspace, runs }: PlanContext, project: Project, given: readonly string[] | undefined): Promise<ModelRef[]> {
  const names = rewardNames(runs, project, given);
  // Without a name this says what is missing.
  return names.length === 0 ? [await findModel(workspace, project, runs, 'reward')] : Promise.all(names.slice(0, most).map((name) => findModel(workspace, project, runs, 'reward', name)));
}

/** All answers of the sets by prompt, each text once. */
function answersOf(data: Data, sets: readonly string[] | undefined): Example<'score'>[] {
  const unknown = sets?.find((name) => !data.generations.some((s) => s.name === name));
  if (unknown !== undefined) throw new UserError('jobs.no-set', `There is no set of answers "${unknown}". There are: ${data.generations.map((s) => s.name).join(', ')}.`);
  const byPrompt = new Map<string, Example<'score'>>();
  for (const set of data.generations) {
    if (sets !== undefined && !sets.includes(set.name)) continue;
    for (const g of set.records) {
      const known = byPrompt.get(g.promptHash) ?? { promptHash: g.promptHash, prompt: examplePrompt(contentOf(g)), responses: [] };
      byPrompt.set(g.promptHash, known);
      for (const { hash, text } of g.responses) if (!known.responses.some((r) => r.hash === hash)) known.responses.push({ hash, text });
    }
  }
  if (byPrompt.size === 0) throw new UserError('jobs.no-answers', 'There are no answers to score yet: generate or import some first.', { title: 'Generate answers', command: 'plumbline.generate' });
  return [...byPrompt.values()];
}
