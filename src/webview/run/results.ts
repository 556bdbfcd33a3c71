import { weight } from '../../protocol/metric-order';
import type { RunKind } from '../../protocol/run';
import type { Curve } from './curves';

/** One number of a run's result, with what it was before where that is known. */
export interface Result {
  readonly name: string;
  readonly value: number;
  readonly before?: number;
  /** Standard error, where the run tells it (`x_se`). */
  readonly error?: number;
  /** Ends of its 95 % interval, where the run tells them (`x_low`, `x_high`). */
  readonly interval?: readonly [low: number, high: number];
}

/**
 * A summary as results: `x/before` and `x/after` become one, and a held-out metric that was measured at step 0, too, knows
 * what it was. What has a before comes first: it says what the run has changed; then what matters for the kind of run.
 */
export function resultsOf(summary: Readonly<Record<string, number>>, curves: readonly Curve[], kind: RunKind): Result[] {
  const results: Result[] = [];
  for (const [key, value] of Object.entries(summary)) {
    if (key.endsWith('/before') && `${key.slice(0, -7)}/after` in summary) continue;
    if (/_se(\/|$)/.test(key)) continue;
    if (/_(low|high)$/.test(key) && key.replace(/_(low|high)$/, '') in summary) continue;
    const paired = key.endsWith('/after') ? key.slice(0, -6) : undefined;
    const name = (paired ?? key).replace(/^eval[_/]/, '');
    const held = key.startsWith('eval') ? curves.find((c) => c.name === name)?.held : undefined;
    const before = paired === undefined ? (held && held.length > 1 && held[0]![0] === 0 ? held[0]![1] : undefined) : summary[`${paired}/before`];
    // The last training value says less than the same metric on held-out data.
    if (paired === undefined && (`${key}/after` in summary || `eval_${key}` in summary)) continue;
    const error = summary[paired === undefined ? `${key}_se` : `${paired}_se/after`];
    const [low, high] = [summary[`${key}_low`], summary[`${key}_high`]];
    const interval = low === undefined || high === undefined ? {} : { interval: [low, high] as const };
    results.push({ name, value, ...interval, ...(before === undefined ? {} : { before }), ...(error === undefined ? {} : { error }) });
  }
  return results.sort((a, b) => Number(b.before !== undefined) - Number(a.before !== undefined) || weight(kind, a.name) - weight(kind, b.name));
}
