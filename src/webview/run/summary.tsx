import type { VNode } from 'preact';
import { t } from '../shared/l10n';
import type { Curve } from './curves';
import { formatValue, titleOf } from './curves';

interface Props {
  readonly summary: Readonly<Record<string, number>>;
  readonly curves: readonly Curve[];
}

/** The run's result in numbers: before and after where both are known. The report says more. */
export function Summary({ summary, curves }: Props): VNode {
  const pairs = Object.entries(summary);
  return (
    <section class="summary" aria-label={t('Result')}>
      <div class="section-title"><h2>{t('Result')}</h2></div>
      <div class="tiles">
        {pairs.map(([name, value]) => {
          const held = curves.find((c) => c.name === name.replace(/^eval[_/]/, ''))?.held;
          const before = held && held.length > 1 && held[0]![0] === 0 ? held[0]![1] : undefined;
          return (
            <div class="tile" key={name} title={name}>
              <span class="quiet">{titleOf(name.replace(/^eval[_/]/, ''))}</span>
              <strong class="number">{formatValue(value)}</strong>
              {before !== undefined && <span class="quiet number">{t('was {0}', formatValue(before))}</span>}
            </div>
          );
        })}
      </div>
    </section>
  );
}
