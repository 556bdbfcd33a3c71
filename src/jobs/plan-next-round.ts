import { plural } from '../base/text';
import { UserError } from '../base/errors';
import { generateParamsSchema } from '../protocol/run';
import type { RunPlan } from './create';
import { findModel } from './model-ref';
import type { ModelRef } from './model-ref';
import { choosePrompts, common, examplePrompt, mergeParams, readData } from './plan';
import type { PlanContext, PlanOptions, Planned, PromptChoice } from './plan';
import { startOf } from './plan-evaluate';
import { findRewardModels } from './plan-score';

export interface NextRoundOptions extends PlanOptions {
  /** The tuned model: the last finished run that tuned one when left out. */
  readonly policy?: string;
  /** The model whose answers stand beside; where the tuned one started when left out, `none` for none. */
  readonly beside?: string;
  /** Reward models that say what they are unsure about; all finished reward runs when left out. */
  readonly reward?: readonly string[];
  readonly prompts?: PromptChoice;
}

/**
 * New answers of the tuned model, and of the one it started from, for people to judge: what reward models are least sure about first.
 * @throws UserError when there are no prompts, no tuned model or no reward model.
 */
export async function planNextRound(context: PlanContext, options: NextRoundOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'generate' } }>>> {
  const { workspace, runs } = context;
  const data = await readData(workspace);
  const { project } = data;
  const last = runs.filter((r) => (r.kind === 'ppo' || r.kind === 'dpo' || r.kind === 'bestOfN') && r.state === 'finished').sort((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
  const name = options.policy ?? last?.id;
  if (name === undefined) throw new UserError('jobs.no-tuned-model', 'No model has been tuned yet: the next round samples from a tuned one. Tune one first (Plumbline: Tune with PPO).', { title: 'Tune with PPO', command: 'plumbline.tunePpo' });
  const chosen = choosePrompts(data, options.prompts ?? {}, options.seed ?? 0);
  const policy = await findModel(workspace, project, runs, 'policy', name);
  const beside = options.beside === 'none' ? undefined : options.beside === undefined ? await startOf(context, project, policy) : await findModel(workspace, project, runs, 'policy', options.beside);
  const models = await findRewardModels(context, project, options.reward);
  const params = mergeParams(generateParamsSchema, project.defaults.generate, options.params);
  if (params.n < 2 && beside !== undefined) throw new UserError('jobs.params', 'Answers of two models stand beside each other: n must be 2 or more.');
  const named: (readonly [string, ModelRef])[] = [['policy', policy], ...(beside === undefined ? [] : [['beside', beside] as const]), ...models.map((m, i) => [`reward-${i}`, m] as const)];
  const items = params.keep === undefined ? chosen.length : Math.min(params.keep, chosen.length);
  return {
    plan: {
      run: {
        ...common(options, `next round of ${policy.title}`),
        kind: 'generate',
        models: { policy: policy.path, ...(beside === undefined ? {} : { beside: beside.path }), reward: models.map((m) => m.path) },
        hashes: Object.fromEntries(named.map(([role, m]) => [role, m.hash])),
        parents: Object.fromEntries(named.flatMap(([role, m]) => (m.run === undefined ? [] : [[role, m.run]]))),
        params,
      },
      data: chosen.map((p) => ({ id: p.hash.slice(7, 23), prompt: examplePrompt(p.content), promptHash: p.hash })),
    },
    says: `${plural(chosen.length, 'prompt')} × ${plural(params.n, 'answer')} by ${policy.title}${beside === undefined ? '' : ` and ${beside.title}`}; ${items === chosen.length ? 'all' : `the ${items}`} that ${plural(models.length, 'reward model')} ${models.length === 1 ? 'is' : 'are'} least sure about come first.`,
    problems: data.problems,
  };
}
