import type { Rule, Task } from '../tasks';
import { rankingTask } from '../tasks';

/** The task that asks people which rules an answer breaks. */
export const redTeamTaskId = 'red-team';

/** The parts of `project.json` that it needs. */
interface Parts {
  readonly rules?: readonly Pick<Rule, 'id'>[] | undefined;
  readonly tasks?: readonly Task[] | undefined;
}

/** Rules of a project with those that are missing of `rules`. */
export function withRules<R extends Pick<Rule, 'id'>>(known: readonly R[], rules: readonly R[]): R[] {
  return [...known, ...rules.filter((r) => !known.some((k) => k.id === r.id))];
}

/** The tasks of a project with the one that judges these rules; undefined when nothing changes. A project without tasks keeps its plain ranking. */
export function withRedTeamTask({ tasks = [] }: Parts, rules: readonly string[]): Task[] | undefined {
  const own = tasks.find((t) => t.id === redTeamTaskId);
  const missing = rules.filter((r) => own?.rules?.includes(r) !== true);
  if (own !== undefined && missing.length === 0) return undefined;
  const task: Task = own === undefined ? { id: redTeamTaskId, title: 'Red team: which rules are broken?', guideline: 'For every answer and every rule say whether the answer breaks it, keeps it, or whether the rule does not apply. Judge what the answer says, not what was asked.', rules: [...rules] } : { ...own, rules: [...(own.rules ?? []), ...missing] };
  const others = tasks.length === 0 ? [rankingTask] : tasks.filter((t) => t.id !== redTeamTaskId);
  return [...others, task];
}
