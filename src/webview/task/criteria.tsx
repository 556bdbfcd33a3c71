import type { VNode } from 'preact';
import { addTo, freeId, nameIn, ownCriterion } from '../../domain/task-draft';
import { readyCriteria } from '../../domain/ready-made';
import type { Criterion, Task } from '../../domain/tasks';
import { defaultScale } from '../../domain/tasks';
import { t } from '../shared/l10n';
import type { Editing } from './editing';
import { faultsAt, setFields, setWords } from './editing';
import { Element, Others } from './element';
import { orNone, Section, SelectField, TextField } from './fields';
import { IdField } from './id-field';
import { ScaleField } from './scale-field';

/** What makes an answer good, each apart. */
export function CriteriaPart({ editing, task }: { readonly editing: Editing; readonly task: Task }): VNode {
  const names = task.criteria ?? [];
  const find = (id: string): Criterion => editing.draft.criteria.find((c) => c.id === id) ?? readyCriteria.find((c) => c.id === id) ?? { id };
  const titleOf = (id: string): string => find(id).title ?? id;
  const ready = readyCriteria.filter((c) => !names.includes(c.id) && !editing.draft.criteria.some((own) => own.id === c.id));
  const add = (): void => {
    const id = freeId('criterion', [...editing.draft.criteria, ...readyCriteria]);
    editing.edit((draft) => addTo(draft, editing.task, 'criteria', { id, scale: defaultScale }), undefined, t('Added a criterion'));
    editing.setOpen(`criteria/${editing.draft.criteria.length}`, true);
  };
  return (
    <Section title={t('Criteria')} hint={t('What makes an answer good, each judged apart. Three are ready-made.')}>
      {names.length > 0 && (
        <SelectField label={t('Asked as')} value={task.criteriaForm ?? 'scale'} options={[['scale', t('a score of each answer')], ['preference', t('which answer is better by it')]]}
          set={(form) => { setFields(editing, 'tasks', editing.task, { criteriaForm: form === 'scale' ? undefined : form }); }} />
      )}
      {names.map((id) => {
        const index = editing.draft.criteria.findIndex((c) => c.id === id);
        const criterion = find(id);
        const kind = index < 0 && readyCriteria.some((c) => c.id === id) ? t('ready-made') : '';
        return (
          <Element key={index < 0 ? id : index} editing={editing} part="criteria" id={id} index={index} title={criterion.title ?? id} kind={kind}>
            {index < 0 ? (
              <>
                <p>{criterion.description ?? t('This name stands for nothing in project.json.')}</p>
                <button type="button" onClick={() => {
                  editing.edit((draft) => ownCriterion(draft, id).draft, undefined, t('{0} can be worded now', titleOf(id)));
                  editing.setOpen(`criteria/${editing.draft.criteria.length}`, true);
                }}>{t('Change the wording…')}</button>
              </>
            ) : (
              <CriterionFields editing={editing} criterion={criterion} index={index} />
            )}
          </Element>
        );
      })}
      <div class="line">
        {ready.map((c) => <button type="button" class="chip" key={c.id} onClick={() => { editing.edit((draft) => nameIn(draft, editing.task, 'criteria', c.id), undefined, t('Added {0}', c.title ?? c.id)); }}>+ {c.title}</button>)}
        <button type="button" class="chip" onClick={add}>+ {t('New criterion')}</button>
      </div>
      <Others editing={editing} part="criteria" titleOf={titleOf} />
    </Section>
  );
}

function CriterionFields({ editing, criterion, index }: { readonly editing: Editing; readonly criterion: Criterion; readonly index: number }): VNode {
  const faults = (field: string): ReturnType<typeof faultsAt> => faultsAt(editing, 'criteria', index, field);
  return (
    <>
      <div class="columns">
        <TextField label={t('Title')} hint={t('A word or two.')} value={criterion.title ?? ''} set={(text) => { setWords(editing, 'criteria', index, 'title', text); }} faults={faults('title')} />
        <IdField editing={editing} part="criteria" index={index} />
      </div>
      <TextField label={t('Guideline')} hint={t('What labelers are told: when is an answer good by this, when bad?')} rows={3} value={criterion.description ?? ''} set={(text) => { setFields(editing, 'criteria', index, { description: orNone(text) }, true); }} faults={faults('description')} />
      <ScaleField label={t('Scale')} value={criterion.scale ?? defaultScale} set={(scale) => { setFields(editing, 'criteria', index, { scale }, true); }} faults={faults('scale')} />
    </>
  );
}
