import { slug } from '../base/ids';
import { canonicalJson } from '../base/json';
import { readyCriteria } from './ready-made';
import type { Criterion, Question, Rule, Scale, Task, TaskSource } from './tasks';

/**
 * Changes of the parts of a project that tasks are made of, as a form makes them. All are pure: the old draft stays as it
 * was. Fields that nobody here knows stay where they are.
 */

export type PartName = keyof TaskSource;
export const partNames: readonly PartName[] = ['criteria', 'questions', 'rules', 'tasks'];
/** The parts that tasks name. */
export type NamedPart = Exclude<PartName, 'tasks'>;
/** What stands in a part. */
export interface Elements {
  tasks: Task;
  criteria: Criterion;
  questions: Question;
  rules: Rule;
}

export const emptyParts: TaskSource = { tasks: [], criteria: [], questions: [], rules: [] };

/** The parts in the content of a project file; what is not there is empty. */
export function partsOf(raw: Readonly<Record<string, unknown>>): TaskSource {
  return Object.fromEntries(partNames.map((part) => [part, Array.isArray(raw[part]) ? raw[part] : []])) as unknown as TaskSource;
}

/** A project file's content with other parts: every other key as it was and where it was, no empty part added. */
export function withParts<T extends Readonly<Record<string, unknown>>>(raw: T, parts: TaskSource): T {
  return { ...raw, ...Object.fromEntries(partNames.filter((part) => part in raw || parts[part].length > 0).map((part) => [part, parts[part]])) };
}

/** An object with some fields changed, in its own order; undefined takes a field away. */
export function withFields<T extends object>(object: T, change: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries({ ...object, ...change }).filter(([, value]) => value !== undefined)) as T;
}

/** Changes fields of one element of a part. */
export function changeElement<P extends PartName>(draft: TaskSource, part: P, index: number, change: { readonly [K in keyof Elements[P]]?: Elements[P][K] | undefined }): TaskSource {
  const list = draft[part] as readonly Elements[P][];
  return { ...draft, [part]: list.map((element, i) => (i === index ? withFields(element, change) : element)) };
}

/** `name`, `name-2`, …: an id that none of these has. */
export function freeId(wanted: string, taken: readonly { readonly id: string }[]): string {
  const ids = new Set(taken.map((t) => t.id));
  for (let n = 1; ; n++) {
    const id = n === 1 ? wanted : `${wanted}-${n}`;
    if (!ids.has(id)) return id;
  }
}

/** A readable id for a title or a sentence: its first words. */
export function idFrom(text: string, otherwise: string): string {
  const words = slug(text, 60).split('-');
  let id = '';
  for (const word of words) {
    if (id !== '' && id.length + 1 + word.length > 28) break;
    id = id === '' ? word : `${id}-${word}`;
  }
  return text.trim() === '' || id === 'unnamed' ? otherwise : id.slice(0, 28);
}

/** Gives an element another id, and everything in the draft that names it. */
export function renameElement(draft: TaskSource, part: PartName, index: number, id: string): TaskSource {
  const before = draft[part][index]?.id;
  if (before === undefined || before === id) return draft;
  const renamed = (list: readonly string[] | undefined): readonly string[] | undefined => list?.map((name) => (name === before ? id : name));
  const next = changeElement(draft, part, index, { id });
  if (part === 'tasks') return next;
  const tasks = next.tasks.map((task) => (task[part]?.includes(before) === true ? withFields(task, { [part]: renamed(task[part]) }) : task));
  const questions = part === 'questions' ? next.questions.map((q) => (q.when?.question === before ? { ...q, when: { ...q.when, question: id } } : q)) : next.questions;
  return { ...next, tasks, questions };
}

/** Moves an element of a list. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

/** Adds an element to a part and to a task. */
export function addTo<P extends NamedPart>(draft: TaskSource, task: number, part: P, element: Elements[P]): TaskSource {
  return nameIn({ ...draft, [part]: [...draft[part], element] }, task, part, element.id);
}

/** Adds the name of an element to a task. */
export function nameIn(draft: TaskSource, task: number, part: NamedPart, id: string): TaskSource {
  const names = draft.tasks[task]?.[part] ?? [];
  return names.includes(id) ? draft : changeElement(draft, 'tasks', task, { [part]: [...names, id] });
}

/** Takes the name of an element out of a task; the element stays in the project. */
export function unnameIn(draft: TaskSource, task: number, part: NamedPart, id: string): TaskSource {
  const names = (draft.tasks[task]?.[part] ?? []).filter((name) => name !== id);
  return changeElement(draft, 'tasks', task, { [part]: names.length === 0 ? undefined : names });
}

/** Elements that no task names. */
export function unused<P extends NamedPart>(draft: TaskSource, part: P): readonly Elements[P][] {
  const named = new Set(draft.tasks.flatMap((task) => task[part] ?? []));
  return (draft[part] as readonly Elements[P][]).filter((element) => !named.has(element.id));
}

/**
 * Adds a task with what it names. Elements that the draft has already, word for word, are shared; of an id that means
 * something else there, a new one is made.
 * @returns the draft, and the index of the task in it
 */
export function addParts(draft: TaskSource, parts: TaskSource): { readonly draft: TaskSource; readonly task: number } {
  let add = parts;
  let next = draft;
  for (const part of ['criteria', 'questions', 'rules'] as const) {
    for (let i = 0; i < add[part].length; i++) {
      const element = add[part][i]!;
      const there = next[part].find((e) => e.id === element.id);
      if (there !== undefined && canonicalJson(there) === canonicalJson(element)) continue;
      if (there !== undefined) add = renameElement(add, part, i, freeId(element.id, [...next[part], ...add[part]]));
      next = { ...next, [part]: [...next[part], add[part][i]!] };
    }
  }
  const task = add.tasks[0]!;
  const id = freeId(task.id, next.tasks);
  const named = id === task.id ? task : withFields(task, { id, ...(task.title === undefined ? {} : { title: `${task.title} ${id.slice(task.id.length + 1)}` }) });
  return { draft: { ...next, tasks: [...next.tasks, named] }, task: next.tasks.length };
}

