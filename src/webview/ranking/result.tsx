import type { VNode } from 'preact';
import type { ScreeningResult } from '../../domain/screening';
import { t } from '../shared/l10n';

const percent = (x: number): string => `${Math.round(100 * x)} %`;

/** How a candidate did in the entrance test, part by part, with 95 % intervals. */
export function Result({ result }: { result: ScreeningResult }): VNode {
  const { passed, parts, overall } = result;
  return (
    <>
      <h1>{passed === undefined ? t('Not finished yet') : passed ? t('Passed') : t('Not passed')}</h1>
      <p class="quiet reason">{result.reason}</p>
      <table class="result">
        <thead><tr><th scope="col">{t('Part')}</th><th scope="col">{t('Agreement')}</th><th scope="col">{t('95 % interval')}</th></tr></thead>
        <tbody>
          {[...parts, { part: t('overall'), agreement: overall }].map(({ part, agreement }) => (
            <tr key={part}>
              <th scope="row">{part}</th>
              <td class="number">{agreement ? percent(agreement.share) : '–'}</td>
              <td class="number quiet">{agreement ? `${percent(agreement.low)} – ${percent(agreement.high)}` : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
