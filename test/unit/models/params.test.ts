import assert from 'node:assert/strict';
import { cloneParams, layoutParams, specOf, view, zerosLike } from '../../../src/models/params';

describe('models/params', () => {
  const shapes = [
    { name: 'norm', shape: [3] },
    { name: 'w', shape: [2, 3] },
    { name: 'bias', shape: [2] },
    { name: 'v', shape: [1, 2] },
  ];

  it('puts what is decayed before what is not', () => {
    const p = layoutParams(shapes);
    assert.deepEqual(p.specs.map((s) => [s.name, s.offset]), [['w', 0], ['v', 6], ['norm', 8], ['bias', 11]]);
    assert.deepEqual([p.decayLength, p.data.length], [8, 13]);
  });

  it('gives views that write through, and copies that do not', () => {
    const p = layoutParams(shapes, Float32Array.from({ length: 13 }, (_, i) => i));
    const copy = cloneParams(p);
    view(p, 'v').fill(-1);
    assert.deepEqual([...p.data.subarray(5, 9)], [5, -1, -1, 8]);
    assert.deepEqual([...view(copy, 'v')], [6, 7]);
    assert.deepEqual([zerosLike(p).data.length, zerosLike(p).data.some((x) => x !== 0), zerosLike(p).specs], [13, false, p.specs]);
  });

  it('throws for a name twice, a name that is not there and data of another length', () => {
    assert.throws(() => layoutParams([...shapes, shapes[0]!]), /two parameters are called norm/);
    assert.throws(() => specOf(layoutParams(shapes), 'x'), /no parameter x/);
    assert.throws(() => layoutParams(shapes, new Float32Array(3)), /3 numbers given for 13/);
  });
});
