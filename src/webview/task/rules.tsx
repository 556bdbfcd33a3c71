import type { VNode } from 'preact';
import { addTo, freeId } from '../../domain/task-draft';
import type { Rule, Task } from '../../domain/tasks';
import { t } from '../shared/l10n';
import type { Editing } from './editing';
import { faultsAt, namedBy, setFields, setWords } from './editing';
import { Element, Others } from './element';
import { LinesField, orNone, Section, TextField } from './fields';
import { IdField } from './id-field';

/** What answers must not do, or must; each answer keeps or breaks each rule. */
export function RulesPart({ editing, task }: { readonly editing: Editing; readonly task: Task }): VNode {
  const add = (): void => {
    const id = freeId('rule', editing.draft.rules);
    editing.edit((draft) => addTo(draft, editing.task, 'rules', { id, text: '' }), undefined, t('Added a rule'));
    editing.setOpen(`rules/${editing.draft.rules.length}`, true);
  };
  return (
    <Section title={t('Rules')} hint={t('For each answer, each rule is kept, broken, or does not apply. One thing a rule, so that it can be judged without the others.')}>
      {namedBy(editing, 'rules').map(({ element, index }) => (
        <Element key={index} editing={editing} part="rules" id={element.id} index={index} title={element.text} kind={element.patterns?.some((p) => p !== '') === true ? t('with patterns') : ''}>
          <RuleFields editing={editing} rule={element} index={index} />
        </Element>
      ))}
      <div class="line">
        <button type="button" class="chip" onClick={add}>+ {t('New rule')}</button>
        {(task.rules?.length ?? 0) === 0 && editing.draft.rules.length > 1 && <button type="button" class="chip" onClick={() => { setFields(editing, 'tasks', editing.task, { rules: editing.draft.rules.map((r) => r.id) }); }}>+ {t('All {0} rules of the project', editing.draft.rules.length)}</button>}
      </div>
      <Others editing={editing} part="rules" titleOf={(id) => editing.draft.rules.find((r) => r.id === id)?.text ?? id} />
    </Section>
  );
}

function RuleFields({ editing, rule, index }: { readonly editing: Editing; readonly rule: Rule; readonly index: number }): VNode {
  const faults = (field: string): ReturnType<typeof faultsAt> => faultsAt(editing, 'rules', index, field);
  const set = (change: Partial<Rule>, typed = true): void => {
    setFields(editing, 'rules', index, change, typed);
  };
  const examples = rule.examples ?? [];
  const setExamples = (next: NonNullable<Rule['examples']>, typed: boolean): void => {
    set({ examples: next.length === 0 ? undefined : next }, typed);
  };
  return (
    <>
      <TextField label={t('Rule')} hint={t('One sentence: what an answer that keeps it does.')} value={rule.text} set={(text) => { setWords(editing, 'rules', index, 'text', text); }} faults={faults('text')} />
      <div class="columns">
        <TextField label={t('Description')} hint={t('Where the line is. May be left empty.')} rows={3} value={rule.description ?? ''} set={(text) => { set({ description: orNone(text) }); }} faults={faults('description')} />
        <IdField editing={editing} part="rules" index={index} />
      </div>
      <fieldset class="field">
        <legend>{t('Examples')}</legend>
        <p class="hint quiet">{t('Answers that keep the rule, and some that break it.')}</p>
        {examples.map((example, i) => (
          <div class="example" key={i}>
            <select aria-label={t('Example {0} is', i + 1)} value={example.violates ? 'bad' : 'good'} onChange={(e) => { setExamples(examples.map((other, j) => (j === i ? { ...other, violates: e.currentTarget.value === 'bad' } : other)), false); }}>
              <option value="good">{t('keeps it')}</option>
              <option value="bad">{t('breaks it')}</option>
            </select>
            <input type="text" class="text-input" aria-label={t('Example {0}', i + 1)} value={example.text} onInput={(e) => { setExamples(examples.map((other, j) => (j === i ? { ...other, text: e.currentTarget.value } : other)), true); }} />
            <button type="button" class="plain" aria-label={t('Remove example {0}', i + 1)} onClick={() => { setExamples(examples.filter((_, j) => j !== i), false); }}>✕</button>
          </div>
        ))}
        <div class="line">
          <button type="button" class="chip" onClick={() => { setExamples([...examples, { text: '', violates: false }], false); }}>+ {t('Good example')}</button>
          <button type="button" class="chip" onClick={() => { setExamples([...examples, { text: '', violates: true }], false); }}>+ {t('Bad example')}</button>
        </div>
      </fieldset>
      <LinesField label={t('Patterns')} hint={t('Regular expressions, one a line: an answer that matches one breaks the rule. Automatic attacks use them; labelers do not see them.')} mono value={rule.patterns} set={(patterns) => { set({ patterns }); }} faults={faults('patterns')} />
    </>
  );
}
