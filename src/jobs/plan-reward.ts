import { UserError } from '../base/errors';
import { hashText } from '../base/hash';
import { plural } from '../base/text';
import { foldComparisons } from '../domain/comparisons';
import type { Comparisons } from '../domain/comparisons';
import { foldLabels } from '../domain/labels';
import type { Example } from '../protocol/data';
import { rewardParamsSchema } from '../protocol/run';
import { admissions, admittedWeights } from './admission';
import type { RunPlan } from './create';
import { applyWeights } from './labeler-weights';
import { findModel } from './model-ref';
import { common, examplePrompt, mergeParams, readData } from './plan';
import type { Data, PlanContext, PlanOptions, Planned } from './plan';

export interface RewardOptions extends PlanOptions {
  /** The language model that gets the score head: a model of the project, a run or a folder. Not used with `params.deNovo`. */
  readonly base?: string;
  readonly task?: string;
  /** Only the labels of one half of the prompts to train on, so that a second reward model can learn from the other; all are held out alike. */
  readonly half?: 1 | 2;
}

/** One half of the prompts to train on: by the hash of each, so that the halves stay as they are when prompts are added. */
export function halfOf(comparisons: Comparisons, half: 1 | 2): Comparisons {
  const isIn = (hash: string): boolean => parseInt(hashText(`half ${hash}`).slice(7, 9), 16) % 2 === half - 1;
  return { ...comparisons, examples: comparisons.examples.filter((e) => e.split === 'test' || isIn(e.promptHash)) };
}

/** Comparisons of admitted labelers, split by prompt: what a reward model learns from. Of every task when none is named. */
export function comparisonsOf(data: Data, { task, labelerWeights, criteria }: { readonly task?: string | undefined; readonly labelerWeights?: Readonly<Record<string, number>> | undefined; readonly criteria?: readonly string[] | undefined } = {}): Comparisons {
  const { current, problems } = foldLabels(data.lines);
  const admitted = applyWeights(admittedWeights(admissions(data.project, data.screening, current, current.map((l) => l.labeler))), labelerWeights);
  const folded = foldComparisons(current, data.generations.flatMap((s) => s.records), { admitted, splits: data.splits, ...(task === undefined ? {} : { task }), ...(criteria === undefined ? {} : { criteria }) });
  return { ...folded, problems: [...problems, ...folded.problems] };
}

/** A reward model from the workspace's labels. @throws UserError when there are no labels that say anything, or no model. */
export async function planReward(context: PlanContext, options: RewardOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'reward' } }>>> {
  const data = await readData(context.workspace);
  const params = mergeParams(rewardParamsSchema, data.project.defaults.reward, options.params);
  const all = comparisonsOf(data, { task: options.task, labelerWeights: params.labelerWeights, criteria: params.criteria });
  const comparisons = options.half === undefined ? all : halfOf(all, options.half);
  requireCriteria(comparisons, params.criteria);
  requireComparisons(data, comparisons);
  const base = params.deNovo === undefined ? await findModel(context.workspace, data.project, context.runs, 'policy', options.base) : undefined;
  return {
    plan: {
      run: {
        ...common(options, options.half === undefined ? 'reward model' : `reward model of half ${options.half}`),
        kind: 'reward',
        models: base === undefined ? {} : { base: base.path },
        hashes: base === undefined ? {} : { base: base.hash },
        parents: base?.run === undefined ? {} : { base: base.run },
        params,
      },
      data: comparisonExamples(comparisons),
    },
    says: describeComparisons(comparisons),
    problems: [...data.problems, ...comparisons.problems],
  };
}

/** @throws UserError for a criterion by which nothing was compared that is trained on. */
function requireCriteria({ examples }: Comparisons, criteria: readonly string[] | undefined): void {
  const missing = (criteria ?? []).filter((c) => !examples.some((e) => e.split === 'train' && e.pairs.some((p) => p.criterion === c)));
  if (missing.length === 0) return;
  const action = { title: 'Label answers', command: 'plumbline.rank' } as const;
  throw new UserError('jobs.no-criteria', `No label compares answers to a prompt to train on by ${missing.join(', ')}. Judge answers in a task with "criteria", or leave ${missing.length === 1 ? 'it' : 'them'} out of criteria.`, action);
}

/** @throws UserError that says what is missing when nothing is left to learn from. */
export function requireComparisons(data: Data, { examples, verdicts, notAdmitted }: Comparisons): void {
  const rank = { title: 'Label answers', command: 'plumbline.rank' } as const;
  if (data.lines.length === 0) {
    throw data.generations.some((s) => s.records.length > 0)
      ? new UserError('jobs.no-labels', 'There are no labels yet: rank some answers first (Plumbline: Label Answers).', rank)
      : new UserError('jobs.no-labels', 'There are no labels yet, and no answers to judge: generate some first (Plumbline: Generate Answers).', { title: 'Generate answers', command: 'plumbline.generate' });
  }
  if (examples.length === 0) {
    const others = Object.entries(verdicts).filter(([, n]) => n > 0).map(([verdict, n]) => `${n} ${verdict.replace('_', ' ')}`);
    const why = [...(others.length === 0 ? [] : [`admitted labels: ${others.join(', ')}`]), ...(notAdmitted === 0 ? [] : [`${notAdmitted} by labelers who are not admitted`])];
    throw new UserError('jobs.no-comparisons', `No label says that one answer is better than another${why.length === 0 ? '' : ` (${why.join('; ')})`}. Rank more answers, or admit labelers in project.json.`, rank);
  }
  if (!examples.some((e) => e.split === 'train')) {
    throw new UserError('jobs.no-comparisons', 'All judged prompts are held out for testing: none is left to train on. Rank answers to more prompts.', rank);
  }
}

/** As `data.jsonl` holds them. */
export function comparisonExamples({ examples }: Comparisons): Example<'reward'>[] {
  return examples.map((e) => ({ ...e, prompt: examplePrompt(e.prompt), responses: [...e.responses], pairs: e.pairs.map((p) => ({ ...p })) }));
}

/** How many there are of whom, and what was left out, in a sentence. */
export function describeComparisons({ examples, verdicts, notAdmitted, settled }: Comparisons): string {
  const pairs = examples.reduce((n, e) => n + e.pairs.length, 0);
  const ties = examples.reduce((n, e) => n + e.pairs.filter((p) => p.p === 0.5).length, 0);
  const labelers = new Set(examples.flatMap((e) => e.pairs.map((p) => p.labeler)));
  const test = examples.filter((e) => e.split === 'test').length;
  const silent = verdicts.all_bad + verdicts.unsure + verdicts.skipped;
  const left = [
    ...(silent === 0 ? [] : [`${plural(silent, 'label')} without an order (all bad ${verdicts.all_bad}, unsure ${verdicts.unsure}, skipped ${verdicts.skipped})`]),
    ...(verdicts.answered === 0 ? [] : [`${plural(verdicts.answered, 'label')} of tasks that ask for no preference`]),
    ...(settled === 0 ? [] : [`${plural(settled, 'label')} that an adjudication has settled`]),
    ...(notAdmitted === 0 ? [] : [`${plural(notAdmitted, 'label')} of labelers who are not admitted`]),
  ];
  return (
    `${plural(pairs, 'comparison')}${ties === 0 ? '' : ` (${plural(ties, 'tie')})`} of ${plural(examples.length, 'prompt')} by ${plural(labelers.size, 'labeler')}: ` +
    `${examples.length - test} to train on, ${test} held out.${left.length === 0 ? '' : ` Left out: ${left.join(', ')}.`}`
  );
}
