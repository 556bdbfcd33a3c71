import { oneLine } from '../../base/text';
import type { AgreementReport } from '../../domain/agreement/report';
import { contentOf } from '../../domain/content';
import type { Label } from '../../domain/records';
import { screeningItemsFor, screeningResult } from '../../domain/screening';
import type { TaskForm } from '../../domain/tasks';
import { findTask, resolveTask, tasksOf } from '../../domain/tasks';
import { admissions } from '../../jobs/admission';
import type { AgreementView, LabelerStanding } from '../../protocol/panels-agreement';
import type { Data } from '../session';

/** The form of a task; that of the first task when there is none of that name. */
export function formOf({ project }: Data, task: string | undefined): TaskForm {
  const found = (task === undefined ? undefined : findTask(project, task)) ?? tasksOf(project)[0]!;
  return resolveTask(project, found).form;
}

/** What the page shows, with the numbers that are known. */
export function viewOf(data: Data, form: TaskForm, me: string, report: AgreementReport | undefined, computing: boolean): AgreementView {
  const { project } = data;
  const items = screeningItemsFor(data.screening.flatMap((s) => s.records), form.id, project.screening.items);
  const generations = data.byKey(form.id);
  const asked = (report?.disputed ?? []).flatMap(({ key }) => {
    const g = generations.get(key);
    const content = g && contentOf(g);
    const text = typeof content === 'string' ? content : content?.at(-1)?.content;
    return text === undefined ? [] : [[key, oneLine(text, 160)] as const];
  });
  return {
    tasks: tasksOf(project).map((t) => ({ id: t.id, title: t.title ?? t.id })),
    task: form.id,
    ...(report ? { report } : {}),
    computing,
    asked: Object.fromEntries(asked),
    labelers: standings(data, form, items, me, report),
    me,
    screening: { items: items.length, threshold: project.screening.threshold, rule: project.screening.rule, required: project.screening.required },
  };
}

function standings(data: Data, form: TaskForm, items: ReturnType<typeof screeningItemsFor>, me: string, report: AgreementReport | undefined): LabelerStanding[] {
  const { project } = data;
  const tests = new Map<string, Label[]>();
  for (const label of data.labels) {
    if (label.kind !== 'screening' || label.task !== form.id) continue;
    const list = tests.get(label.labeler);
    if (list) list.push(label);
    else tests.set(label.labeler, [label]);
  }
  const ids = [...new Set([...(report?.labelers ?? []).map((l) => l.id), ...project.labelers.map((l) => l.id), ...tests.keys(), me])];
  const admitted = new Map(admissions(project, data.screening.flatMap((set) => set.records), data.labels, ids).map((a) => [a.labeler, a]));
  return ids.map((id) => {
    const listed = project.labelers.find((l) => l.id === id);
    return {
      id,
      ...(listed?.name === undefined ? {} : { name: listed.name }),
      ...(listed?.simulated === undefined ? {} : { simulated: listed.simulated }),
      ...(listed?.admitted === undefined ? {} : { admitted: listed.admitted }),
      inTraining: admitted.get(id)!.admitted,
      why: admitted.get(id)!.reason,
      ...(items.length === 0 ? {} : { screening: screeningResult(id, items, tests.get(id) ?? [], { ...project.screening, form, items: items.length }) }),
    };
  });
}
