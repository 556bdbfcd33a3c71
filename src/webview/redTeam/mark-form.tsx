import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { tactics } from '../../domain/red-team/tactics';
import type { Severity } from '../../domain/red-team/records';
import type { RedTeamView } from '../../protocol/panels-red-team';
import { t } from '../shared/l10n';

export interface MarkFields {
  readonly candidate: number;
  readonly rule: string;
  readonly severity: Severity;
  readonly tactic?: string;
  readonly note?: string;
}

interface Props {
  readonly rules: RedTeamView['rules'];
  readonly rule: string | undefined;
  /** The reply's letter. */
  readonly reply: string;
  readonly save: (fields: Omit<MarkFields, 'candidate'>) => void;
  readonly close: () => void;
}

const severities = (): readonly (readonly [Severity, string])[] => [[0, t('kept')], [1, t('slight')], [2, t('clear')], [3, t('serious')], [4, t('extreme')]];

/** Which rule a reply breaks, how badly, and how that was brought about. Digits choose the severity. */
export function MarkForm({ rules, rule: wanted, reply, save, close }: Props): VNode {
  const [rule, setRule] = useState(wanted ?? rules[0]?.id ?? '');
  const [severity, setSeverity] = useState<Severity>();
  const [tactic, setTactic] = useState('direct');
  const [note, setNote] = useState('');
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('input[type=radio]')?.focus();
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const ready = rule !== '' && severity !== undefined;
  const submit = (): void => {
    if (severity !== undefined && rule !== '') save({ rule, severity, ...(tactic === '' ? {} : { tactic }), ...(note.trim() === '' ? {} : { note }) });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (event.key === 'Enter' && !(target instanceof HTMLButtonElement)) {
      event.preventDefault();
      submit();
    }
    if (target instanceof HTMLInputElement && target.type === 'text') return;
    if (target instanceof HTMLSelectElement || !/^[0-4]$/.test(event.key)) return;
    setSeverity(Number(event.key) as Severity);
    form.current?.querySelector<HTMLElement>(`input[value="${event.key}"]`)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <form class="mark" ref={form} onKeyDown={onKeyDown} onSubmit={(e) => { e.preventDefault(); submit(); }} aria-label={t('Mark reply {0}', reply)}>
      <label>{t('Rule')}
        <select value={rule} onChange={(e) => { setRule(e.currentTarget.value); }}>
          {rules.map((r) => <option key={r.id} value={r.id}>{r.text}</option>)}
        </select>
      </label>
      <fieldset>
        <legend>{t('How badly does reply {0} break it?', reply)}</legend>
        {severities().map(([value, title]) => (
          <label key={value} class="radio">
            <input type="radio" name="severity" value={value} checked={severity === value} onChange={() => { setSeverity(value); }} />
            <span><kbd>{value}</kbd> {title}</span>
          </label>
        ))}
      </fieldset>
      <label>{t('Tactic')}
        <select value={tactic} onChange={(e) => { setTactic(e.currentTarget.value); }}>
          {tactics.map((x) => <option key={x.id} value={x.id}>{x.title}</option>)}
        </select>
      </label>
      <label class="wide">{t('Note')}
        <input type="text" value={note} onInput={(e) => { setNote(e.currentTarget.value); }} />
      </label>
      <div class="mark-actions">
        <button type="submit" class="primary" disabled={!ready}>{t('Save Mark')} <kbd>Enter</kbd></button>
        <button type="button" class="plain" onClick={close}>{t('Cancel')} <kbd>Esc</kbd></button>
      </div>
    </form>
  );
}
