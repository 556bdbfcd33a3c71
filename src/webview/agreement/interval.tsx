import type { VNode } from 'preact';
import type { Coefficient } from '../../domain/agreement/coefficient';

/** A value with its interval on a line from `from` to 1. Decoration: the numbers stand beside it. */
export function Interval({ of, from }: { of: Coefficient; from: 0 | -1 }): VNode | null {
  if (of.value === undefined) return null;
  const x = (v: number): number => 4 + (112 * (Math.max(from, Math.min(1, v)) - from)) / (1 - from);
  return (
    <svg class="interval" viewBox="0 0 120 14" width="120" height="14" aria-hidden="true">
      <line class="axis" x1={4} x2={116} y1={7} y2={7} />
      {from === -1 && <line class="zero" x1={x(0)} x2={x(0)} y1={2} y2={12} />}
      {of.low !== undefined && of.high !== undefined && <line class="range" x1={x(of.low)} x2={x(of.high)} y1={7} y2={7} />}
      <circle class="point" cx={x(of.value)} cy={7} r={3.5} />
    </svg>
  );
}
