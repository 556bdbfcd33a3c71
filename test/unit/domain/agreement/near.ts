import assert from 'node:assert/strict';

export function near(actual: number | undefined, expected: number, tolerance = 5e-7): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

/** Counts q × q as one list by rows. */
export function tableOf(rows: readonly (readonly number[])[]): number[] {
  return rows.flat();
}

/** Two raters' values as a matrix of units: what a table counts. */
export function unitsOf(rows: readonly (readonly number[])[]): [number[], number[]] {
  const units = rows.flatMap((row, a) => row.flatMap((n, b) => Array.from({ length: n }, () => [a, b] as const)));
  return [units.map(([a]) => a), units.map(([, b]) => b)];
}
