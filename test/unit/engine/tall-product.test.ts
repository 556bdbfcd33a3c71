import { strict as assert } from 'node:assert';
import { createRng } from '../../../src/base/rng';
import { input, newGraph, output } from '../../../src/engine/graph';
import { matmul } from '../../../src/engine/ops';
import { createSession } from '../../../src/engine/session';

/** Aᵀ·B over rows, summed in double precision. */
function product(a: Float32Array, b: Float32Array, n: number, left: number, right: number): Float64Array {
  const y = new Float64Array(left * right);
  for (let r = 0; r < n; r++) for (let i = 0; i < left; i++) for (let j = 0; j < right; j++) y[i * right + j]! += a[r * left + i]! * b[r * right + j]!;
  return y;
}

describe('engine/product of tall matrices', () => {
  // Below and above the size from which the narrower factor is transposed by itself, either factor the narrower one.
  for (const [n, left, right, alpha] of [[1600, 200, 220, 1], [1600, 220, 200, 1], [1600, 200, 220, -0.5], [1600, 220, 200, -0.5], [1600, 60, 200, 1]] as const) {
    it(`[${n}, ${left}]ᵀ [${n}, ${right}], times ${alpha}`, async () => {
      const rng = createRng(left);
      const random = (size: number): Float32Array => Float32Array.from({ length: size }, () => rng.normal());
      const [a, b] = [random(n * left), random(n * right)];
      const g = newGraph();
      output(g, 'y', matmul(g, input(g, 'a', 'float32', [n, left]), input(g, 'b', 'float32', [n, right]), { transA: true, alpha }));
      const session = await createSession(g, { threads: 2 });
      const { y } = await session.run({ a, b });
      await session.release();
      const exact = product(a, b, n, left, right);
      const error = exact.reduce((worst, x, i) => Math.max(worst, Math.abs(alpha * x - (y as Float32Array)[i]!)), 0);
      assert.ok(error < 1e-3, `off by ${error}`); // Sums of 1,600 products of about 1 each.
    });
  }
});
