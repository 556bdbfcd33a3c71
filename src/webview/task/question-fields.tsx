import type { VNode } from 'preact';
import { answersOf } from '../../domain/task-check';
import type { Question, QuestionKind, QuestionPer, Task } from '../../domain/tasks';
import { defaultScale } from '../../domain/tasks';
import { t } from '../shared/l10n';
import type { Editing } from './editing';
import { faultsAt, namedBy, setFields, setWords } from './editing';
import { CheckField, Faults, LinesField, NumberField, SelectField, TextField } from './fields';
import { IdField } from './id-field';
import { kindNames, perNames } from './questions';
import { ScaleField } from './scale-field';

interface Props {
  readonly editing: Editing;
  readonly task: Task;
  readonly question: Question;
  readonly index: number;
}

const kinds: readonly QuestionKind[] = ['yes-no', 'choice', 'multiple', 'scale', 'text', 'span'];
const pers: readonly QuestionPer[] = ['prompt', 'answer', 'pair'];

export function QuestionFields({ editing, task, question, index }: Props): VNode {
  const faults = (field: string): ReturnType<typeof faultsAt> => faultsAt(editing, 'questions', index, field);
  const set = (change: Partial<Question>, typed = false): void => {
    setFields(editing, 'questions', index, change, typed);
  };
  return (
    <>
      <TextField label={t('Question')} hint={t('As labelers read it.')} value={question.text} set={(text) => { setWords(editing, 'questions', index, 'text', text); }} faults={faults('text')} />
      <div class="columns">
        <SelectField label={t('Answered by')} value={question.kind} options={kinds.map((kind) => [kind, kindNames()[kind]] as const)} set={(kind) => { set(fieldsOfKind(question, kind)); }} />
        <SelectField label={t('About')} value={question.per ?? 'prompt'} options={pers.map((per) => [per, perNames()[per]] as const)} set={(per) => { set({ per }); }} faults={faults('per')} />
        <IdField editing={editing} part="questions" index={index} />
      </div>
      {(question.kind === 'choice' || question.kind === 'multiple') && <LinesField label={t('Choices')} hint={t('Two to twenty, one a line.')} value={question.choices} set={(choices) => { set({ choices }, true); }} faults={faults('choices')} />}
      {question.kind === 'span' && <LinesField label={t('Tags')} hint={t('What a marked stretch can be, one a line; nine at most.')} value={question.tags} set={(tags) => { set({ tags }, true); }} faults={faults('tags')} />}
      {question.kind === 'scale' && <ScaleField label={t('Scale')} value={question.scale ?? defaultScale} set={(scale) => { set({ scale }, true); }} faults={faults('scale')} />}
      {question.kind === 'text' && <NumberField label={t('Characters at least')} hint={t('Of what is written, if anything is. Empty: any number.')} value={question.minLength} min={0} set={(minLength) => { set({ minLength }, true); }} faults={faults('minLength')} />}
      <CheckField label={t('Required')} hint={t('An item cannot be saved without it; skipping stays possible.')} value={question.required === true} set={(on) => { set({ required: on ? true : undefined }); }} />
      <Condition editing={editing} task={task} question={question} set={set} />
      <Faults faults={faults('when')} />
    </>
  );
}

/** What belongs to another kind goes; undo brings it back. */
function fieldsOfKind(question: Question, kind: QuestionKind): Partial<Question> {
  const chooses = kind === 'choice' || kind === 'multiple';
  return {
    kind,
    choices: chooses ? (question.choices ?? []) : undefined,
    tags: kind === 'span' ? (question.tags ?? []) : undefined,
    scale: kind === 'scale' ? (question.scale ?? defaultScale) : undefined,
    minLength: kind === 'text' ? question.minLength : undefined,
    ...(kind === 'span' ? { per: 'answer' as const } : {}),
  };
}

interface ConditionProps {
  readonly editing: Editing;
  readonly task: Task;
  readonly question: Question;
  readonly set: (change: Partial<Question>) => void;
}

/** Whether it is asked only after some answers to an earlier question of this task. */
function Condition({ editing, task, question, set }: ConditionProps): VNode | null {
  const before = (task.questions ?? []).slice(0, (task.questions ?? []).indexOf(question.id));
  const earlier = namedBy(editing, 'questions').map((n) => n.element).filter((q) => before.includes(q.id) && answersOf(q) !== undefined);
  const { when } = question;
  if (earlier.length === 0 && when === undefined) return null;
  const chosen = earlier.find((q) => q.id === when?.question);
  const options: [string, string][] = [['', t('always')], ...earlier.map((q): [string, string] => [q.id, t('after an answer to “{0}”', q.text)])];
  if (when && !chosen) options.push([when.question, t('after an answer to “{0}”, which is not asked before', when.question)]);
  const values = chosen ? answersOf(chosen)! : [];
  return (
    <div class="condition">
      <SelectField label={t('Asked')} hint={t('A question can depend on one that stands before it.')} value={when?.question ?? ''} options={options}
        set={(id) => {
          const first = earlier.find((q) => q.id === id);
          set({ when: first ? { question: id, is: answersOf(first)!.slice(0, 1) } : undefined });
        }} />
      {when && chosen && (
        <fieldset class="field">
          <legend>{t('If it was answered with')}</legend>
          <div class="line">
            {values.map((value) => (
              <label class="tick" key={String(value)}>
                <input type="checkbox" checked={when.is.includes(value)} onChange={(e) => { set({ when: { ...when, is: values.filter((v) => (v === value ? e.currentTarget.checked : when.is.includes(v))) } }); }} />{' '}
                {value === true ? t('yes') : value === false ? t('no') : String(value)}
              </label>
            ))}
          </div>
        </fieldset>
      )}
    </div>
  );
}
