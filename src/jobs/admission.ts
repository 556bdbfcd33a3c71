import type { Label, ScreeningItem } from '../domain/records';
import { screeningItemsFor, screeningResult } from '../domain/screening';
import { findTask, resolveTask } from '../domain/tasks';
import type { Project } from '../protocol/project';

/** Whether a labeler's labels enter training, with which weight, and why. */
export interface Admission {
  readonly labeler: string;
  readonly admitted: boolean;
  readonly weight: number;
  /** In words, for reports. */
  readonly reason: string;
}

/**
 * Who is admitted. What `labelers` of the project says of a person counts first. Where screening is required, whoever has
 * passed the screening of every task that has one is admitted, and nobody else; where it is not, everybody is.
 * @param current standing labels, screening labels among them
 */
export function admissions(project: Project, screening: readonly ScreeningItem[], current: readonly Label[], ids: Iterable<string>): Admission[] {
  const tasks = [...new Set(screening.map((item) => item.task ?? 'ranking'))].sort();
  const listed = new Map(project.labelers.map((l) => [l.id, l]));
  const tests = new Map<string, Label[]>();
  for (const label of current) {
    if (label.kind !== 'screening') continue;
    const own = tests.get(label.labeler);
    if (own) own.push(label);
    else tests.set(label.labeler, [label]);
  }
  return [...new Set(ids)].sort().map((labeler) => {
    const entry = listed.get(labeler);
    const weight = entry?.weight ?? 1;
    if (entry?.admitted !== undefined) return { labeler, admitted: entry.admitted, weight, reason: entry.admitted ? 'admitted in project.json' : 'refused in project.json' };
    const results = tasks.map((task) => ({ task, ...resultOf(project, screening, task, labeler, tests.get(labeler) ?? []) }));
    const told = results.filter((r) => r.done > 0).map((r) => `${r.passed === true ? 'passed' : r.passed === false ? 'failed' : 'has not finished'} the screening of “${r.task}”: ${r.reason}`);
    const reason = told.length > 0 ? told.join('; ') : 'has not taken the screening';
    if (!project.screening.required) return { labeler, admitted: true, weight, reason: told.length > 0 ? `screening is not required (${reason})` : 'screening is not required' };
    if (tasks.length === 0) return { labeler, admitted: false, weight, reason: 'screening is required, but there is no screening set: make one, or admit the labeler in project.json' };
    return { labeler, admitted: results.every((r) => r.passed === true), weight, reason };
  });
}

/** The admitted with their weights, as comparisons take them. */
export function admittedWeights(list: readonly Admission[]): Map<string, number> {
  return new Map(list.flatMap((a) => (a.admitted ? [[a.labeler, a.weight] as const] : [])));
}

function resultOf(project: Project, screening: readonly ScreeningItem[], task: string, labeler: string, tests: readonly Label[]): ReturnType<typeof screeningResult> {
  const { threshold, rule, items } = project.screening;
  const found = findTask(project, task);
  return screeningResult(labeler, screeningItemsFor(screening, task, items), tests.filter((l) => l.task === task), { threshold, rule, ...(found === undefined ? {} : { form: resolveTask(project, found).form }) });
}
