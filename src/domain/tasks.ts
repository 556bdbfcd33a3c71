import { hashText } from '../base/hash';
import { canonicalJson } from '../base/json';
import { readyCriteria } from './ready-made';

/**
 * What labelers are asked: the parts of `project.json` that make up a labeling task. The schemas are in
 * `src/protocol/project.ts`; here are the plain types, and how a task's names become a form to be filled in.
 */

export interface Scale {
  readonly min: number;
  readonly max: number;
  /** Words for some of the points, the ends at least: `{"1": "useless", "7": "could not be better"}`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What makes an answer good. */
export interface Criterion {
  readonly id: string;
  readonly title?: string | undefined;
  /** The guideline: what labelers are told. */
  readonly description?: string | undefined;
  readonly scale?: Scale | undefined;
}

export interface Rule {
  readonly id: string;
  /** What must not happen, or must, in one sentence. */
  readonly text: string;
  readonly description?: string | undefined;
  readonly examples?: readonly { readonly text: string; readonly violates: boolean }[] | undefined;
  /** Regular expressions (flags `iu`); an answer that matches one breaks the rule. For automatic attacks. */
  readonly patterns?: readonly string[] | undefined;
}

export type QuestionKind = 'yes-no' | 'choice' | 'multiple' | 'scale' | 'text' | 'span';
/** What a question is about: the prompt, each answer by itself, or the answers together. */
export type QuestionPer = 'prompt' | 'answer' | 'pair';

export interface Question {
  readonly id: string;
  readonly text: string;
  readonly kind: QuestionKind;
  /** `prompt` when absent. */
  readonly per?: QuestionPer | undefined;
  /** Of `choice` and `multiple`. */
  readonly choices?: readonly string[] | undefined;
  /** Of `scale`; 1 to 7 when absent. */
  readonly scale?: Scale | undefined;
  /** Of `text`: characters at least, when anything is written or an answer is required. */
  readonly minLength?: number | undefined;
  /** Of `span`: the tags that a marked stretch can have. */
  readonly tags?: readonly string[] | undefined;
  readonly required?: boolean | undefined;
  /** Shown only when an earlier question (of the same answer, when both are per answer) was answered with one of these values. */
  readonly when?: { readonly question: string; readonly is: readonly (boolean | number | string)[] } | undefined;
}

export interface Preference {
  /** `ranking`: any number of answers; `best`: only the best one is named, the others are worse; `pairwise`: two answers. */
  readonly form: 'ranking' | 'best' | 'pairwise';
  /** Of two answers: also how much better (four degrees). */
  readonly strength?: boolean | undefined;
  /** Whether answers may be tied; they may when absent. */
  readonly ties?: boolean | undefined;
  /** What an answer without a rank means at first; the labeler can say otherwise for each item. */
  readonly rest?: 'subset' | 'top_k' | undefined;
}

export type QueueOrder = 'in-order' | 'random' | 'uncertainty' | 'information';

/** Which item comes next, and to whom. */
export interface QueueOptions {
  readonly order?: QueueOrder | undefined;
  /** So many labelers judge each item; all of them when absent. */
  readonly overlap?: number | undefined;
  /** Share of items that come again in another order, 0 to 0.5. */
  readonly repeats?: number | undefined;
  /** Share of items whose answer the researchers know, 0 to 0.5. */
  readonly gold?: number | undefined;
  /** Share of the choice that stays uniform, so that every item keeps a chance (uncertainty, information). */
  readonly floor?: number | undefined;
}

/** A labeling task as it stands in `project.json`: names of criteria, questions and rules that stand there, too. */
export interface Task {
  readonly id: string;
  readonly title?: string | undefined;
  /** The guideline that stands beside the item: paragraphs of plain text. */
  readonly guideline?: string | undefined;
  readonly preference?: Preference | undefined;
  readonly criteria?: readonly string[] | undefined;
  /** A score of each answer by each criterion, or which answer is better by it. */
  readonly criteriaForm?: 'scale' | 'preference' | undefined;
  readonly questions?: readonly string[] | undefined;
  readonly rules?: readonly string[] | undefined;
  /** Flags for each answer. */
  readonly flags?: readonly string[] | undefined;
  readonly rationale?: 'optional' | 'required' | undefined;
  readonly rationaleMinLength?: number | undefined;
  /** How sure the labeler is; `true` means 1 to 5. */
  readonly confidence?: boolean | Scale | undefined;
  /** Names of the sets of answers that it is about; all when absent. */
  readonly sets?: readonly string[] | undefined;
  readonly queue?: QueueOptions | undefined;
}

/** The parts of a project that tasks are made of. */
export interface TaskSource {
  readonly criteria: readonly Criterion[];
  readonly questions: readonly Question[];
  readonly rules: readonly Rule[];
  readonly tasks: readonly Task[];
}

/** A task with everything that it names, ready to be shown. Plain data: it crosses to the panel. */
export interface TaskForm {
  readonly id: string;
  readonly title: string;
  readonly guideline: string;
  readonly preference?: Preference;
  readonly criteria: readonly Criterion[];
  readonly criteriaForm: 'scale' | 'preference';
  readonly questions: readonly Question[];
  readonly rules: readonly Rule[];
  readonly flags: readonly string[];
  readonly rationale: 'off' | 'optional' | 'required';
  readonly rationaleMinLength: number;
  readonly confidence?: Scale;
}

export const defaultScale: Scale = { min: 1, max: 7 };
const confidenceScale: Scale = { min: 1, max: 5, labels: { 1: 'guessing', 5: 'certain' } };

/** What every project can do: rank, with ties. */
export const rankingTask: Task = { id: 'ranking', title: 'Ranking', preference: { form: 'ranking' } };

/** The project's tasks; the plain ranking when it has none. */
export function tasksOf(source: TaskSource): readonly Task[] {
  return source.tasks.length > 0 ? source.tasks : [rankingTask];
}

/** The task of a name. `ranking` is always there; undefined for any other that the project does not have. */
export function findTask(source: TaskSource, id: string): Task | undefined {
  return source.tasks.find((t) => t.id === id) ?? (id === rankingTask.id ? rankingTask : undefined);
}

/** A task as a form, and a sentence for each name in it that stands for nothing. Ready-made criteria need not stand in the project. */
export function resolveTask(source: TaskSource, task: Task): { readonly form: TaskForm; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const pick = <T extends { readonly id: string }>(ids: readonly string[] | undefined, from: readonly T[], what: string): T[] =>
    (ids ?? []).flatMap((id) => {
      const found = from.find((x) => x.id === id);
      if (found) return [found];
      faults.push(`the task "${task.id}" names the ${what} "${id}", which project.json does not have`);
      return [];
    });
  const own = new Set(source.criteria.map((c) => c.id));
  const questions = pick(task.questions, source.questions, 'question');
  for (const [i, q] of questions.entries()) {
    if (q.when && !questions.slice(0, i).some((earlier) => earlier.id === q.when!.question)) faults.push(`the question "${q.id}" depends on "${q.when.question}", which the task "${task.id}" does not ask before it`);
  }
  const form: TaskForm = {
    id: task.id,
    title: task.title ?? task.id,
    guideline: task.guideline ?? '',
    ...(task.preference === undefined ? {} : { preference: task.preference }),
    criteria: pick(task.criteria, [...source.criteria, ...readyCriteria.filter((c) => !own.has(c.id))], 'criterion'),
    criteriaForm: task.criteriaForm ?? 'scale',
    questions,
    rules: pick(task.rules, source.rules, 'rule'),
    flags: task.flags ?? [],
    rationale: task.rationale ?? 'off',
    rationaleMinLength: task.rationaleMinLength ?? 0,
    ...(task.confidence === undefined || task.confidence === false ? {} : { confidence: task.confidence === true ? confidenceScale : task.confidence }),
  };
  return { form, faults };
}

/** Hash of everything that a labeler was told and asked, for `guideline` in labels: a changed wording is another guideline. */
export function guidelineHash(form: TaskForm): string {
  return hashText(canonicalJson(JSON.parse(JSON.stringify(form))));
}
