import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { fieldsOf, letter } from '../../domain/form';
import type { Field, Said, Value, Values } from '../../domain/form';
import type { TaskForm } from '../../domain/tasks';
import { t } from '../shared/l10n';

const answers = (): readonly string[] => [
  t('Rinse the rice until the water is clear. Take one and a half cups of water for each cup of rice, bring it to the boil, then let it stand covered for 15 minutes.'),
  t('Rice is cooked in water.'),
  t('It depends on the rice. For long grain: twice as much water as rice, 18 minutes on a low heat with the lid on. Do not stir.'),
];

/** What the labeler will see, with the same fields as the labeling panel; trying them out shows what depends on what. */
export function Preview({ form }: { readonly form: TaskForm }): VNode {
  const [values, setValues] = useState<Values>({});
  const count = form.preference?.form === 'pairwise' ? 2 : 3;
  const best = form.preference?.form === 'best';
  const said: Said = useMemo(() => ({ verdict: form.preference ? 'ranked' : 'answered', ranks: Array.from({ length: count }, (_, i) => (best && i > 0 ? null : i + 1)), rest: best ? 'top_k' : 'subset', values }), [form, count, best, values]);
  const fields = fieldsOf(form, count, said);
  const set = (id: string, value: Value | undefined): void => {
    setValues((old) => Object.fromEntries(Object.entries({ ...old, [id]: value }).filter(([, v]) => v !== undefined)) as Values);
  };
  const some = (at: Field['at']): VNode[] => fields.filter((f) => f.at === at).map((f) => <PreviewField key={f.id} field={f} value={values[f.id]} set={(value) => { set(f.id, value); }} />);
  return (
    <aside class="preview" aria-label={t('Preview')}>
      <h2>{t('Preview')}</h2>
      {form.guideline.trim() !== '' && (
        <div class="guideline">
          <h3>{t('Guideline')}</h3>
          {form.guideline.split(/\n\s*\n/).map((paragraph, i) => <p key={i}>{paragraph}</p>)}
        </div>
      )}
      <div class="asked">{t('How do I cook rice?')}</div>
      {some('prompt')}
      {answers().slice(0, count).map((text, at) => (
        <div class="answer" key={at}>
          <div class="line">
            {form.preference && <span class={`badge${at === 0 ? ' best' : ''}`}>{said.ranks[at] ?? ''}</span>}
            <strong>{letter(at)}</strong>
          </div>
          <p>{text}</p>
          {some(at)}
        </div>
      ))}
      {form.preference && <p class="quiet how">{how(form.preference)}</p>}
      {some('all')}
    </aside>
  );
}

function how(preference: NonNullable<TaskForm['preference']>): string {
  const ties = preference.ties === false ? t('no ties') : t('ties allowed');
  if (preference.form === 'best') return t('Pick the best answer.');
  if (preference.form === 'pairwise') return t('Choose the better answer ({0}).', ties);
  return t('Put the answers in order ({0}).', ties);
}

interface FieldProps {
  readonly field: Field;
  readonly value: Value | undefined;
  readonly set: (value: Value | undefined) => void;
}

function PreviewField({ field, value, set }: FieldProps): VNode {
  const list = Array.isArray(value) ? (value as readonly string[]) : [];
  const pressed = (option: boolean | number | string): boolean => (field.kind === 'many' ? list.includes(String(option)) : value === option);
  const press = (option: boolean | number | string): void => {
    if (field.kind === 'many') set(pressed(option) ? list.filter((v) => v !== option) : [...list, String(option)]);
    else set(pressed(option) ? undefined : option);
  };
  const { scale } = field;
  return (
    <div class="asks" role="group" aria-label={field.label}>
      <div class="asks-label">
        {field.label}
        {field.required && <span class="quiet"> · {t('required')}</span>}
      </div>
      {field.description !== undefined && <p class="quiet">{field.description}</p>}
      {field.examples?.map((e) => <p class="quiet sample" key={e.text}>{e.violates ? t('breaks it: “{0}”', e.text) : t('keeps it: “{0}”', e.text)}</p>)}
      {field.kind === 'text' ? (
        <p class="box quiet">{field.minLength > 0 ? t('text, {0} characters at least', field.minLength) : t('text')}</p>
      ) : field.kind === 'span' ? (
        <p class="box quiet">{t('mark a stretch of the answer as {0}', field.options.map((o) => o.label).join(', '))}</p>
      ) : (
        <div class="options">
          {scale?.labels?.[scale.min] !== undefined && <span class="quiet">{scale.labels[scale.min]}</span>}
          {field.options.map((option) => <button type="button" class="option" key={String(option.value)} aria-pressed={pressed(option.value)} onClick={() => { press(option.value); }}>{option.label}</button>)}
          {scale?.labels?.[scale.max] !== undefined && <span class="quiet">{scale.labels[scale.max]}</span>}
        </div>
      )}
    </div>
  );
}
