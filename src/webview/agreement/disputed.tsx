import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { AgreementView } from '../../protocol/panels-agreement';
import type { AgreementReport } from '../../domain/agreement/report';
import { t } from '../shared/l10n';
import { number, percent } from './words';

/** The items that people disagree on most. Enter or a click opens one in the labeling panel, to be settled. */
export function Disputed({ report, asked, settle, adjudicate }: { report: AgreementReport; asked: AgreementView['asked']; settle: (key: string) => void; adjudicate: () => void }): VNode {
  const [at, setAt] = useState(0);
  const { disputed, disputedTotal, unsettled } = report;
  if (disputed.length === 0) return <p class="quiet">{t('No item is disputed: on all {0} that two labelers or more have judged they say the same.', number(report.overlap))}</p>;
  const focusable = Math.min(at, disputed.length - 1);
  const move = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(disputed.length - 1, focusable + step));
    setAt(to);
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('button')[to]?.focus();
  };
  return (
    <>
      <div class="section-title">
        <p class="quiet told">
          {t('{0} items are disputed, {1} of them are not settled and stand first.', number(disputedTotal), number(unsettled))}{' '}
          {t('The figure is how far each two labelers are apart over the parts of the task: 0 % they say the same, 100 % the opposite.')}{' '}
          {disputedTotal > disputed.length && t('The first {0} are listed.', disputed.length)}
        </p>
        <span class="spacer" />
        <button type="button" class="primary" onClick={adjudicate}>{t('Settle One after the Other')}</button>
      </div>
      <ol class="disputed" aria-label={t('Disputed items')} onKeyDown={move}>
        {disputed.map((d, i) => (
          <li key={d.key}>
            <button type="button" class="plain item" tabIndex={i === focusable ? 0 : -1} onFocus={() => { setAt(i); }} onClick={() => { settle(d.key); }}>
              <span class="number strong">{percent(d.disagreement)}</span>
              <svg class="bar" viewBox="0 0 60 6" width="60" height="6" aria-hidden="true"><rect class="track" width={60} height={6} rx={3} /><rect class="fill" width={60 * d.disagreement} height={6} rx={3} /></svg>
              <span class="asked">{asked[d.key] ?? t('(its answers are gone)')}</span>
              <span class="quiet facts">{d.labelers === 2 ? t('two labelers') : t('{0} labelers', d.labelers)}{d.settled ? ` · ${t('settled')}` : ''}</span>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}
