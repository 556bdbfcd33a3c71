import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constant, input, newGraph, output, printGraph, type Graph } from '../../../src/engine/graph';
import { encodeModel, lower } from '../../../src/engine/onnx';
import { add, cast, exp, gather, greater, matmul, mul, slice } from '../../../src/engine/ops';
import { createSession } from '../../../src/engine/session';

/** y = 2x + 1 over [4]. */
function line(): Graph {
  const g = newGraph();
  output(g, 'y', add(g, mul(g, input(g, 'x', 'float32', [4]), 2), 1));
  return g;
}

describe('session', () => {
  it('reads from and writes into views of one flat array, and nothing beside them', async () => {
    const session = await createSession(line(), { threads: 1 });
    const flat = Float32Array.of(-1, 1, 2, 3, 4, -1);
    const results = new Float32Array(8).fill(-7);
    const { y } = await session.run({ x: flat.subarray(1, 5) }, { y: results.subarray(2, 6) });
    assert.deepEqual([...results], [-7, -7, 3, 5, 7, 9, -7, -7]);
    assert.equal((y as Float32Array).buffer, results.buffer);
    await session.release();
  });

  it('keeps its own results until the next run', async () => {
    const session = await createSession(line(), { threads: 1 });
    const first = (await session.run({ x: Float32Array.of(1, 2, 3, 4) }))['y'] as Float32Array;
    assert.deepEqual([...first], [3, 5, 7, 9]);
    const second = (await session.run({ x: new Float32Array(4) }))['y'];
    assert.equal(first, second);
    assert.deepEqual([...first], [1, 1, 1, 1]);
    await session.release();
  });

  it('says which array does not fit, and how', async () => {
    const session = await createSession(line(), { threads: 1 });
    await assert.rejects(session.run({}), /input x is not fed/);
    await assert.rejects(session.run({ x: new Float32Array(3) }), /x has shape \[4\], but 3 elements were given/);
    await assert.rejects(session.run({ x: new BigInt64Array(4) }), /x is float32, not what a BigInt64Array holds/);
    await assert.rejects(session.run({ x: new Float32Array(4) }, { y: new Float32Array(5) }), /y has shape \[4\]/);
    await session.release();
  });

  it('passes an input or a constant through, and carries every dtype', async () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [2]);
    output(g, 'same', x);
    output(g, 'fixed', constant(g, Int32Array.of(7, 8), 'int32', [2]));
    output(g, 'positive', greater(g, x, 0));
    output(g, 'whole', cast(g, x, 'int64'));
    output(g, 'byte', cast(g, input(g, 'b', 'bool', [2]), 'uint8'));
    const session = await createSession(g, { threads: 1 });
    const r = await session.run({ x: Float32Array.of(-1, 2), b: Uint8Array.of(0, 1) });
    assert.deepEqual(r, { same: Float32Array.of(-1, 2), fixed: Int32Array.of(7, 8), positive: Uint8Array.of(0, 1), whole: BigInt64Array.of(-1n, 2n), byte: Uint8Array.of(0, 1) });
    await session.release();
  });

  it('refuses a position outside of a table', async () => {
    const g = newGraph();
    output(g, 'y', gather(g, input(g, 'x', 'float32', [3, 2]), input(g, 'ids', 'int64', [1])));
    const session = await createSession(g, { threads: 1 });
    await assert.rejects(session.run({ x: new Float32Array(6), ids: BigInt64Array.of(3n) }), /out of.*bounds/s);
    await session.release();
  });

  it('writes a profile when asked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-profile-'));
    try {
      const session = await createSession(line(), { threads: 1, profile: join(folder, 'p') });
      await session.run({ x: new Float32Array(4) });
      await session.release();
      assert.ok(readdirSync(folder).some((f) => f.startsWith('p') && f.endsWith('.json')));
    } finally {
      rmSync(folder, { recursive: true, force: true });
      assert.ok(!existsSync(folder));
    }
  });
});

describe('graph', () => {
  it('prints', () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [2, 3]);
    output(g, 'y', slice(g, exp(g, x), 1, 0, 2));
    assert.equal(printGraph(g), ['%0:float32[2,3] = input x', '%1:float32[2,3] = exp(%0)', '%2:float32[2,2] = slice(%1) {"axis":1,"start":0,"end":2}', 'output y = %2'].join('\n'));
  });

  it('wants every name once', () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', []);
    assert.throws(() => input(g, 'x', 'float32', []), /already has.*"x"/);
    assert.throws(() => { output(g, 'x', x); }, /already has.*"x"/);
    assert.throws(() => constant(g, new Float32Array(1), 'float32', [], 'x'), /already has.*"x"/);
  });

  it('refuses shapes and dtypes that do not fit when the node is added', () => {
    const g = newGraph();
    const [a, b, i] = [input(g, 'a', 'float32', [2, 3]), input(g, 'b', 'float32', [2, 3]), input(g, 'i', 'int64', [2, 3])];
    assert.throws(() => matmul(g, a, b), /inner dimensions 3 and 2 differ: \[2, 3\] times \[2, 3\]/);
    assert.throws(() => add(g, a, i), /mixed dtypes: float32, int64/);
    assert.throws(() => add(g, a, input(g, 'c', 'float32', [4])), /do not broadcast: \[2, 3\] and \[4\]/);
    assert.throws(() => constant(g, new Float32Array(3), 'float32', [2]), /3 elements, its shape \[2\] wants 2/);
    assert.throws(() => slice(g, a, 1, 2, 4), /2:4 is not inside of 0:3/);
    assert.throws(() => slice(g, a, 2, 0, 1), /axis 2 is outside of rank 2/);
    assert.throws(() => gather(g, a, b), /positions are float32/);
  });

  it('copies a value that has two names, or is an input, and no other', async () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [2]);
    const y = exp(g, x);
    output(g, 'same', x);
    output(g, 'y', y);
    output(g, 'again', y);
    assert.deepEqual(lower(g).nodes.map((n) => n.type), ['Exp', 'Identity', 'Identity']);
    const session = await createSession(g, { threads: 1 });
    const found = await session.run({ x: Float32Array.of(0, 1) });
    assert.deepEqual(found['same'], Float32Array.of(0, 1));
    assert.deepEqual(found['again'], found['y']);
    await session.release();
  });

  it('leaves out what no output needs', () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [2]);
    exp(g, x);
    constant(g, new Float32Array(1000), 'float32', [1000], 'unused');
    output(g, 'y', add(g, x, 1));
    const { nodes, tensors } = lower(g);
    assert.deepEqual(nodes.map((n) => n.type), ['Add']);
    assert.equal(tensors.length, 1);
    assert.ok(encodeModel(g).bytes.length < 400);
  });
});
