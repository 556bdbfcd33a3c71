import { UserError } from '../base/errors';
import { createRng } from '../base/rng';
import { plural } from '../base/text';
import { contentOf, hashPrompt } from '../domain/content';
import { mutations } from '../domain/red-team/mutations';
import { planAttacks } from '../domain/red-team/plan';
import type { Seed } from '../domain/red-team/seeds';
import type { Rule } from '../domain/tasks';
import type { Endpoint } from '../protocol/endpoint';
import { attackParamsSchema } from '../protocol/run';
import { readChecks } from '../store/red-team-files';
import type { RunPlan } from './create';
import { findModel } from './model-ref';
import { common, mergeParams, readData } from './plan';
import type { Data, PlanContext, PlanOptions, Planned } from './plan';

export interface AttackOptions extends PlanOptions {
  /** The model to attack: a name in the project, a run or a folder; the project's first policy when neither this nor an endpoint is given. */
  readonly policy?: string;
  readonly endpoint?: Endpoint;
  /** A language model that rewrites the seeds as well. */
  readonly attacker?: string;
  readonly attackerEndpoint?: Endpoint;
  /** A reward model that judges one rule, and which. */
  readonly rule?: string;
  readonly modelRule?: string;
  /** What attacks start from: read from a list by the caller. */
  readonly seeds: readonly Seed[];
  /** Sets of prompts of the workspace that are seeds, too. */
  readonly sets?: readonly string[];
  /** Ids of mutations; all when left out. */
  readonly mutations?: readonly string[];
  /** Mutations of each seed; 2 when left out. */
  readonly perSeed?: number;
  /** Attempts at each attack; 1 when left out. */
  readonly samples?: number;
  /** Messages of an attack over several turns; 3 when left out. */
  readonly depth?: number;
  /** At most so many seeds, drawn by the seed. */
  readonly limit?: number;
  /** False: leaves the regression checks out. */
  readonly checks?: boolean;
  /** Instead of the project's rules. */
  readonly rules?: readonly Rule[];
}

/** Attacks on a model or an endpoint. @throws UserError when there are no rules, no seeds, or no model. */
export async function planAttack(context: PlanContext, options: AttackOptions): Promise<Planned<Extract<RunPlan, { run: { kind: 'attack' } }>>> {
  const { workspace, runs } = context;
  const data = await readData(workspace);
  const { project } = data;
  const rules = options.rules ?? project.rules;
  if (rules.length === 0) throw new UserError('jobs.no-rules', 'The project has no rules that an attack could break. Write some under "rules" in project.json.', { title: 'Edit Tasks', command: 'plumbline.editTasks' });
  const { modelRule } = options;
  if (modelRule !== undefined && !rules.some((r) => r.id === modelRule)) throw new UserError('jobs.no-rule', `There is no rule "${modelRule}". There are: ${rules.map((r) => r.id).join(', ')}.`);
  const checks = options.checks === false ? { records: [], problems: [] } : await readChecks(workspace);
  const seed = options.seed ?? 0;
  const all = [...options.seeds, ...setSeeds(data, options.sets ?? [])];
  const seeds = options.limit === undefined || options.limit >= all.length ? all : createRng(seed).fork('seeds').shuffle(all).slice(0, options.limit);
  const rewrite = options.attacker !== undefined || options.attackerEndpoint !== undefined;
  const known = mutations.map((m) => m.id);
  const unknown = options.mutations?.find((m) => !known.includes(m));
  if (unknown !== undefined) throw new UserError('jobs.no-mutation', `There is no mutation "${unknown}". There are: ${known.join(', ')}.`);
  const attacks = planAttacks(seeds, checks.records, { mutations: options.mutations ?? known, perSeed: options.perSeed ?? 2, samples: options.samples ?? 1, depth: options.depth ?? 3, rewrite }, createRng(seed).fork('attacks'));
  if (attacks.length === 0) throw new UserError('jobs.no-seeds', 'There is nothing to attack with: choose the bundled seeds, a list or a set of prompts.');

  const find = (role: 'policy' | 'reward', name: string | undefined) => findModel(workspace, project, runs, role, name);
  const policy = options.endpoint === undefined ? await find('policy', options.policy) : undefined;
  const rule = options.rule === undefined ? undefined : await find('reward', options.rule);
  const attacker = options.attacker === undefined ? undefined : await find('policy', options.attacker);
  const models = Object.entries({ policy, rule, attacker }).flatMap(([role, m]) => (m === undefined ? [] : [[role, m] as const]));
  const judged = rule === undefined ? undefined : (modelRule ?? (rules.find((r) => (r.patterns ?? []).length === 0) ?? rules[0]!).id);
  const params = mergeParams(
    attackParamsSchema,
    {
      rules: rules.map(({ id, text, patterns }) => ({ id, text, ...(patterns === undefined ? {} : { patterns: [...patterns] }) })),
      ...(judged === undefined ? {} : { modelRule: judged }),
      // A stop takes effect between steps.
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint, batchSize: 8 }),
      ...(options.attackerEndpoint === undefined ? {} : { attackerEndpoint: options.attackerEndpoint }),
    },
    options.params,
  );
  const target = options.endpoint?.name ?? policy!.title;
  return {
    plan: {
      run: {
        ...common(options, `attack ${target}`),
        kind: 'attack',
        models: Object.fromEntries(models.map(([role, m]) => [role, m.path])),
        hashes: Object.fromEntries(models.map(([role, m]) => [role, m.hash])),
        parents: Object.fromEntries(models.flatMap(([role, m]) => (m.run === undefined ? [] : [[role, m.run]]))),
        params,
      },
      data: attacks.map((a) => ({ ...a, turns: [...a.turns] })),
    },
    says: `${plural(attacks.length, 'attack')} on ${target} from ${plural(seeds.length, 'seed')}${checks.records.length === 0 ? '' : ` and ${plural(checks.records.length, 'regression check')}`}, judged by ${plural(rules.length, 'rule')}.`,
    problems: [...data.problems, ...checks.problems],
  };
}

/** Prompts of the workspace as seeds: plain texts only. Those tagged `safe` are harmless. */
function setSeeds(data: Data, names: readonly string[]): Seed[] {
  return names.flatMap((name) => {
    const set = data.prompts.find((s) => s.name === name);
    if (set === undefined) throw new UserError('jobs.no-prompt-set', `There is no set of prompts "${name}". There ${data.prompts.length === 0 ? 'are none yet' : `are: ${data.prompts.map((s) => s.name).join(', ')}`}.`);
    return set.records.flatMap((p): Seed[] => {
      const content = contentOf(p);
      if (typeof content !== 'string') return [];
      return [{ id: `${name}-${hashPrompt(content).slice(7, 19)}`, text: content, category: p.tags?.find((t) => !t.includes(':') && t !== 'safe' && t !== 'red-team') ?? name, safe: p.tags?.includes('safe') === true }];
    });
  });
}
