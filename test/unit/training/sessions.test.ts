import assert from 'node:assert/strict';
import { input, newGraph, output } from '../../../src/engine/graph';
import { mul } from '../../../src/engine/ops';
import { sessionCache } from '../../../src/training/sessions';

describe('sessions', () => {
  it('compiles a shape once, and again when it had to go', async () => {
    const built: number[] = [];
    const cache = sessionCache({ threads: 1 }, 2);
    const double = async (n: number): Promise<number[]> => {
      const session = await cache.get(`${n}`, () => {
        built.push(n);
        const g = newGraph();
        output(g, 'y', mul(g, input(g, 'x', 'float32', [n]), 2));
        return g;
      });
      return [...((await session.run({ x: Float32Array.from({ length: n }, (_, i) => i) }))['y'] as Float32Array)];
    };
    for (const n of [1, 2, 1, 3, 1, 2]) assert.deepEqual(await double(n), Array.from({ length: n }, (_, i) => 2 * i));
    assert.deepEqual(built, [1, 2, 3, 2]);
    await cache.release();
  });
});
