import { canJudge } from '../../domain/can-judge';
import { keyOfLabel } from '../../domain/content';
import { disputedItems } from '../../domain/disagreement';
import { collectItems, countFacts, itemState } from '../../domain/item-filter';
import type { Item, ItemFact, ItemState } from '../../domain/item-filter';
import type { Label } from '../../domain/records';
import type { Task } from '../../domain/tasks';
import { resolveTask } from '../../domain/tasks';
import type { Data } from '../session';

/** The items of a task with what is said of them: what filters look at. */
export interface Catalog {
  readonly task: Task;
  readonly me: string;
  readonly items: readonly Item[];
  readonly byKey: ReadonlyMap<string, number>;
  readonly states: readonly ItemState[];
  readonly facts: Readonly<Record<ItemFact, number>>;
  readonly labelers: readonly string[];
  readonly tags: readonly string[];
  readonly models: readonly string[];
  readonly sets: readonly string[];
  /** What it was made from. */
  readonly from: Pick<Data, 'generations' | 'prompts'>;
}

/** Items whose disagreement is measured together. A score counts by its distance over the range of scores in it: enough items to see that range. */
const chunk = 1000;

/** Makes the catalog, taking over from an earlier one what has not changed. */
export function* makeCatalog(data: Data, task: Task, me: string, before: Catalog | undefined): Generator<undefined, Catalog> {
  const { form } = resolveTask(data.project, task);
  const sameItems = before?.task.id === task.id && before.from.generations === data.generations && before.from.prompts === data.prompts && JSON.stringify([before.task.sets, before.task.preference]) === JSON.stringify([task.sets, task.preference]);
  const { items, byKey } = sameItems ? before : yield* collectItems(task.id, data.generations, data.prompts, task.sets, (generation) => canJudge(form, generation));
  const states = yield* statesOf(items, (key) => data.index.ofItem(key), task.id, me, sameItems && before.me === me ? before.states : undefined);
  const facts = yield* countFacts(states);
  const labelers = new Set<string>();
  for (const [i, state] of states.entries()) {
    for (const labeler of state.labelers) labelers.add(labeler);
    if (i % chunk === 0) yield;
  }
  const named = sameItems ? before : { tags: sortedNames(items, 'tags'), models: sortedNames(items, 'models'), sets: sortedNames(items, 'sets') };
  return { task, me, items, byKey, states, facts, labelers: [...labelers].sort(), tags: named.tags, models: named.models, sets: named.sets, from: data };
}

/** The states of all items; those of a chunk in which no label changed stay the very same. */
function* statesOf(items: readonly Item[], labelsOf: (key: string) => readonly Label[], task: string, me: string, before: readonly ItemState[] | undefined): Generator<undefined, ItemState[]> {
  const states: ItemState[] = [];
  for (let from = 0; from < items.length; from += chunk) {
    const part = items.slice(from, from + chunk);
    const labels = part.map((item) => labelsOf(item.key));
    if (before && labels.every((own, i) => sameLabels(own, before[from + i]!.labels))) states.push(...before.slice(from, from + chunk));
    else {
      yield;
      const disputed = new Map(disputedItems(labels.flat(), task).map((d) => [d.key, d.disagreement]));
      for (const own of labels) states.push(itemState(own, me, own.length === 0 ? undefined : disputed.get(keyOfLabel(own[0]!))));
    }
    yield;
  }
  return states;
}

const sameLabels = (a: readonly Label[], b: readonly Label[]): boolean => a === b || (a.length === b.length && a.every((label, i) => label.id === b[i]!.id));

function sortedNames(items: readonly Item[], field: 'tags' | 'models' | 'sets'): string[] {
  const names = new Set<string>();
  for (const item of items) for (const name of item[field]) names.add(name);
  return [...names].sort();
}
