import assert from 'node:assert/strict';
import { gradients } from '../../../src/engine/autodiff';
import { input, newGraph, output, type Graph, type Value } from '../../../src/engine/graph';
import { lower } from '../../../src/engine/onnx';
import { add, exp, gather, gatherOnce, linearLogProb, mul, reduceSum, rmsNorm, stopGradient } from '../../../src/engine/ops';
import { createSession } from '../../../src/engine/session';

/** Gradients of a function of x and y, both [2], at x = (1, 2), y = (3, 5). */
async function at(build: (g: Graph, x: Value, y: Value) => Value): Promise<[number[], number[]]> {
  const g = newGraph();
  const [x, y] = [input(g, 'x', 'float32', [2]), input(g, 'y', 'float32', [2])];
  const [dx, dy] = gradients(g, build(g, x, y), [x, y]);
  output(g, 'dx', dx!);
  output(g, 'dy', dy!);
  const session = await createSession(g, { threads: 1 });
  const r = await session.run({ x: Float32Array.of(1, 2), y: Float32Array.of(3, 5) });
  await session.release();
  return [[...(r['dx'] as Float32Array)], [...(r['dy'] as Float32Array)]];
}

describe('gradients', () => {
  it('add up where a value is used more than once', async () => {
    // d/dx Σ (x y + x x + x) = y + 2x + 1
    assert.deepEqual(await at((g, x, y) => reduceSum(g, add(g, add(g, mul(g, x, y), mul(g, x, x)), x))), [[6, 10], [1, 2]]);
  });

  it('are zero for what the loss does not depend on', async () => {
    assert.deepEqual((await at((g, x) => reduceSum(g, x)))[1], [0, 0]);
  });

  it('of a look-up are added to another use of the table where that lies, in either order', async () => {
    for (const lookFirst of [true, false]) {
      for (const look of [gather, gatherOnce]) {
        const g = newGraph();
        const [table, weights, ids] = [input(g, 'table', 'float32', [3, 2]), input(g, 'weights', 'float32', [3, 2]), input(g, 'ids', 'int64', [2])];
        const uses = [(): Value => reduceSum(g, mul(g, look(g, table, ids), 10)), (): Value => reduceSum(g, mul(g, table, weights))];
        const [first, second] = (lookFirst ? uses : uses.toReversed()).map((use) => use());
        output(g, 'd', gradients(g, add(g, first!, second!), [table])[0]!);
        assert.ok(!lower(g).nodes.some((n) => n.type === 'Add'));
        const session = await createSession(g, { threads: 1 });
        const { d } = await session.run({ table: new Float32Array(6), weights: Float32Array.of(1, 2, 3, 4, 5, 6), ids: BigInt64Array.of(2n, 0n) });
        assert.deepEqual([...(d as Float32Array)], [11, 12, 3, 4, 15, 16]);
        await session.release();
      }
    }
  });

  it('stop where they are told to', async () => {
    assert.deepEqual(await at((g, x, y) => reduceSum(g, mul(g, stopGradient(g, x), y))), [[0, 0], [1, 2]]);
  });

  it('can be taken of an intermediate value', async () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [2]);
    const h = mul(g, x, 3);
    const [dh, dx] = gradients(g, reduceSum(g, mul(g, h, h)), [h, x]);
    output(g, 'dh', dh!);
    output(g, 'dx', dx!);
    const session = await createSession(g, { threads: 1 });
    const r = await session.run({ x: Float32Array.of(1, 2) });
    assert.deepEqual([[...(r['dh'] as Float32Array)], [...(r['dx'] as Float32Array)]], [[6, 12], [18, 36]]);
    await session.release();
  });

  it('want a float scalar', () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [2]);
    assert.throws(() => gradients(g, exp(g, x), [x]), /scalar, not float32\[2\]/);
  });

  it('are refused through outputs that have none, instead of being lost', () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [2, 3]);
    const { logProb, logSumExp } = linearLogProb(g, x, input(g, 'w', 'float32', [4, 3]), input(g, 't', 'int64', [2]));
    assert.throws(() => gradients(g, reduceSum(g, add(g, logProb, logSumExp)), [x]), /no gradient is defined through output \d of linearLogProb/);
  });

  it('of a norm by a weight of the wrong length are an error that names the op', () => {
    const g = newGraph();
    assert.throws(() => rmsNorm(g, input(g, 'x', 'float32', [2, 3]), input(g, 'w', 'float32', [4]), 1e-5), /rmsNorm\(float32\[2,3\], float32\[4\]\).*a weight \[4\] for rows of 3/);
  });
});
