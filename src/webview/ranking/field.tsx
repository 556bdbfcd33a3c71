import type { ComponentChildren, VNode } from 'preact';
import type { Field, Option, Value } from '../../domain/form';
import { isEmpty, nameOf } from '../../domain/form-check';
import { t } from '../shared/l10n';

export interface FieldProps {
  readonly field: Field;
  readonly value: Value | undefined;
  /** The field has the keyboard: digits choose its options. */
  readonly focused: boolean;
  readonly onFocus: () => void;
  readonly choose: (value: boolean | number | string) => void;
  readonly write: (text: string) => void;
  /** Leaves a text, to the answers. */
  readonly leave: () => void;
  readonly submit: () => void;
  /** Opens what the guideline says of it. */
  readonly about?: (() => void) | undefined;
  /** In adjudication: what others said, one a labeler. */
  readonly others?: readonly (Value | undefined)[] | undefined;
}

/** The words of an option: this program's own are translated, a project's are shown as they are. */
export const wordsOf = (field: Field, option: Option): string => (field.of === 'rule' || field.of === 'strength' || field.of === 'better' || typeof option.value === 'boolean' ? t(option.label) : option.label);

/** A field of the form: radio buttons, check boxes or a text. */
export function FieldView(props: FieldProps): VNode {
  const { field, value, focused, onFocus, about, others } = props;
  const open = field.required && isEmpty(value);
  return (
    <fieldset class={`field of-${field.of}${focused ? ' focused' : ''}${open ? ' open' : ''}`} data-field={field.id} onFocusIn={onFocus} aria-label={accessibleName(field)}>
      <legend>
        <span class="name">{field.of === 'question' || field.of === 'rule' || field.of === 'criterion' || field.of === 'better' ? field.label : t(field.label)}</span>
        {field.required && <span class="required" aria-hidden="true" title={t('Required')}>{open ? '●' : '✓'}</span>}
        {about && <button type="button" class="plain about" tabIndex={-1} aria-label={t('About {0}', field.label)} title={field.description ?? t('What the guideline says')} onClick={about}>i</button>}
      </legend>
      {field.kind === 'text' ? <TextControl {...props} /> : field.scale ? <Scale {...props} /> : <Options {...props} />}
      {others && <Others field={field} others={others} />}
    </fieldset>
  );
}

/** Said to screen readers, with the answer that the field is about. */
export function accessibleName(field: Field): string {
  return field.required ? t('{0}, required', nameOf(field)) : nameOf(field);
}

function Options({ field, value, choose }: FieldProps): VNode {
  const isOn = (option: Option): boolean => (Array.isArray(value) ? (value as readonly string[]).includes(option.value as string) : value === option.value);
  return (
    <div class="options">
      {field.options.map((option, i) => (
        <Choice key={String(option.value)} field={field} option={option} on={isOn(option)} choose={choose}>
          {i < 9 && <kbd aria-hidden="true">{i + 1}</kbd>}{wordsOf(field, option)}
        </Choice>
      ))}
    </div>
  );
}

/** Points of a scale in a row, the ends worded. */
function Scale({ field, value, choose }: FieldProps): VNode {
  const labels = field.scale?.labels ?? {};
  const words = (option: Option): string | undefined => labels[String(option.value)];
  const chosen = field.options.find((o) => o.value === value);
  const [first, last] = [field.options[0]!, field.options.at(-1)!];
  return (
    <div class="scale">
      <div class="points">
        {field.options.map((option) => (
          <Choice key={String(option.value)} field={field} option={option} on={option.value === value} choose={choose} title={words(option)} name={words(option) === undefined ? option.label : `${option.label}, ${words(option)!}`}>{option.label}</Choice>
        ))}
      </div>
      <div class="ends quiet" aria-hidden="true">
        {chosen && words(chosen) !== undefined ? <strong>{words(chosen)}</strong> : <><span>{words(first)}</span><span>{words(last)}</span></>}
      </div>
    </div>
  );
}

interface ChoiceProps {
  readonly field: Field;
  readonly option: Option;
  readonly on: boolean;
  readonly choose: (value: boolean | number | string) => void;
  readonly title?: string | undefined;
  readonly name?: string;
  readonly children: ComponentChildren;
}

/** A native radio button or check box in the shape of a pill; a click on the chosen one takes it back. */
function Choice({ field, option, on, choose, title, name, children }: ChoiceProps): VNode {
  return (
    <label class={`pill${on ? ' on' : ''} is-${String(option.value).replace(/[^\w-]/g, '')}`} title={title}>
      <input type={field.kind === 'many' ? 'checkbox' : 'radio'} name={field.id} checked={on} aria-label={name ?? wordsOf(field, option)} onClick={() => { choose(option.value); }} />
      <span class="face">{children}</span>
    </label>
  );
}

function TextControl({ field, value, write, leave, submit }: FieldProps): VNode {
  const text = typeof value === 'string' ? value : '';
  const length = text.trim().length;
  return (
    <>
      <textarea rows={2} value={text} aria-label={accessibleName(field)} placeholder={t('Q to write, Escape to leave')} onInput={(event) => { write(event.currentTarget.value); }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') leave();
          else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
          else return;
          event.preventDefault();
        }} />
      {field.minLength > 1 && <span class={`length number ${length < field.minLength ? 'short' : 'quiet'}`}>{t('{0} of {1} characters', length, field.minLength)}</span>}
    </>
  );
}

function Others({ field, others }: { field: Field; others: readonly (Value | undefined)[] }): VNode {
  const say = (value: Value): string =>
    (Array.isArray(value) ? (value as readonly unknown[]) : [value]).map((v) => {
      const option = field.options.find((o) => o.value === v);
      return option ? wordsOf(field, option) : typeof v === 'string' ? v : '';
    }).join(', ');
  return (
    <p class="quiet others-say">
      {others.map((value, i) => (value === undefined ? null : <span key={i}>{t('Labeler {0}: {1}', i + 1, say(value))}</span>))}
    </p>
  );
}
