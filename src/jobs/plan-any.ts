import { UserError } from '../base/errors';
import { bundledSeeds } from '../domain/red-team/seeds';
import type { AnyRun } from '../protocol/many-runs';
import type { RunKind } from '../protocol/run';
import type { Planned, PlanContext, PlanOptions, PromptChoice } from './plan';
import { planAttack } from './plan-attack';
import { planBestOfN } from './plan-best-of-n';
import { planDpo } from './plan-dpo';
import { planEvaluate } from './plan-evaluate';
import { planGenerate } from './plan-generate';
import { planPpo } from './plan-ppo';
import { planReward } from './plan-reward';
import { planRule } from './plan-rule';
import { planScore } from './plan-score';
import { planSft } from './plan-sft';

interface Given extends PlanOptions {
  readonly models: Readonly<Record<string, string>>;
  readonly prompts?: PromptChoice;
  readonly from?: AnyRun['from'];
}

/** Kind of run → its model roles, what it takes besides, and who plans it. A new kind is one line more. */
const kinds: { readonly [K in RunKind]: { readonly roles: readonly string[]; readonly takes: readonly ('prompts' | 'from')[]; readonly plan: (context: PlanContext, given: Given) => Promise<Planned> } } = {
  sft: { roles: ['base'], takes: ['from'], plan: (c, { models, from, ...o }) => planSft(c, { ...o, ...models, from: from ?? 'chosen' }) },
  reward: { roles: ['base'], takes: [], plan: (c, { models, ...o }) => planReward(c, { ...o, ...models }) },
  rule: { roles: ['base'], takes: [], plan: (c, { models, ...o }) => planRule(c, { ...o, ...models }) },
  dpo: { roles: ['policy'], takes: [], plan: (c, { models, ...o }) => planDpo(c, { ...o, ...models }) },
  ppo: { roles: ['policy', 'reward', 'rule', 'program'], takes: ['prompts'], plan: (c, { models, ...o }) => planPpo(c, { ...o, ...models }) },
  bestOfN: { roles: ['policy', 'reward'], takes: ['prompts'], plan: (c, { models, ...o }) => planBestOfN(c, { ...o, ...models }) },
  generate: { roles: ['policy'], takes: ['prompts'], plan: (c, { models, ...o }) => planGenerate(c, { ...o, ...models }) },
  evaluate: { roles: ['policy', 'reference', 'reward', 'heldOut', 'rule'], takes: ['prompts'], plan: (c, { models, ...o }) => planEvaluate(c, { ...o, ...models }) },
  score: { roles: ['reward'], takes: [], plan: (c, { models, ...o }) => planScore(c, { ...o, ...(models['reward'] === undefined ? {} : { reward: [models['reward']] }) }) },
  attack: { roles: ['policy', 'attacker', 'rule'], takes: ['prompts'], plan: (c, { models, prompts, ...o }) => planAttack(c, { ...o, ...models, seeds: bundledSeeds, ...(prompts?.limit === undefined ? {} : { limit: prompts.limit }) }) },
};

/** The plan of a run that is described by its kind, whichever that is. @throws UserError for roles, parameters or models that are wrong. */
export async function planAny(context: PlanContext, { run, models, params, prompts, from, seed, device, name }: AnyRun, options: PlanOptions = {}): Promise<Planned> {
  const kind = kinds[run];
  const wrong = Object.keys(models).find((role) => !kind.roles.includes(role));
  if (wrong !== undefined) throw new UserError('jobs.models', `A ${run} run has no model "${wrong}"; there are ${kind.roles.join(', ')}.`);
  if (prompts !== undefined && !kind.takes.includes('prompts')) throw new UserError('jobs.prompts', `A ${run} run takes no prompts: leave "prompts" out.`);
  if (from !== undefined && !kind.takes.includes('from')) throw new UserError('jobs.from', `"from" is for sft; a ${run} run learns from what there is. Leave it out.`);
  return kind.plan(context, {
    ...options,
    models,
    params: { ...options.params, ...params },
    ...(prompts === undefined ? {} : { prompts: present(prompts) }),
    ...(from === undefined ? {} : { from }),
    ...(seed === undefined ? {} : { seed }),
    ...(device === undefined ? {} : { device }),
    ...(name === undefined ? {} : { name }),
  });
}

function present({ sets, split, limit }: NonNullable<AnyRun['prompts']>): PromptChoice {
  return { ...(sets === undefined ? {} : { sets }), ...(split === undefined ? {} : { split }), ...(limit === undefined ? {} : { limit }) };
}
