import { plural } from '../base/text';
import { generateParamsSchema } from '../protocol/run';
import type { RunPlan } from './create';
import { findModel } from './model-ref';
import { choosePrompts, common, examplePrompt, mergeParams, readData } from './plan';
import type { PlanContext, PlanOptions, Planned, PromptChoice } from './plan';

export interface GenerateOptions extends PlanOptions {
  /** A model of the project, a run or a folder; the project's first policy when left out. */
  readonly policy?: string;
  readonly prompts?: PromptChoice;
}

/** Answers of a model to the workspace's prompts. @throws UserError when there are no prompts, or no model. */
export async function planGenerate(context: PlanContext, options: GenerateOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'generate' } }>>> {
  const data = await readData(context.workspace);
  const chosen = choosePrompts(data, options.prompts ?? {}, options.seed ?? 0);
  const policy = await findModel(context.workspace, data.project, context.runs, 'policy', options.policy);
  const params = mergeParams(generateParamsSchema, data.project.defaults.generate, options.params);
  return {
    plan: {
      run: {
        ...common(options, `answers of ${policy.title}`),
        kind: 'generate',
        models: { policy: policy.path },
        hashes: { policy: policy.hash },
        parents: policy.run === undefined ? {} : { policy: policy.run },
        params,
      },
      data: chosen.map((p) => ({ id: p.hash.slice(7, 23), prompt: examplePrompt(p.content), promptHash: p.hash })),
    },
    says: `${plural(chosen.length, 'prompt')} × ${plural(params.n, 'answer')} by ${policy.title}.`,
    problems: data.problems,
  };
}
