import { dpoParamsSchema } from '../protocol/run';
import type { RunPlan } from './create';
import { findModel } from './model-ref';
import { common, mergeParams, readData } from './plan';
import type { PlanContext, PlanOptions, Planned } from './plan';
import { comparisonExamples, comparisonsOf, describeComparisons, requireComparisons } from './plan-reward';

export interface DpoOptions extends PlanOptions {
  /** The model to tune: a model of the project, a run or a folder; the project's first policy when left out. */
  readonly policy?: string;
  readonly task?: string;
}

/** Tuning on the workspace's labels without a reward model. @throws UserError when there are no labels that say anything, or no model. */
export async function planDpo(context: PlanContext, options: DpoOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'dpo' } }>>> {
  const data = await readData(context.workspace);
  const params = mergeParams(dpoParamsSchema, data.project.defaults.dpo, options.params);
  const comparisons = comparisonsOf(data, { task: options.task, labelerWeights: params.labelerWeights });
  requireComparisons(data, comparisons);
  const policy = await findModel(context.workspace, data.project, context.runs, 'policy', options.policy);
  return {
    plan: {
      run: {
        ...common(options, `dpo of ${policy.title}`),
        kind: 'dpo',
        models: { policy: policy.path },
        hashes: { policy: policy.hash },
        parents: policy.run === undefined ? {} : { policy: policy.run },
        params,
      },
      data: comparisonExamples(comparisons),
    },
    says: `${policy.title} by DPO: ${describeComparisons(comparisons)}`,
    problems: [...data.problems, ...comparisons.problems],
  };
}
