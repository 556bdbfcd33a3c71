import { readyCriteria } from './ready-made';
import type { PartName } from './task-draft';
import type { Criterion, Question, Rule, Scale, Task, TaskSource } from './tasks';
import { resolveTask } from './tasks';

/** What is wrong with a draft, at the field where it can be mended. */
export interface FieldFault {
  readonly part: PartName;
  /** Of the element in its part. */
  readonly index: number;
  /** Empty: the element as a whole. */
  readonly field: string;
  readonly message: string;
  /** An error keeps the draft from being saved. */
  readonly severity: 'error' | 'warning';
}

type Say = (field: string, message: string, severity?: 'error' | 'warning') => void;

/**
 * Checks a tidied draft. What has no error here is valid in `project.json`: the schemas of `src/protocol/project.ts` say
 * the same, and every name in a task stands for something.
 * @param sets names of the sets of answers that there are, when known
 */
export function checkDraft(draft: TaskSource, sets?: readonly string[]): FieldFault[] {
  const faults: FieldFault[] = [];
  const each = <T extends { readonly id: string }>(part: PartName, list: readonly T[], check: (element: T, say: Say) => void): void => {
    for (const [index, element] of list.entries()) {
      const say: Say = (field, message, severity = 'error') => void faults.push({ part, index, field, message, severity });
      const fault = idFault(element.id, list.filter((e) => e !== element));
      if (fault !== undefined) say('id', fault);
      check(element, say);
    }
  };
  each('criteria', draft.criteria, checkCriterion);
  each('questions', draft.questions, checkQuestion);
  each('rules', draft.rules, checkRule);
  each('tasks', draft.tasks, (task, say) => {
    checkTask(task, say);
    for (const fault of resolveTask(draft, task).faults) say(fault.includes('depends on') ? 'questions' : '', `${fault[0]!.toUpperCase()}${fault.slice(1)}.`);
    for (const name of task.sets ?? []) if (sets?.includes(name) === false) say('sets', `There is no set of answers named "${name}" now.`, 'warning');
    checkConditions(draft, task, say);
  });
  return faults;
}

/** Why this cannot be an id among these; undefined when it can. */
export function idFault(id: string, others: readonly { readonly id: string }[]): string | undefined {
  if (id === '') return 'An id is needed: it stands in every label.';
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) return 'An id begins with a letter or digit and has only letters, digits, dots, hyphens and underscores.';
  return others.some((other) => other.id === id) ? `There is another one with the id "${id}".` : undefined;
}

function checkTask(task: Task, say: Say): void {
  const asks = task.preference !== undefined || [task.criteria, task.questions, task.rules, task.flags].some((list) => (list?.length ?? 0) > 0) || task.rationale !== undefined;
  if (!asks) say('', 'This task asks nothing yet: choose a preference, or add criteria, questions, rules or flags.');
  if (task.preference?.strength === true && task.preference.form !== 'pairwise') say('preference', 'How much better is asked of two answers only: choose the pairwise form.', 'warning');
  if (task.preference?.ties === false && task.preference.form === 'best') say('preference', 'With a best pick nothing else is compared, so that nothing can be tied.', 'warning');
  count(task.rationaleMinLength, 'rationaleMinLength', say);
  if ((task.rationaleMinLength ?? 0) > 0 && task.rationale === undefined) say('rationaleMinLength', 'No reason is asked for, so that it needs no length.', 'warning');
  distinct(task.flags, 'flags', 'flag', say);
  if (typeof task.confidence === 'object') checkScale(task.confidence, 'confidence', say);
  const { queue } = task;
  if (queue?.overlap !== undefined && !(Number.isInteger(queue.overlap) && queue.overlap >= 1)) say('queue.overlap', 'A whole number from 1 on, or empty for everybody.');
  for (const field of ['repeats', 'gold'] as const) if (queue?.[field] !== undefined && !(queue[field] >= 0 && queue[field] <= 0.5)) say(`queue.${field}`, 'From 0 to 50 percent.');
  if (queue?.floor !== undefined && !(queue.floor >= 0 && queue.floor <= 1)) say('queue.floor', 'From 0 to 100 percent.');
}

