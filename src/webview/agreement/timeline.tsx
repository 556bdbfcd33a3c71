import type { VNode } from 'preact';
import type { Bucket, Timeline as Course } from '../../domain/agreement/timeline';
import { t } from '../shared/l10n';
import { number, percent } from './words';

const [width, height, left, bottom] = [640, 150, 40, 22];

/** Agreement over time with its intervals, and the same as a table for those who do not see it. */
export function Timeline({ timeline, ties }: { timeline: Course; ties: boolean }): VNode | null {
  const { buckets, by } = timeline;
  if (buckets.length < 2) return null;
  const step = (width - left - 10) / buckets.length;
  const x = (i: number): number => left + step * (i + 0.5);
  const y = (v: number): number => 8 + (height - bottom - 8) * (1 - v);
  const known = buckets.flatMap((b, i) => (b.agreement.value === undefined ? [] : [{ i, value: b.agreement.value, b }]));
  const every = Math.ceil(buckets.length / 8);
  const words = { day: t('by day'), week: t('by week'), month: t('by thirty days'), sequence: t('in the order of labeling') };
  return (
    <section aria-label={t('Over time')}>
      <div class="section-title">
        <h3>{t('Over time')}</h3>
        <span class="quiet">{ties ? t('agreement {0}, ties half, with 95 % intervals', words[by]) : t('agreement {0}, with 95 % intervals', words[by])}</span>
      </div>
      <svg class="timeline" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t('Agreement over time: from {0} to {1}', percent(known[0]?.value ?? 0), percent(known.at(-1)?.value ?? 0))}>
        {[0, 0.25, 0.5, 0.75, 1].map((v) => (
          <g key={v}>
            <line class="grid" x1={left} x2={width - 10} y1={y(v)} y2={y(v)} />
            <text class="tick" x={left - 6} y={y(v) + 4} text-anchor="end">{percent(v)}</text>
          </g>
        ))}
        <polyline class="course" points={known.map(({ i, value }) => `${x(i)},${y(value)}`).join(' ')} />
        {known.map(({ i, value, b }) => (
          <g key={i}>
            {b.agreement.low !== undefined && b.agreement.high !== undefined && <line class="range" x1={x(i)} x2={x(i)} y1={y(b.agreement.low)} y2={y(b.agreement.high)} />}
            <circle class="point" cx={x(i)} cy={y(value)} r={3.5} />
          </g>
        ))}
        {buckets.map((b, i) => (i % every === 0 ? <text key={i} class="tick" x={x(i)} y={height - 5} text-anchor="middle">{nameOf(timeline, b, i)}</text> : null))}
      </svg>
      <details class="more">
        <summary>{t('As a table')}</summary>
        <table class="coefficients">
          <thead><tr><th scope="col">{t('When')}</th><th scope="col" class="figure">{t('Agreement')}</th><th scope="col" class="figure">{t('95 % interval')}</th><th scope="col" class="figure">n</th></tr></thead>
          <tbody>
            {buckets.map((b, i) => (
              <tr key={i}>
                <th scope="row">{nameOf(timeline, b, i)}</th>
                <td class="figure strong">{b.agreement.value === undefined ? t('undefined') : percent(b.agreement.value, 1)}</td>
                <td class="figure">{b.agreement.low === undefined || b.agreement.high === undefined ? '–' : t('{0} to {1}', percent(b.agreement.low, 1), percent(b.agreement.high, 1))}</td>
                <td class="figure quiet">{number(b.agreement.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

function nameOf({ by, buckets }: Course, bucket: Bucket, at: number): string {
  if (by === 'sequence') return t('{0} of {1}', at + 1, buckets.length);
  return new Date(bucket.from).toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}
