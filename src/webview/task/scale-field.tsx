import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { FieldFault } from '../../domain/task-check';
import { withEnds } from '../../domain/task-draft';
import type { Scale } from '../../domain/tasks';
import { t } from '../shared/l10n';
import { Faults } from './fields';

interface Props {
  readonly label: string;
  readonly value: Scale;
  readonly set: (scale: Scale) => void;
  readonly faults: readonly FieldFault[];
}

/** A scale: where it begins and ends, and what its ends mean. */
export function ScaleField({ label, value, set, faults }: Props): VNode {
  const id = useId();
  const end = (which: 'min' | 'max', word: 'low' | 'high', name: string, meaning: string): VNode => (
    <div class="end">
      <input type="number" class="text-input number" value={Number.isNaN(value[which]) ? '' : value[which]} step="1" aria-label={name} onInput={(e) => { set(e.currentTarget.value === '' ? { ...value, [which]: NaN } : withEnds(value, { [which]: e.currentTarget.valueAsNumber })); }} />
      <input type="text" class="text-input" value={value.labels?.[value[which]] ?? ''} placeholder={meaning} aria-label={meaning} onInput={(e) => { set(withEnds(value, { [word]: e.currentTarget.value })); }} />
    </div>
  );
  return (
    <div class={`field scale${faults.some((f) => f.severity === 'error') ? ' invalid' : ''}`} role="group" aria-labelledby={id}>
      <span class="label" id={id}>{label}</span>
      <p class="hint quiet">{t('The lowest and the highest number, and what they mean.')}</p>
      {end('min', 'low', t('Lowest number'), t('What the lowest means'))}
      {end('max', 'high', t('Highest number'), t('What the highest means'))}
      <Faults faults={faults} />
    </div>
  );
}