function checkCriterion(criterion: Criterion, say: Say): void {
  if (criterion.scale) checkScale(criterion.scale, 'scale', say);
  if (criterion.description === undefined && !readyCriteria.some((c) => c.id === criterion.id)) say('description', 'Without a guideline every labeler understands something else by it.', 'warning');
}

function checkQuestion(question: Question, say: Say): void {
  if (question.text === '') say('text', 'The question itself is missing.');
  if (question.kind === 'choice' || question.kind === 'multiple' || question.choices !== undefined) {
    const n = question.choices?.length ?? 0;
    if (n < 2 || n > 20) say('choices', 'Two to twenty choices, one a line.');
    distinct(question.choices, 'choices', 'choice', say);
  }
  if (question.kind === 'span' || question.tags !== undefined) {
    const n = question.tags?.length ?? 0;
    if (n < 1 || n > 9) say('tags', 'One to nine tags, one a line.');
    distinct(question.tags, 'tags', 'tag', say);
    if (question.kind === 'span' && question.per !== 'answer') say('per', 'Spans are marked in answers: ask for each answer.');
  }
  if (question.scale) checkScale(question.scale, 'scale', say);
  count(question.minLength, 'minLength', say);
  if (question.when && idFault(question.when.question, []) !== undefined) say('when', 'Choose the question that it depends on.');
  else if (question.when?.is.length === 0) say('when', 'Choose the answers after which it is asked.');
}

function checkRule(rule: Rule, say: Say): void {
  if (rule.text === '') say('text', 'The rule itself is missing: one sentence that labelers can judge.');
  for (const [i, pattern] of (rule.patterns ?? []).entries()) {
    try {
      RegExp(pattern, 'iu');
      RegExp(pattern, 'giu');
    } catch (error) {
      say('patterns', `Line ${i + 1} is no regular expression: ${error instanceof Error ? error.message : ''}`);
    }
  }
}

function checkScale(scale: Scale, field: string, say: Say): void {
  if (!Number.isInteger(scale.min) || !Number.isInteger(scale.max)) say(field, 'Both ends of a scale are whole numbers.');
  else if (scale.max <= scale.min) say(field, 'A scale ends higher than it begins.');
  else if (scale.max - scale.min > 20) say(field, 'A scale has 21 points at most.');
  else if (scale.labels?.[scale.min] === undefined || scale.labels[scale.max] === undefined) say(field, 'Word both ends, so that everybody means the same by a number.', 'warning');
}

/** Whether what a question waits for can happen: its values are answers of the earlier question. */
function checkConditions(draft: TaskSource, task: Task, say: Say): void {
  for (const id of task.questions ?? []) {
    const question = draft.questions.find((q) => q.id === id);
    const earlier = draft.questions.find((q) => q.id === question?.when?.question);
    if (!question?.when || !earlier) continue;
    const possible = answersOf(earlier);
    if (possible !== undefined && !question.when.is.some((value) => possible.includes(value))) say('questions', `The question "${id}" is never asked: "${earlier.id}" cannot be answered with what it waits for.`, 'warning');
  }
}

/** The answers that a question can have; undefined when there is no end of them. */
export function answersOf(question: Question): readonly (boolean | number | string)[] | undefined {
  if (question.kind === 'yes-no') return [true, false];
  if (question.kind === 'choice' || question.kind === 'multiple') return question.choices ?? [];
  if (question.kind !== 'scale') return undefined;
  const { min, max } = question.scale ?? { min: 1, max: 7 };
  return Array.from({ length: Math.max(0, Math.min(21, max - min + 1)) }, (_, i) => min + i);
}

function distinct(list: readonly string[] | undefined, field: string, what: string, say: Say): void {
  const twice = list?.find((entry, i) => list.indexOf(entry) !== i);
  if (twice !== undefined) say(field, `The ${what} "${twice}" stands there twice.`);
}

function count(value: number | undefined, field: string, say: Say): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 0)) say(field, 'A whole number from 0 on.');
}
