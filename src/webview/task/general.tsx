import type { VNode } from 'preact';
import type { Task } from '../../domain/tasks';
import { t } from '../shared/l10n';
import type { Editing } from './editing';
import { faultsAt, setFields, setWords } from './editing';
import { CardsField, CheckField, Faults, Section, SelectField, TextField, orNone } from './fields';
import { IdField } from './id-field';

interface Props {
  readonly editing: Editing;
  readonly task: Task;
}

/** Name, guideline and what the task is about. */
export function General({ editing, task }: Props): VNode {
  const at = editing.task;
  const names = [...new Set([...editing.sets, ...(task.sets ?? [])])];
  const toggle = (name: string, on: boolean): void => {
    const next = names.filter((n) => (n === name ? on : task.sets?.includes(n) === true));
    setFields(editing, 'tasks', at, { sets: next.length === 0 ? undefined : next });
  };
  return (
    <Section title={t('Task')}>
      <Faults faults={faultsAt(editing, 'tasks', at, '')} />
      <div class="columns">
        <TextField label={t('Title')} hint={t('What labelers see in the list of tasks.')} value={task.title ?? ''} set={(text) => { setWords(editing, 'tasks', at, 'title', text); }} faults={faultsAt(editing, 'tasks', at, 'title')} />
        <IdField key={at} editing={editing} part="tasks" index={at} />
      </div>
      <TextField label={t('Guideline')} hint={t('Stands beside every item, as plain text; a blank line begins a new paragraph. Its hash is kept in each label.')} rows={5} value={task.guideline ?? ''} set={(text) => { setFields(editing, 'tasks', at, { guideline: orNone(text) }, true); }} faults={faultsAt(editing, 'tasks', at, 'guideline')} />
      <fieldset class="field">
        <legend>{t('Sets of answers')}</legend>
        <p class="hint quiet">{names.length === 0 ? t('There are none yet; the task will be about all of them.') : t('What the task is about. None chosen: all, later ones too.')}</p>
        <div class="line">
          {names.map((name) => (
            <label class="tick" key={name}>
              <input type="checkbox" checked={task.sets?.includes(name) === true} onChange={(e) => { toggle(name, e.currentTarget.checked); }} /> {name}
            </label>
          ))}
        </div>
        <Faults faults={faultsAt(editing, 'tasks', at, 'sets')} />
      </fieldset>
    </Section>
  );
}

/** Whether and how answers are compared. */
export function PreferencePart({ editing, task }: Props): VNode {
  const { preference } = task;
  const set = (change: Partial<NonNullable<Task['preference']>>): void => {
    const next = Object.fromEntries(Object.entries({ ...preference, ...change }).filter(([, value]) => value !== undefined)) as unknown as NonNullable<Task['preference']>;
    setFields(editing, 'tasks', editing.task, { preference: next });
  };
  const form = preference?.form ?? 'none';
  return (
    <Section title={t('Preference')}>
      <CardsField label={t('Which answer is better')} value={form} faults={faultsAt(editing, 'tasks', editing.task, 'preference')}
        options={[
          ['ranking', t('Ranking'), t('any number of answers, in order')],
          ['best', t('Best pick'), t('only the best one is named')],
          ['pairwise', t('Pairwise'), t('two answers are compared')],
          ['none', t('Not asked'), t('each answer by itself')],
        ]}
        set={(next) => {
          if (next === 'none') setFields(editing, 'tasks', editing.task, { preference: undefined });
          else set({ form: next, ...(next === 'pairwise' ? {} : { strength: undefined }), ...(next === 'best' ? { ties: undefined } : {}) });
        }} />
      {form === 'pairwise' && <CheckField label={t('Also how much better')} hint={t('Four degrees: negligibly, slightly, better, significantly. Training can use them as a margin.')} value={preference?.strength === true} set={(on) => { set({ strength: on ? true : undefined }); }} />}
      {(form === 'ranking' || form === 'pairwise') && <CheckField label={t('Ties allowed')} hint={t('Answers of the same quality may share a rank. Forcing a choice where there is none makes noise.')} value={preference?.ties !== false} set={(on) => { set({ ties: on ? undefined : false }); }} />}
      {form === 'ranking' && (
        <SelectField label={t('Answers left without a rank')} hint={t('What it means at first; the labeler can say otherwise for each item.')} value={preference?.rest ?? 'subset'} options={[['subset', t('are not compared: nothing is known about them')], ['top_k', t('are worse than every ranked one')]]}
          set={(rest) => { set({ rest: rest === 'subset' ? undefined : rest }); }} />
      )}
    </Section>
  );
}