/** Adds a copy of a task after it; what it names is shared. */
export function duplicateTask(draft: TaskSource, index: number): TaskSource {
  const task = draft.tasks[index]!;
  const copy = withFields(task, { id: freeId(`${task.id}-copy`, draft.tasks), title: `${task.title ?? task.id} (copy)` });
  return { ...draft, tasks: [...draft.tasks.slice(0, index + 1), copy, ...draft.tasks.slice(index + 1)] };
}

/** A criterion of a task to be changed: a ready-made one is copied into the project first. Returns its index in `criteria`. */
export function ownCriterion(draft: TaskSource, id: string): { readonly draft: TaskSource; readonly index: number } {
  const index = draft.criteria.findIndex((c) => c.id === id);
  if (index >= 0) return { draft, index };
  const ready = readyCriteria.find((c) => c.id === id);
  return { draft: { ...draft, criteria: [...draft.criteria, structuredCloneOf(ready ?? { id })] }, index: draft.criteria.length };
}

const structuredCloneOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/**
 * An element with another title or text. An id that was made from the text before goes along, unless it is fixed (labels or
 * a saved project may name it).
 */
export function retitle(draft: TaskSource, part: PartName, index: number, field: 'title' | 'text', text: string, fixed: boolean): TaskSource {
  const element = draft[part][index]!;
  const before = (element as { readonly title?: string; readonly text?: string })[field] ?? '';
  const next = { ...draft, [part]: draft[part].map((e, i) => (i === index ? withFields(e as object, { [field]: text }) : e)) };
  const base = idFrom(before, singular[part]);
  if (fixed || !(element.id === base || (element.id.startsWith(`${base}-`) && /^-\d+$/.test(element.id.slice(base.length))))) return next;
  return renameElement(next, part, index, freeId(idFrom(text, singular[part]), next[part].filter((_, i) => i !== index)));
}

/** The id of an element that has no words yet. */
export const singular: Readonly<Record<PartName, string>> = { tasks: 'task', criteria: 'criterion', questions: 'question', rules: 'rule' };

/** A scale with other ends; the words of the ends go along. */
export function withEnds(scale: Scale, change: { readonly min?: number; readonly max?: number; readonly low?: string; readonly high?: string }): Scale {
  const { min = scale.min, max = scale.max } = change;
  const low = change.low ?? scale.labels?.[scale.min] ?? '';
  const high = change.high ?? scale.labels?.[scale.max] ?? '';
  const between = Object.entries(scale.labels ?? {}).filter(([point]) => Number(point) !== scale.min && Number(point) !== scale.max && Number(point) > min && Number(point) < max);
  const labels = Object.fromEntries([...(low === '' ? [] : [[String(min), low]]), ...between, ...(high === '' ? [] : [[String(max), high]])] as [string, string][]);
  return withFields<Scale>({ ...scale, min, max }, { labels: Object.keys(labels).length === 0 ? undefined : labels });
}

/**
 * A draft as it is written: lists without blank lines, texts without blanks around them, nothing empty that may be left out.
 * An element in which there is nothing to mend is the very same object.
 */
export function tidy(draft: TaskSource): TaskSource {
  return {
    tasks: draft.tasks.map((task) =>
      tidied(task, {
        ...optionalText(task, 'title'),
        ...(task.guideline?.trim() === '' ? { guideline: undefined } : {}),
        ...lines(task, 'flags'),
        ...lines(task, 'sets'),
        ...(task.queue !== undefined && Object.keys(task.queue).length === 0 ? { queue: undefined } : {}),
      }),
    ),
    criteria: draft.criteria.map((criterion) => tidied(criterion, { ...optionalText(criterion, 'title'), ...optionalText(criterion, 'description') })),
    questions: draft.questions.map((question) => tidied(question, { ...trimmed(question, 'text'), ...lines(question, 'choices'), ...lines(question, 'tags') })),
    rules: draft.rules.map((rule) =>
      tidied(rule, {
        ...trimmed(rule, 'text'),
        ...optionalText(rule, 'description'),
        ...lines(rule, 'patterns'),
        ...(rule.examples?.some((e) => e.text.trim() === '') === true ? { examples: rule.examples.filter((e) => e.text.trim() !== '') } : {}),
      }),
    ),
  };
}

function tidied<T extends object>(element: T, change: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.keys(change).length === 0 ? element : withFields(element, change);
}

function trimmed<T extends object, K extends keyof T & string>(element: T, key: K): { [P in K]?: T[P] } {
  const value = element[key];
  return typeof value === 'string' && value !== value.trim() ? ({ [key]: value.trim() } as { [P in K]?: T[P] }) : {};
}

function optionalText<T extends object, K extends keyof T & string>(element: T, key: K): { [P in K]?: T[P] | undefined } {
  const value = element[key];
  return typeof value === 'string' && value.trim() === '' ? ({ [key]: undefined } as { [P in K]?: T[P] | undefined }) : trimmed(element, key);
}

function lines<T extends object, K extends keyof T & string>(element: T, key: K): { [P in K]?: T[P] | undefined } {
  const value = element[key] as readonly string[] | undefined;
  if (value === undefined) return {};
  const kept = value.map((line) => line.trim()).filter((line) => line !== '');
  if (kept.length === value.length && kept.every((line, i) => line === value[i])) return {};
  return { [key]: kept.length === 0 ? undefined : kept } as { [P in K]?: T[P] | undefined };
}
