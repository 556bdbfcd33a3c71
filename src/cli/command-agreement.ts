import type { Command } from 'commander';
import { UserError } from '../base/errors';
import type { Coefficient } from '../domain/agreement/coefficient';
import { agreementCollector } from '../domain/agreement/input';
import type { LabelerReport } from '../domain/agreement/labelers';
import type { AgreementReport, PartReport } from '../domain/agreement/report';
import { agreementReport } from '../domain/agreement/report';
import { keyOfGeneration } from '../domain/content';
import { foldLabels } from '../domain/labels';
import { findTask, resolveTask, tasksOf } from '../domain/tasks';
import type { TaskForm } from '../domain/tasks';
import { admissions } from '../jobs/admission';
import type { Admission } from '../jobs/admission';
import { readData } from '../jobs/plan';
import type { Data } from '../jobs/plan';
import { labelThreads, print, warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';

/** `plumbline agreement`: what the agreement panel shows, for a terminal or a script. */
export function addAgreement(program: Command): void {
  program
    .command('agreement')
    .summary('how far the labelers agree, and who may label')
    .description('Agreement of the labelers on one task, by part, with 95 % intervals (bootstrap over prompts), and each labeler by himself.')
    .option('--task <id>', "a task of project.json (default: the project's first)")
    .addHelpText('after', '\nExamples:\n  plumbline agreement\n  plumbline agreement --task rules --json')
    .action(async (_flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { task?: string }>();
      const data = await readData(await workspaceOf(options), labelThreads);
      warn(data.problems);
      const form = formOf(data, options.task);
      const { current } = foldLabels(data.lines);
      const collector = agreementCollector(form, new Map(data.generations.flatMap((s) => s.records).map((g) => [keyOfGeneration(g, form.id), g])), data.screening);
      for (const label of current) collector.add(label);
      const report = agreementReport(collector.finish());
      const admitted = admissions(data.project, data.screening, current, current.map((l) => l.labeler));
      print(options, { ...report, admissions: admitted }, () => agreementText(report, admitted));
    });
}

/** The form of a task. @throws UserError when the project has no task of that name. */
export function formOf(data: Data, id: string | undefined): TaskForm {
  const tasks = tasksOf(data.project);
  const task = id === undefined ? tasks[0]! : findTask(data.project, id);
  if (task === undefined) throw new UserError('cli.no-task', `project.json has no task "${id}". There ${tasks.length === 1 ? 'is' : 'are'}: ${tasks.map((t) => t.id).join(', ')}.`);
  return resolveTask(data.project, task).form;
}

/** The report in lines. */
export function agreementText(report: AgreementReport, admitted: readonly Admission[]): string {
  const why = new Map(admitted.map((a) => [a.labeler, a]));
  const head = `Task "${report.task}": ${report.labels} labels by ${report.ids.length} labelers, ${report.overlap} items judged by two or more, ${report.disputedTotal} of them disputed.`;
  const parts = report.parts.map(partText);
  const labelers = report.labelers.map((l) => labelerText(l, why.get(l.id)));
  return [head, ...(parts.length === 0 ? ['No two labelers have judged the same item: agreement needs that.'] : parts), ...(labelers.length === 0 ? [] : [`Labelers\n${labelers.join('\n')}`])].join('\n\n');
}

function partText({ title, units, coefficients, repeats }: PartReport): string {
  const line = (name: string, c: Coefficient): string => `  ${name.padEnd(18)} ${valueText(c)}${c.reason === undefined ? '' : `  ${c.reason}`}`;
  return [`${title} (${units} units judged by two or more)`, ...coefficients.map((c) => line(c.id, c)), ...repeats.map((c) => line(`again: ${c.id}`, c))].join('\n');
}

function labelerText(l: LabelerReport, admission: Admission | undefined): string {
  const facts = [
    `${l.labels} labels`,
    ...(l.seconds === undefined ? [] : [`${l.seconds.toFixed(1)} s an item`]),
    ...(l.agreement.value === undefined ? [] : [`with the others ${valueText(l.agreement)}`]),
    ...(l.firstPosition.value === undefined ? [] : [`first shown preferred ${valueText(l.firstPosition)}`]),
    ...(l.repeats.value === undefined ? [] : [`with himself ${valueText(l.repeats)}`]),
    ...(l.gold === undefined ? [] : [`gold ${l.gold.share.toFixed(3)} of ${l.gold.n}`]),
    ...(admission === undefined ? [] : [`${admission.admitted ? 'enters' : 'does not enter'} training (${admission.reason})`]),
  ];
  return [`  ${l.id}: ${facts.join('; ')}`, ...l.outlier.map((reason) => `    stands out: ${reason}`)].join('\n');
}

function valueText({ value, low, high, n }: Coefficient): string {
  if (value === undefined) return '–';
  return `${value.toFixed(3)}${low === undefined || high === undefined ? '' : ` [${low.toFixed(3)}, ${high.toFixed(3)}]`} (n ${n})`;
}
