import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { FieldFault } from '../../domain/task-check';
import { t } from '../shared/l10n';

interface Common {
  readonly label: string;
  /** What the field is for, in a line. */
  readonly hint?: string | undefined;
  readonly faults?: readonly FieldFault[] | undefined;
}

/** Names and texts that explain a control. */
interface Explained {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
}

function Field({ label, hint, faults = [], children }: Common & { readonly children: (control: Explained) => ComponentChildren }): VNode {
  const id = useId();
  const texts = [...(hint === undefined ? [] : [`${id}-hint`]), ...(faults.length === 0 ? [] : [`${id}-faults`])];
  const invalid = faults.some((f) => f.severity === 'error');
  return (
    <div class={`field${invalid ? ' invalid' : ''}`}>
      <label for={id}>{label}</label>
      {hint !== undefined && <p class="hint quiet" id={`${id}-hint`}>{hint}</p>}
      {children({ id, 'aria-describedby': texts.length === 0 ? undefined : texts.join(' '), 'aria-invalid': invalid })}
      <Faults id={`${id}-faults`} faults={faults} />
    </div>
  );
}

/** What is wrong, in words. */
export function Faults({ id, faults }: { readonly id?: string; readonly faults: readonly FieldFault[] }): VNode | null {
  if (faults.length === 0) return null;
  return <div class="faults" id={id}>{faults.map((f) => <p class={f.severity} key={f.message}>{f.message}</p>)}</div>;
}

interface TextProps extends Common {
  readonly value: string;
  readonly set: (value: string) => void;
  /** More than one: a text area. */
  readonly rows?: number;
  readonly placeholder?: string;
  readonly mono?: boolean;
  readonly focus?: boolean;
}

export function TextField({ value, set, rows = 1, placeholder, mono = false, focus = false, ...common }: TextProps): VNode {
  const name = `text-input${mono ? ' mono' : ''}`;
  return (
    <Field {...common}>
      {(control) =>
        rows > 1 ? (
          <textarea {...control} class={name} rows={rows} value={value} placeholder={placeholder} spellcheck={!mono} onInput={(e) => { set(e.currentTarget.value); }} />
        ) : (
          <input {...control} type="text" class={name} value={value} placeholder={placeholder} autofocus={focus} onInput={(e) => { set(e.currentTarget.value); }} />
        )}
    </Field>
  );
}

/** A list of short texts, one a line. Blank lines do no harm while one types. */
export function LinesField({ value, set, ...rest }: Omit<TextProps, 'value' | 'set'> & { readonly value: readonly string[] | undefined; readonly set: (value: readonly string[] | undefined) => void }): VNode {
  return <TextField {...rest} rows={Math.max(3, Math.min(14, (value?.length ?? 0) + 1))} value={(value ?? []).join('\n')} set={(text) => { set(text === '' ? undefined : text.split('\n')); }} />;
}

interface NumberProps extends Common {
  readonly value: number | undefined;
  readonly set: (value: number | undefined) => void;
  readonly min?: number;
  readonly max?: number;
  readonly placeholder?: string;
  readonly unit?: string;
}

export function NumberField({ value, set, min, max, placeholder, unit, ...common }: NumberProps): VNode {
  return (
    <Field {...common}>
      {(control) => (
        <span class="with-unit">
          <input {...control} type="number" class="text-input number" value={value ?? ''} min={min} max={max} step="any" placeholder={placeholder} onInput={(e) => { set(e.currentTarget.value === '' ? undefined : e.currentTarget.valueAsNumber); }} />
          {unit !== undefined && <span class="quiet">{unit}</span>}
        </span>
      )}
    </Field>
  );
}

/** A share from 0 to 1, written in percent. */
export function ShareField({ value, set, ...rest }: NumberProps): VNode {
  return <NumberField {...rest} unit="%" value={value === undefined ? undefined : Math.round(value * 1e6) / 1e4} set={(percent) => { set(percent === undefined ? undefined : percent / 100); }} />;
}

interface SelectProps<T extends string> extends Common {
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly set: (value: T) => void;
}

export function SelectField<T extends string>({ value, options, set, ...common }: SelectProps<T>): VNode {
  return (
    <Field {...common}>
      {(control) => (
        <select {...control} value={value} onChange={(e) => { set(e.currentTarget.value as T); }}>
          {options.map(([option, title]) => <option value={option} key={option}>{title}</option>)}
        </select>
      )}
    </Field>
  );
}

export function CheckField({ label, hint, value, set }: Common & { readonly value: boolean; readonly set: (value: boolean) => void }): VNode {
  const id = useId();
  return (
    <div class="field check">
      <input type="checkbox" id={id} checked={value} aria-describedby={hint === undefined ? undefined : `${id}-hint`} onChange={(e) => { set(e.currentTarget.checked); }} />
      <div>
        <label for={id}>{label}</label>
        {hint !== undefined && <p class="hint quiet" id={`${id}-hint`}>{hint}</p>}
      </div>
    </div>
  );
}

interface CardsProps<T extends string> extends Common {
  readonly value: T;
  readonly options: readonly (readonly [value: T, title: string, what: string])[];
  readonly set: (value: T) => void;
}

/** One of a few, each with a line that explains it. */
export function CardsField<T extends string>({ label, hint, value, options, set, faults = [] }: CardsProps<T>): VNode {
  const id = useId();
  return (
    <fieldset class="field">
      <legend>{label}</legend>
      {hint !== undefined && <p class="hint quiet">{hint}</p>}
      <div class="cards">
        {options.map(([option, title, what]) => (
          <label class={`card${value === option ? ' chosen' : ''}`} key={option}>
            <input type="radio" name={id} value={option} checked={value === option} onChange={() => { set(option); }} />
            <span><strong>{title}</strong><span class="quiet">{what}</span></span>
          </label>
        ))}
      </div>
      <Faults faults={faults} />
    </fieldset>
  );
}

/** A part of the form with a heading. */
export function Section({ title, hint, children }: { readonly title: string; readonly hint?: string; readonly children: ComponentChildren }): VNode {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {hint !== undefined && <p class="hint quiet">{hint}</p>}
      {children}
    </section>
  );
}

/** `undefined` for an empty text: the field is left out. */
export const orNone = (text: string): string | undefined => (text === '' ? undefined : text);

export const optionalHint = (): string => t('May be left empty.');
