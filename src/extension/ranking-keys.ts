import type { Problem } from '../base/problems';
import { plural } from '../base/text';
import { canJudge, mostCards } from '../domain/can-judge';
import { keyOfGeneration } from '../domain/content';
import type { Generation, ScreeningItem } from '../domain/records';
import type { Task, TaskForm } from '../domain/tasks';
import type { DataSet } from '../store/data-files';

/** So many items of a file are named; of more, the number is told. */
const mostNamed = 20;

/**
 * The keys of a task's items, in the order of the files, of the sets that it is about (and of one of them, when it is named).
 * What it cannot ask about is told by file.
 */
export function keysOf(form: TaskForm, task: Task, sets: readonly DataSet<Generation>[], byKey: ReadonlyMap<string, Generation>, batch?: string): { readonly keys: string[]; readonly problems: Problem[] } {
  const wanted = sets.filter((set) => (batch === undefined ? task.sets === undefined || task.sets.includes(set.name) : set.name === batch));
  const problems: Problem[] = [];
  for (const { file, records } of wanted) {
    const tooMany = records.filter((g) => g.responses.length > mostCards && new Set(g.responses.map((r) => r.hash)).size > mostCards);
    for (const g of tooMany.slice(0, mostNamed)) problems.push({ file, severity: 'warning', message: `${g.id} has ${new Set(g.responses.map((r) => r.hash)).size} different answers; labeling takes ${mostCards} at most` });
    if (tooMany.length > mostNamed) problems.push({ file, severity: 'warning', message: `${plural(tooMany.length - mostNamed, 'more item')} with more than ${mostCards} different answers` });
    if (form.preference?.form !== 'pairwise') continue;
    const others = records.filter((g) => !tooMany.includes(g) && g.responses.some((r) => r.hash !== g.responses[0]!.hash) && !canJudge(form, g)).length;
    if (others > 0) problems.push({ file, severity: 'warning', message: `${plural(others, 'item')} without exactly two different answers: the task "${task.id}" compares two` });
  }
  const keys: string[] = [];
  if (wanted.length === sets.length) {
    for (const [key, g] of byKey) if (canJudge(form, g)) keys.push(key);
    return { keys, problems };
  }
  // Making a key costs more than looking for a record: only a record that stands for another of the same answers needs it made.
  const own = new Set(wanted.flatMap((set) => set.records));
  const found = new Set<Generation>();
  for (const [key, g] of byKey) {
    if (!own.has(g)) continue;
    found.add(g);
    if (canJudge(form, g)) keys.push(key);
  }
  if (found.size === own.size) return { keys, problems };
  const known = new Set(keys);
  for (const g of own) if (!found.has(g) && canJudge(form, g)) known.add(keyOfGeneration(g, task.id));
  return { keys: [...known], problems };
}

/** Screening items of a task that it cannot ask about are left out of the test, and told by file. */
export function screeningProblems(form: TaskForm, sets: readonly DataSet<ScreeningItem>[]): Problem[] {
  return sets.flatMap(({ file, records }): Problem[] => {
    const out = records.filter((item) => (item.task ?? 'ranking') === form.id && !canJudge(form, item)).length;
    return out === 0 ? [] : [{ file, severity: 'warning', message: `${plural(out, 'screening item')} left out, which the task "${form.id}" cannot ask about` }];
  });
}
