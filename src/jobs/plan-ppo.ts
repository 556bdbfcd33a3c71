import { UserError } from '../base/errors';
import { plural } from '../base/text';
import { ppoParamsSchema } from '../protocol/run';
import type { RunPlan } from './create';
import { findModel } from './model-ref';
import { choosePrompts, common, examplePrompt, mergeParams, readData } from './plan';
import type { PlanContext, PlanOptions, Planned, PromptChoice } from './plan';
import { textsOf } from './plan-evaluate';
import { readTexts } from './texts';

export interface PpoOptions extends PlanOptions {
  /** The model to tune: a model of the project, a run or a folder; the project's first policy when left out. */
  readonly policy?: string;
  /** The reward model: a reward run or a folder; the last finished reward run when left out. */
  readonly reward?: string;
  readonly prompts?: PromptChoice;
  /** As in {@link EvaluateOptions}: plain texts whose perplexity is measured before and after. */
  readonly texts?: string;
}

/** Tuning with PPO. @throws UserError when there are no prompts, no policy or no reward model. */
export async function planPpo(context: PlanContext, options: PpoOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'ppo' } }>>> {
  const data = await readData(context.workspace);
  const chosen = choosePrompts(data, options.prompts ?? {}, options.seed ?? 0);
  const reward = await findModel(context.workspace, data.project, context.runs, 'reward', options.reward);
  const policy = await findModel(context.workspace, data.project, context.runs, 'policy', options.policy);
  const params = mergeParams(ppoParamsSchema, data.project.defaults.ppo, options.params);
  const file = options.texts ?? textsOf(data.project);
  const texts = file === undefined || file === 'none' ? { records: [], problems: [] } : await readTexts(context.workspace.root, file);
  const train = chosen.filter((p) => p.split === 'train').length;
  if (train === 0) throw new UserError('jobs.no-prompts', 'All chosen prompts are held out for testing: none is left to tune on. Choose more prompts.', { title: 'Import prompts', command: 'plumbline.import' });
  return {
    plan: {
      run: {
        ...common(options, `tune ${policy.title}`),
        kind: 'ppo',
        models: { policy: policy.path, reward: reward.path },
        hashes: { policy: policy.hash, reward: reward.hash },
        parents: { ...(policy.run === undefined ? {} : { policy: policy.run }), ...(reward.run === undefined ? {} : { reward: reward.run }) },
        params,
      },
      data: [...chosen.map((p) => ({ prompt: examplePrompt(p.content), split: p.split })), ...texts.records.map((text) => ({ text }))],
    },
    says: `${plural(params.updates, 'update')} of ${params.batchSize} answers, ${plural(train, 'prompt')} to tune on and ${chosen.length - train} held out; ${policy.title} against ${reward.title}.${texts.records.length === 0 ? ' No plain texts to measure the alignment tax on: name a file as "evaluation.texts" in project.json.' : ` Perplexity of ${plural(texts.records.length, 'plain text')} before and after.`}`,
    problems: [...data.problems, ...texts.problems],
  };
}
