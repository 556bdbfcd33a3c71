import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TaskForm } from '../../domain/tasks';
import { t } from '../shared/l10n';

interface Props {
  readonly form: TaskForm;
  /** The criterion or rule that was asked about. */
  readonly about: string | undefined;
  readonly close: () => void;
}

/** Whether there is anything to read. */
export const hasGuideline = (form: TaskForm): boolean => form.guideline.trim() !== '' || form.rules.length > 0 || form.criteria.some((c) => c.description !== undefined);

/** What labelers are told: the task's guideline, its criteria and rules with examples. */
export function Guideline({ form, about, close }: Props): VNode {
  const pane = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (about !== undefined) pane.current?.querySelector(`[data-about="${CSS.escape(about)}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [about]);
  return (
    <aside class="guideline" ref={pane} aria-label={t('Guideline')} tabIndex={0}>
      <header>
        <h2>{form.title}</h2>
        <button type="button" class="plain" onClick={close}>{t('Close')} <kbd>G</kbd></button>
      </header>
      {form.guideline.trim().split(/\n\s*\n/).filter((p) => p !== '').map((paragraph, i) => <p class="paragraph" key={i}>{paragraph}</p>)}
      {form.criteria.length > 0 && <h3>{t('Criteria')}</h3>}
      {form.criteria.map((c) => (
        <section class={`entry${about === c.id ? ' asked' : ''}`} data-about={c.id} key={c.id}>
          <h4>{c.title ?? c.id}</h4>
          {c.description !== undefined && <p>{c.description}</p>}
          {c.scale?.labels && <dl class="points">{Object.entries(c.scale.labels).map(([point, words]) => [<dt class="number" key={point}>{point}</dt>, <dd key={`${point} `}>{words}</dd>])}</dl>}
        </section>
      ))}
      {form.rules.length > 0 && <h3>{t('Rules')}</h3>}
      {form.rules.map((rule) => (
        <section class={`entry${about === rule.id ? ' asked' : ''}`} data-about={rule.id} key={rule.id}>
          <h4>{rule.text}</h4>
          {rule.description !== undefined && <p>{rule.description}</p>}
          {rule.examples?.map((example, i) => (
            <p class={`example ${example.violates ? 'bad' : 'good'}`} key={i}><strong>{example.violates ? t('✗ breaks it') : t('✓ keeps it')}</strong> <span>{example.text}</span></p>
          ))}
        </section>
      ))}
    </aside>
  );
}
