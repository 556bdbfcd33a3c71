import type { VNode } from 'preact';
import { instructGptFlags } from '../../domain/ready-made';
import { withFields } from '../../domain/task-draft';
import type { QueueOptions, QueueOrder, Task } from '../../domain/tasks';
import { t } from '../shared/l10n';
import type { Editing } from './editing';
import { faultsAt, setFields } from './editing';
import { CheckField, LinesField, NumberField, Section, SelectField, ShareField } from './fields';
import { ScaleField } from './scale-field';

interface Props {
  readonly editing: Editing;
  readonly task: Task;
}

/** Flags, reason and confidence. */
export function ExtrasPart({ editing, task }: Props): VNode {
  const at = editing.task;
  const set = (change: Partial<Task>, typed = false): void => {
    setFields(editing, 'tasks', at, change, typed);
  };
  const all = instructGptFlags.every((flag) => task.flags?.includes(flag) === true);
  const { confidence } = task;
  const scale = typeof confidence === 'object' ? confidence : { min: 1, max: 5, labels: { 1: 'guessing', 5: 'certain' } };
  return (
    <>
      <Section title={t('Flags')}>
        <LinesField label={t('What can be ticked for each answer')} hint={t('One a line.')} value={task.flags} set={(flags) => { set({ flags }, true); }} faults={faultsAt(editing, 'tasks', at, 'flags')} />
        <div class="line">
          {!all && <button type="button" class="chip" onClick={() => { editing.edit((draft) => ({ ...draft, tasks: draft.tasks.map((other, i) => (i === at ? withFields(other, { flags: [...new Set([...(other.flags ?? []).filter((f) => f.trim() !== ''), ...instructGptFlags])] }) : other)) }), undefined, t('Added eleven flags')); }}>+ {t('The eleven of InstructGPT')}</button>}
        </div>
      </Section>
      <Section title={t('Reason and confidence')}>
        <div class="columns">
          <SelectField label={t('Reason')} hint={t('A field for why.')} value={task.rationale ?? 'off'} options={[['off', t('not asked')], ['optional', t('may be given')], ['required', t('must be given')]]} set={(value) => { set({ rationale: value === 'off' ? undefined : value, ...(value === 'off' ? { rationaleMinLength: undefined } : {}) }); }} />
          {task.rationale !== undefined && <NumberField label={t('Characters at least')} hint={t('Of a reason that is given. Empty: any number.')} value={task.rationaleMinLength} min={0} set={(rationaleMinLength) => { set({ rationaleMinLength }, true); }} faults={faultsAt(editing, 'tasks', at, 'rationaleMinLength')} />}
        </div>
        <CheckField label={t('Ask how sure the labeler is')} hint={t('A scale below the item, 1 to 5 unless you say otherwise.')} value={confidence !== undefined && confidence !== false} set={(on) => { set({ confidence: on ? true : undefined }); }} />
        {confidence !== undefined && confidence !== false && <ScaleField label={t('Scale of confidence')} value={scale} set={(next) => { set({ confidence: next }, true); }} faults={faultsAt(editing, 'tasks', at, 'confidence')} />}
      </Section>
    </>
  );
}

/** Which item comes next, and to whom. */
export function QueuePart({ editing, task }: Props): VNode {
  const queue = task.queue ?? {};
  const faults = (field: string): ReturnType<typeof faultsAt> => faultsAt(editing, 'tasks', editing.task, `queue.${field}`);
  const set = (change: Partial<QueueOptions>, typed = true): void => {
    const next = withFields(queue, change);
    const about = typed ? `queue/${editing.task}/${Object.keys(change).join()}` : undefined;
    editing.edit((draft) => ({ ...draft, tasks: draft.tasks.map((other, i) => (i === editing.task ? withFields(other, { queue: Object.keys(next).length === 0 ? undefined : next }) : other)) }), about);
  };
  const orders: [QueueOrder, string][] = [
    ['in-order', t('in the order of the files')],
    ['random', t('at random')],
    ['uncertainty', t('where reward models are least sure')],
    ['information', t('where ratings learn most')],
  ];
  const chosen = queue.order === 'uncertainty' || queue.order === 'information';
  return (
    <Section title={t('Queue')} hint={t('Which item comes next, and to whom.')}>
      <div class="columns">
        <SelectField label={t('Order')} hint={queue.order === 'uncertainty' ? t('Needs a finished run of Score Answers.') : t('The way each item was chosen is kept in its label.')} value={queue.order ?? 'in-order'} options={orders} set={(order) => { set({ order: order === 'in-order' ? undefined : order }, false); }} />
        <NumberField label={t('Labelers for each item')} hint={t('So many judge each item. Empty: everybody judges everything.')} value={queue.overlap} min={1} set={(overlap) => { set({ overlap }); }} faults={faults('overlap')} />
        <ShareField label={t('Repeats')} hint={t('Items that come again in another order, to see whether a labeler agrees with himself.')} value={queue.repeats} min={0} max={50} set={(repeats) => { set({ repeats }); }} faults={faults('repeats')} />
        <ShareField label={t('Gold items')} hint={t('Items from the screening sets, whose answer is known, mixed in unseen.')} value={queue.gold} min={0} max={50} set={(gold) => { set({ gold }); }} faults={faults('gold')} />
        {chosen && <ShareField label={t('Left to chance')} hint={t('Share of the choice that stays uniform, so that every item keeps a chance. Empty: 10 %.')} value={queue.floor} min={0} max={100} set={(floor) => { set({ floor }); }} faults={faults('floor')} />}
      </div>
    </Section>
  );
}
