import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { NamedCoefficient } from '../../domain/agreement/part-report';
import { t } from '../shared/l10n';
import { Interval } from './interval';
import { coefficientWords, format, isShare, number } from './words';

/** Every coefficient with interval and n; what it means on demand, what is odd about it always. */
export function Coefficients({ list, label }: { list: readonly NamedCoefficient[]; label: string }): VNode {
  const [open, setOpen] = useState<readonly string[]>([]);
  const toggle = (id: string): void => {
    setOpen(open.includes(id) ? open.filter((o) => o !== id) : [...open, id]);
  };
  return (
    <table class="coefficients" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{t('Coefficient')}</th>
          <th scope="col" class="figure">{t('Value')}</th>
          <th scope="col" class="figure">{t('95 % interval')}</th>
          <th scope="col" class="wide"><span class="hidden-from-eyes">{t('Picture')}</span></th>
          <th scope="col" class="figure">n</th>
        </tr>
      </thead>
      <tbody>
        {list.map((c) => {
          const { name, means } = coefficientWords(c.id);
          const id = `means-${label}-${c.id}`.replace(/\W+/g, '-');
          const shown = open.includes(c.id);
          return (
            <tr key={c.id}>
              <th scope="row">
                <button type="button" class="link" aria-expanded={shown} aria-controls={id} onClick={() => { toggle(c.id); }}>{name}</button>
                <p id={id} class="means quiet" hidden={!shown}>{means}</p>
                {c.reason !== undefined && <p class="reason quiet">{t(c.reason)}</p>}
                {c.undefinedDraws !== undefined && <p class="reason quiet">{t('In {0} bootstrap draws it was undefined; the interval is of the others.', number(c.undefinedDraws))}</p>}
              </th>
              <td class="figure strong">{c.value === undefined ? t('undefined') : format(c.id, c.value)}</td>
              <td class="figure">{c.low === undefined || c.high === undefined ? '–' : t('{0} to {1}', format(c.id, c.low), format(c.id, c.high))}</td>
              <td class="wide"><Interval of={c} from={isShare(c.id) ? 0 : -1} /></td>
              <td class="figure quiet">{number(c.n)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
