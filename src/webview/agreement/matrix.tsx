import type { VNode } from 'preact';
import type { Matrix as Cells } from '../../domain/agreement/part-report';
import type { PairMeasure } from '../../domain/agreement/pairs';
import { t } from '../shared/l10n';
import { coefficientWords, format, isShare, number } from './words';

/** Each two labelers by a measure that is chosen. */
export function Matrix({ matrix, ids, measure, onMeasure }: { matrix: Cells; ids: readonly string[]; measure: PairMeasure | undefined; onMeasure: (measure: PairMeasure) => void }): VNode {
  const shown = measure !== undefined && matrix.measures.includes(measure) ? measure : matrix.measures[0]!;
  const at = matrix.measures.indexOf(shown);
  const cell = (a: number, b: number): Cells['cells'][number] | undefined => matrix.cells.find((c) => (c.a === a && c.b === b) || (c.a === b && c.b === a));
  return (
    <section aria-label={t('Labelers in pairs')}>
      <div class="section-title">
        <h3>{t('Labelers in pairs')}</h3>
        <label class="quiet">
          {t('Measure')}{' '}
          <select value={shown} onChange={(e) => { onMeasure(e.currentTarget.value as PairMeasure); }}>
            {matrix.measures.map((m) => <option key={m} value={m}>{coefficientWords(m).name}</option>)}
          </select>
        </label>
      </div>
      <div class="scroll" role="region" aria-label={t('Matrix of labelers')} tabIndex={0}>
        <table class="matrix">
          <thead>
            <tr>
              <td />
              {matrix.labelers.map((l) => <th scope="col" key={l}>{ids[l]}</th>)}
            </tr>
          </thead>
          <tbody>
            {matrix.labelers.map((a) => (
              <tr key={a}>
                <th scope="row">{ids[a]}</th>
                {matrix.labelers.map((b) => {
                  const found = a === b ? undefined : cell(a, b);
                  const value = found?.values[at];
                  if (!found || !value) return <td key={b} class="quiet">{a === b ? '' : '–'}</td>;
                  return (
                    <td key={b} class={value.value === undefined ? 'quiet' : `level-${levelOf(shown, value.value)}`} title={value.reason === undefined ? '' : t(value.reason)}>
                      <span class="number strong">{value.value === undefined ? t('undefined') : format(shown, value.value)}</span>
                      {value.low !== undefined && value.high !== undefined && <span class="number quiet small">{t('{0} to {1}', format(shown, value.low), format(shown, value.high))}</span>}
                      <span class="number quiet small">{t('n = {0}', number(found.n))}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** 0 (none) to 4 (nearly all): how strongly a cell is coloured. */
function levelOf(measure: PairMeasure, value: number): number {
  const of = isShare(measure) ? 2 * value - 1 : value;
  return of >= 0.8 ? 4 : of >= 0.6 ? 3 : of >= 0.4 ? 2 : of >= 0.2 ? 1 : 0;
}
