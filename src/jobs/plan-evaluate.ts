import { UserError } from '../base/errors';
import { plural } from '../base/text';
import type { Project } from '../protocol/project';
import { evaluateParamsSchema } from '../protocol/run';
import type { RunPlan } from './create';
import { readSpec } from './folder';
import { findModel } from './model-ref';
import type { ModelRef } from './model-ref';
import { choosePrompts, common, examplePrompt, mergeParams, readData } from './plan';
import type { PlanContext, PlanOptions, Planned, PromptChoice } from './plan';
import { readTexts } from './texts';

export interface EvaluateOptions extends PlanOptions {
  /** The model to measure; the last finished PPO run when left out, else the project's first policy. */
  readonly policy?: string;
  /** The model that it is compared with (exact KL). `none` for no comparison; when left out, the policy that the run of the model started from. */
  readonly reference?: string;
  /** The reward model. `none` for none; when left out, the last finished reward run, if any. */
  readonly reward?: string;
  /** Held-out prompts when left out; all when none are held out. */
  readonly prompts?: PromptChoice;
  /** A file of plain texts (one a line, or JSONL with "text") whose perplexity is measured; `none` for none; when left out, the project's `evaluation.texts`. */
  readonly texts?: string;
}

/** Measures a model on prompts and plain texts. @throws UserError when there is no model, or nothing to measure it on. */
export async function planEvaluate(context: PlanContext, options: EvaluateOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'evaluate' } }>>> {
  const { workspace, runs } = context;
  const data = await readData(workspace);
  const { project } = data;
  const last = runs.filter((r) => (r.kind === 'ppo' || r.kind === 'dpo') && r.state === 'finished').sort((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
  const policy = await findModel(workspace, project, runs, 'policy', options.policy ?? last?.id);
  const reference = await optional(options.reference, () => startOf(context, project, policy), (name) => findModel(workspace, project, runs, 'policy', name));
  const reward = await optional(options.reward, () => findModel(workspace, project, runs, 'reward').catch(noModel), (name) => findModel(workspace, project, runs, 'reward', name));
  const params = mergeParams(evaluateParamsSchema, project.defaults.evaluate, options.params);
  const file = options.texts ?? textsOf(project);
  const texts = file === undefined || file === 'none' ? { records: [], problems: [] } : await readTexts(workspace.root, file);
  const chosen = choosePrompts(data, options.prompts ?? { split: [...data.splits.values()].includes('test') ? 'test' : 'all' }, options.seed ?? 0);
  const models = [['policy', policy], ['reference', reference], ['reward', reward]] as const;
  const present = models.filter((m): m is readonly [(typeof m)[0], ModelRef] => m[1] !== undefined);
  return {
    plan: {
      run: {
        ...common(options, `evaluate ${policy.title}`),
        kind: 'evaluate',
        models: { policy: policy.path, ...(reference === undefined ? {} : { reference: reference.path }), ...(reward === undefined ? {} : { reward: reward.path }) },
        hashes: Object.fromEntries(present.map(([role, m]) => [role, m.hash])),
        parents: Object.fromEntries(present.flatMap(([role, m]) => (m.run === undefined ? [] : [[role, m.run]]))),
        params,
      },
      data: [...chosen.map((p) => ({ prompt: examplePrompt(p.content) })), ...texts.records.map((text) => ({ text }))],
    },
    says: `${policy.title} on ${plural(chosen.length, 'prompt')}${texts.records.length === 0 ? '' : ` and ${plural(texts.records.length, 'plain text')}`}${reward === undefined ? '' : `, scored by ${reward.title}`}${reference === undefined ? '' : `, against ${reference.title}`}.`,
    problems: [...data.problems, ...texts.problems],
  };
}

/** The model that the run of this one started from, else the project's first policy; nothing when that is the model itself. */
async function startOf({ workspace, runs }: PlanContext, project: Project, policy: ModelRef): Promise<ModelRef | undefined> {
  const run = policy.run === undefined ? undefined : runs.find((r) => r.id === policy.run);
  const spec = run === undefined ? undefined : await readSpec(run.folder);
  const start = spec?.kind === 'ppo' || spec?.kind === 'dpo' ? spec.models.policy : spec?.kind === 'sft' ? spec.models.base : undefined;
  const model = await findModel(workspace, project, runs, 'policy', start).catch(noModel);
  return model?.folder === policy.folder ? undefined : model;
}

/** The file of plain texts that the project names for measuring what tuning makes a model forget. */
export function textsOf(project: Project): string | undefined {
  return project.evaluation?.texts;
}

async function optional(name: string | undefined, fallback: () => Promise<ModelRef | undefined>, find: (name: string) => Promise<ModelRef>): Promise<ModelRef | undefined> {
  if (name === 'none') return undefined;
  return name === undefined ? fallback() : find(name);
}

function noModel(error: unknown): undefined {
  if (error instanceof UserError && (error.code === 'jobs.no-model' || error.code === 'jobs.no-reward-model')) return undefined;
  throw error;
}
