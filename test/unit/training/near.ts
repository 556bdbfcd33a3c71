import assert from 'node:assert/strict';

/** Fails unless the number is there and within `tolerance`. */
export function near(actual: number | undefined, expected: number, tolerance: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= tolerance, `${String(actual)} is not ${expected} ± ${tolerance}`);
}

/** The same for lists, element by element. */
export function allNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) near(actual[i], expected[i]!, tolerance);
}
