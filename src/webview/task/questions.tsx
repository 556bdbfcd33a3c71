import type { VNode } from 'preact';
import { addTo, freeId } from '../../domain/task-draft';
import type { Question, QuestionKind, QuestionPer, Task } from '../../domain/tasks';
import { t } from '../shared/l10n';
import type { Editing } from './editing';
import { faultsAt, namedBy } from './editing';
import { Element, Others } from './element';
import { Faults, Section } from './fields';
import { QuestionFields } from './question-fields';

export const kindNames = (): Readonly<Record<QuestionKind, string>> => ({
  'yes-no': t('yes or no'),
  choice: t('one of several'),
  multiple: t('any of several'),
  scale: t('scale'),
  text: t('free text'),
  span: t('marked stretches'),
});

export const perNames = (): Readonly<Record<QuestionPer, string>> => ({ prompt: t('the prompt'), answer: t('each answer'), pair: t('all answers together') });

/** What else is asked. */
export function QuestionsPart({ editing, task }: { readonly editing: Editing; readonly task: Task }): VNode {
  const add = (): void => {
    const id = freeId('question', editing.draft.questions);
    const question: Question = { id, text: '', kind: 'yes-no', per: 'answer' };
    editing.edit((draft) => addTo(draft, editing.task, 'questions', question), undefined, t('Added a question'));
    editing.setOpen(`questions/${editing.draft.questions.length}`, true);
  };
  const titleOf = (id: string): string => editing.draft.questions.find((q) => q.id === id)?.text ?? id;
  return (
    <Section title={t('Questions')} hint={t('About the prompt, each answer, or all answers together; asked in this order.')}>
      <Faults faults={faultsAt(editing, 'tasks', editing.task, 'questions')} />
      {namedBy(editing, 'questions').map(({ element, index }) => (
        <Element key={index} editing={editing} part="questions" id={element.id} index={index} title={element.text} kind={`${kindNames()[element.kind]} · ${perNames()[element.per ?? 'prompt']}`}>
          <QuestionFields editing={editing} task={task} question={element} index={index} />
        </Element>
      ))}
      <div class="line">
        <button type="button" class="chip" onClick={add}>+ {t('New question')}</button>
      </div>
      <Others editing={editing} part="questions" titleOf={titleOf} />
    </Section>
  );
}
