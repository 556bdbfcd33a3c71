import { UserError } from '../base/errors';
import { plural } from '../base/text';
import type { Read } from '../base/problems';
import type { Example } from '../protocol/data';
import type { Endpoint } from '../protocol/endpoint';
import type { Project } from '../protocol/project';
import { evaluateParamsSchema } from '../protocol/run';
import { readChoices } from './choices';
import type { RunPlan } from './create';
import { readSpec } from './folder';
import { findModel, membersOf, namedModels } from './model-ref';
import type { ModelRef } from './model-ref';
import { choosePrompts, common, examplePrompt, mergeParams, readData } from './plan';
import type { Data, PlanContext, PlanOptions, Planned, PromptChoice } from './plan';
import { examplesOf } from './plan-sft';
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
  /** A second reward model that nothing was tuned against, such as one of the other half of the labels. */
  readonly heldOut?: string;
  /** Desired answers whose perplexity is measured: `reference`, `chosen` or a JSONL file; `none` for none; when left out, the project's `evaluation.sft`. */
  readonly sft?: string;
  /** A file of multiple-choice questions; `none` for none; when left out, the project's `evaluation.choices`. */
  readonly choices?: string;
  /** A reward model that says which answers break a rule, and which rule: the first without patterns when left out. */
  readonly rule?: string;
  readonly modelRule?: string;
  /** A server that says which of two answers is better. */
  readonly judge?: Endpoint;
}

/** Measures a model on prompts and plain texts. @throws UserError when there is no model, or nothing to measure it on. */
export async function planEvaluate(context: PlanContext, options: EvaluateOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'evaluate' } }>>> {
  const { workspace, runs } = context;
  const data = await readData(workspace);
  const { project } = data;
  const last = runs.filter((r) => (r.kind === 'ppo' || r.kind === 'dpo' || r.kind === 'bestOfN') && r.state === 'finished').sort((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
  const policy = await findModel(workspace, project, runs, 'policy', options.policy ?? last?.id);
  const reference = await optional(options.reference, () => startOf(context, project, policy), (name) => findModel(workspace, project, runs, 'policy', name));
  const reward = await optional(options.reward, () => findModel(workspace, project, runs, 'reward').catch(noModel), (name) => findModel(workspace, project, runs, 'reward', name));
  const modelRule = options.rule === undefined ? undefined : ruleOf(project, options.modelRule);
  const params = mergeParams(
    evaluateParamsSchema,
    {
      ...project.defaults.evaluate,
      // With something to compare with, one run tells before and after.
      compare: reference !== undefined,
      rules: project.rules.map(({ id, text, patterns }) => ({ id, text, ...(patterns === undefined ? {} : { patterns: [...patterns] }) })),
      ...(modelRule === undefined ? {} : { modelRule }),
      ...(options.judge === undefined ? {} : { judge: options.judge }),
    },
    options.params,
  );
  const file = options.texts ?? textsOf(project);
  const texts = file === undefined || file === 'none' ? { records: [], problems: [] } : await readTexts(workspace.root, file);
  const heldOut = options.heldOut === undefined || options.heldOut === 'none' ? undefined : await findModel(workspace, project, runs, 'reward', options.heldOut);
  const rule = options.rule === undefined ? undefined : await findModel(workspace, project, runs, 'reward', options.rule);
  const desired = await desiredAnswers(workspace.root, data, options.sft ?? project.evaluation?.sft);
  const questionsFile = options.choices ?? project.evaluation?.choices;
  const questions = questionsFile === undefined || questionsFile === 'none' ? { records: [], problems: [] } : await readChoices(workspace.root, questionsFile);
  const chosen = choosePrompts(data, options.prompts ?? { split: [...data.splits.values()].includes('test') ? 'test' : 'all' }, options.seed ?? 0);
  const ensembles = params.ensemble.objective === 'first' ? {} : { rewardMembers: await membersOf(workspace, runs, reward), heldOutMembers: await membersOf(workspace, runs, heldOut) };
  const named = namedModels({ policy, reference, reward, heldOut, rule, ...ensembles });
  return {
    plan: {
      run: {
        ...common(options, `evaluate ${policy.title}`),
        kind: 'evaluate',
        ...named,
        models: { ...named.models, policy: policy.path },
        params,
      },
      data: [...chosen.map((p) => ({ prompt: examplePrompt(p.content), promptHash: p.hash })), ...texts.records.map((text) => ({ text })), ...desired.records, ...questions.records],
    },
    says: `${policy.title} on ${plural(chosen.length, 'prompt')}${texts.records.length === 0 ? '' : `, ${plural(texts.records.length, 'plain text')}`}${desired.records.length === 0 ? '' : `, ${plural(desired.records.length, 'desired answer')}`}${questions.records.length === 0 ? '' : `, ${plural(questions.records.length, 'multiple-choice question')}`}${reward === undefined ? '' : `, scored by ${reward.title}`}${reference === undefined ? '' : `, against ${reference.title}`}.`,
    problems: [...data.problems, ...texts.problems, ...desired.problems, ...questions.problems],
  };
}

/** Desired answers of the held-out side, all where none is held out: what fine-tuning has taught should not be lost. */
async function desiredAnswers(root: string, data: Data, source: string | undefined): Promise<Read<Extract<Example<'evaluate'>, { completion: string }>>> {
  if (source === undefined || source === 'none') return { records: [], problems: [] };
  const { records, problems } = await examplesOf(root, data, source === 'reference' || source === 'chosen' ? source : { file: source });
  const answers = records.flatMap((e) => ('completion' in e ? [e] : []));
  const held = answers.filter((e) => e.split === 'test');
  return { records: (held.length > 0 ? held : answers).map(({ prompt, completion }) => ({ prompt, completion })), problems };
}

/** The rule that a reward model judges. @throws UserError when there is none, or not this one. */
function ruleOf(project: Project, name: string | undefined): string {
  const rule = name === undefined ? (project.rules.find((r) => (r.patterns ?? []).length === 0) ?? project.rules[0]) : project.rules.find((r) => r.id === name);
  if (rule !== undefined) return rule.id;
  throw new UserError('jobs.no-rule', name === undefined ? 'The project has no rule that a model could judge. Write some under "rules" in project.json.' : `There is no rule "${name}". There are: ${project.rules.map((r) => r.id).join(', ')}.`);
}

/** The model that the run of this one started from, else the project's first policy; nothing when that is the model itself. */
export async function startOf({ workspace, runs }: PlanContext, project: Project, policy: ModelRef): Promise<ModelRef | undefined> {
  const run = policy.run === undefined ? undefined : runs.find((r) => r.id === policy.run);
  const spec = run === undefined ? undefined : await readSpec(run.folder);
  const start = spec?.kind === 'ppo' || spec?.kind === 'dpo' || spec?.kind === 'bestOfN' ? spec.models.policy : spec?.kind === 'sft' ? spec.models.base : undefined;
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
