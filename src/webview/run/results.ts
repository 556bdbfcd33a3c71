import type { Curve } from './curves';

/** One number of a run's result, with what it was before where that is known. */
export interface Result {
  readonly name: string;
  readonly value: number;
  readonly before?: number;
}

/**
 * A summary as results: `x/before` and `x/after` become one, and a held-out metric that was measured at step 0, too, knows
 * what it was. What has a before comes first: it says what the run has changed.
 */
export function resultsOf(summary: Readonly<Record<string, number>>, curves: readonly Curve[]): Result[] {
  const results: Result[] = [];
  for (const [key, value] of Object.entries(summary)) {
    if (key.endsWith('/before') && `${key.slice(0, -7)}/after` in summary) continue;
    const paired = key.endsWith('/after') ? key.slice(0, -6) : undefined;
    const name = (paired ?? key).replace(/^eval[_/]/, '');
    const held = key.startsWith('eval') ? curves.find((c) => c.name === name)?.held : undefined;
    const before = paired === undefined ? (held && held.length > 1 && held[0]![0] === 0 ? held[0]![1] : undefined) : summary[`${paired}/before`];
    // The last training value says less than the same metric on held-out data.
    if (paired === undefined && (`${key}/after` in summary || `eval_${key}` in summary)) continue;
    results.push({ name, value, ...(before === undefined ? {} : { before }) });
  }
  return results.sort((a, b) => Number(b.before !== undefined) - Number(a.before !== undefined));
}
