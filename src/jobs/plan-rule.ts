import { UserError } from '../base/errors';
import { plural } from '../base/text';
import { foldLabels } from '../domain/labels';
import { foldRuleMarks, type RuleMarks } from '../domain/rule-marks';
import { ruleParamsSchema } from '../protocol/run';
import { admissions, admittedWeights } from './admission';
import type { RunPlan } from './create';
import { findModel } from './model-ref';
import { common, examplePrompt, mergeParams, readData } from './plan';
import type { Data, PlanContext, PlanOptions, Planned } from './plan';
import { applyWeights } from './labeler-weights';

export interface RuleOptions extends PlanOptions {
  /** The language model that gets the outputs: a model of the project, a run or a folder. Not used with `params.deNovo`. */
  readonly base?: string;
  readonly task?: string;
}

/** A rule model from the workspace's marks on rules. @throws UserError when no label says anything about a rule, or there is no model. */
export async function planRule(context: PlanContext, options: RuleOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'rule' } }>>> {
  const data = await readData(context.workspace);
  const { project } = data;
  const wanted = options.params?.['rules'];
  const known = project.rules.map((r) => r.id);
  if (known.length === 0) throw new UserError('jobs.no-rules', 'The project has no rules. Write some under "rules" in project.json, and a task that asks for them.', { title: 'Edit Tasks', command: 'plumbline.editTasks' });
  const unknown = Array.isArray(wanted) ? wanted.find((r) => !known.includes(String(r))) as unknown : undefined;
  if (unknown !== undefined) throw new UserError('jobs.no-rule', `There is no rule ${JSON.stringify(unknown)}. There are: ${known.join(', ')}.`);
  const asked = Array.isArray(wanted) ? wanted.map(String) : known;
  const { current, problems } = foldLabels(data.lines);
  const checked = mergeParams(ruleParamsSchema.partial({ rules: true }), project.defaults.rule, { ...options.params, rules: asked });
  const admitted = applyWeights(admittedWeights(admissions(project, data.screening, current, current.map((l) => l.labeler))), checked.labelerWeights);
  const marks = foldRuleMarks(current, data.generations.flatMap((s) => s.records), { admitted, splits: data.splits, rules: asked, ...(options.task === undefined ? {} : { task: options.task }) });
  // A rule that nobody has judged cannot be learned; asked for by name, that is an error.
  const judged = asked.filter((rule) => trains(marks, rule));
  const silent = asked.filter((rule) => !judged.includes(rule));
  requireMarks(data, marks, judged, Array.isArray(wanted) ? silent : []);
  const params = { ...checked, rules: judged };
  const base = params.deNovo === undefined ? await findModel(context.workspace, project, context.runs, 'policy', options.base) : undefined;
  return {
    plan: {
      run: {
        ...common(options, 'rule model'),
        kind: 'rule',
        models: base === undefined ? {} : { base: base.path },
        hashes: base === undefined ? {} : { base: base.hash },
        parents: base?.run === undefined ? {} : { base: base.run },
        params,
      },
      data: marks.examples.map((e) => ({ ...e, prompt: examplePrompt(e.prompt), marks: e.marks.map((m) => ({ ...m })) })),
    },
    says: describeMarks(marks, judged, silent),
    problems: [...data.problems, ...problems, ...marks.problems],
  };
}

const trains = ({ examples }: RuleMarks, rule: string): boolean => examples.some((e) => e.split === 'train' && e.marks.some((m) => m.rule === rule));

function requireMarks(data: Data, { examples, notAdmitted }: RuleMarks, judged: readonly string[], silent: readonly string[]): void {
  const label = { title: 'Label answers', command: 'plumbline.rank' } as const;
  const left = notAdmitted === 0 ? '' : ` (${plural(notAdmitted, 'label')} by labelers who are not admitted)`;
  if (examples.length === 0) throw new UserError('jobs.no-marks', `No label says whether an answer breaks a rule${left}: judge some answers in a task with "rules".`, data.lines.length === 0 ? label : { title: 'Edit Tasks', command: 'plumbline.editTasks' });
  if (silent.length > 0) throw new UserError('jobs.no-marks', `No label of a prompt to train on says anything about ${silent.join(', ')}${left}. Judge answers by ${silent.length === 1 ? 'it' : 'them'}, or leave ${silent.length === 1 ? 'it' : 'them'} out of rules.`, label);
  if (judged.length === 0) throw new UserError('jobs.no-marks', 'All judged prompts are held out for testing: none is left to train on. Judge answers to more prompts.', label);
}

/** How many answers, and how often each rule is broken, in a sentence. */
function describeMarks({ examples, notAdmitted, settled }: RuleMarks, judged: readonly string[], silent: readonly string[]): string {
  const counts = judged.map((rule) => {
    const marks = examples.flatMap((e) => e.marks.filter((m) => m.rule === rule));
    return `${rule} broken ${marks.filter((m) => m.mark === 'broken').length} of ${marks.length}`;
  });
  const test = examples.filter((e) => e.split === 'test').length;
  const left = [
    ...(silent.length === 0 ? [] : [`${silent.join(', ')}, which nobody has judged`]),
    ...(settled === 0 ? [] : [`${plural(settled, 'label')} that an adjudication has settled`]),
    ...(notAdmitted === 0 ? [] : [`${plural(notAdmitted, 'label')} of labelers who are not admitted`]),
  ];
  return `${plural(examples.length, 'answer')} judged by rules (${counts.join('; ')}): ${examples.length - test} to train on, ${test} held out.${left.length === 0 ? '' : ` Left out: ${left.join(', ')}.`}`;
}
