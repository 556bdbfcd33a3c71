import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../shared/l10n';
import type { RunKind } from '../../protocol/run';
import type { Curve } from './curves';
import { formatValue, titleOf } from './curves';
import { resultsOf } from './results';

interface Props {
  readonly summary: Readonly<Record<string, number>>;
  readonly curves: readonly Curve[];
  readonly kind: RunKind;
}

const few = 8;

/** The run's result in numbers: before and after where both are known. The report says more. */
export function Summary({ summary, curves, kind }: Props): VNode {
  const [all, setAll] = useState(false);
  const results = resultsOf(summary, curves, kind);
  return (
    <section class="summary" aria-label={t('Result')}>
      <div class="section-title"><h2>{t('Result')}</h2></div>
      <div class="tiles">
        {(all ? results : results.slice(0, few)).map(({ name, value, before, error, interval }) => (
          <div class="tile" key={name} title={name}>
            <span class="quiet">{titleOf(name)}</span>
            <strong class="number">{formatValue(value)}{error !== undefined && <small class="quiet" title={t('standard error')}> ± {formatValue(error)}</small>}</strong>
            {interval && <span class="quiet number" title={t('95 % interval')}>[{formatValue(interval[0])}, {formatValue(interval[1])}]</span>}
            {before !== undefined && <span class="quiet number">{t('was {0}', formatValue(before))}</span>}
          </div>
        ))}
      </div>
      {results.length > few && !all && <button type="button" class="link" onClick={() => { setAll(true); }}>{t('Show all {0} numbers', results.length)}</button>}
    </section>
  );
}
