import type { VNode } from 'preact';
import type { Calibration as Data } from '../../domain/model-report';
import { t } from '../shared/l10n';

const [size, left, bottom] = [170, 46, 36];

interface Props {
  readonly calibration: Data;
  /** Where the axes begin: one half where it is the winner that is predicted. */
  readonly from: number;
  readonly title: string;
  readonly says: string;
}

/** How sure predictions are against how often they come true: on the diagonal they are as sure as they should be. The table below says the same. */
export function Calibration({ calibration: { ece, bins }, from, title, says }: Props): VNode {
  const low = Math.min(from, ...bins.map((b) => Math.min(b.observed, b.predicted)));
  const x = (p: number): number => left + ((p - from) / (1 - from)) * size;
  const y = (p: number): number => 6 + (1 - (p - low) / (1 - low)) * size;
  const most = Math.max(...bins.map((b) => b.n));
  const words = t('{0}: expected calibration error {1}, {2} bins. The table has the numbers.', title, ece.toFixed(3), bins.length);
  return (
    <figure class="calibration">
      <figcaption><span class="name">{title}</span> <span class="quiet number">ECE {ece.toFixed(3)}</span><div class="quiet">{says}</div></figcaption>
      <svg viewBox={`0 0 ${left + size + 18} ${size + bottom + 8}`} width={left + size + 18} height={size + bottom + 8} role="img" aria-label={words}>
        <rect class="frame" x={left} y="6" width={size} height={size} />
        <line class="ideal" x1={x(from)} y1={y(from)} x2={x(1)} y2={y(1)} />
        <polyline class="line" points={bins.map((b) => `${x(b.predicted)},${y(b.observed)}`).join(' ')} />
        {bins.map((b) => <circle class="mark" key={b.from} cx={x(b.predicted)} cy={y(b.observed)} r={2 + 3 * Math.sqrt(b.n / most)} />)}
        {[from, (1 + from) / 2, 1].map((p) => <text class="tick" key={p} x={x(p)} y={size + 20} text-anchor="middle">{p.toFixed(2)}</text>)}
        <text class="tick" x={left + size / 2} y={size + 36} text-anchor="middle">{t('predicted')}</text>
        <text class="tick" transform={`translate(10 ${6 + size / 2}) rotate(-90)`} text-anchor="middle">{t('came true')}</text>
        {[low, (1 + low) / 2, 1].map((p) => <text class="tick" key={p} x={left - 4} y={y(p) + 4} text-anchor="end">{p.toFixed(2)}</text>)}
      </svg>
      <details>
        <summary>{t('Numbers')}</summary>
        <table class="groups">
          <thead><tr>{['Bin', 'Predicted', 'Came true', 'Predictions'].map((h) => <th scope="col" key={h}>{t(h)}</th>)}</tr></thead>
          <tbody>
            {bins.map((b) => (
              <tr key={b.from}>
                <th scope="row">{b.from.toFixed(2)}–{b.to.toFixed(2)}</th>
                <td class="number">{b.predicted.toFixed(3)}</td>
                <td class="number">{b.observed.toFixed(3)}</td>
                <td class="number">{b.n}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
