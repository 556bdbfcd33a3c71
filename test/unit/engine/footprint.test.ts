import assert from 'node:assert/strict';
import { executionOrder, peakBytes } from '../../../src/engine/footprint';
import { input, newGraph, output } from '../../../src/engine/graph';
import { add, exp, matmul, reshape } from '../../../src/engine/ops';
import { zeros } from '../../../src/engine/rules';

describe('footprint', () => {
  it('counts what lives at once; views and results in place take nothing', () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [10, 10]);
    const a = matmul(g, x, x); // 400
    const b = exp(g, a); // in place
    const c = matmul(g, b, reshape(g, b, [10, 10])); // 800
    output(g, 'y', matmul(g, c, x)); // 400 for c, and the output all the time
    matmul(g, x, x); // needed by nothing
    assert.equal(executionOrder(g).length, 4);
    assert.equal(peakBytes(g), 800 + 400);
  });

  it('counts what is computed from constants all the time', () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [5]);
    output(g, 'y', add(g, x, zeros(g, [5])));
    assert.equal(peakBytes(g), 20 + 20);
  });

  it('walks from what is made last', () => {
    const g = newGraph();
    const x = input(g, 'x', 'float32', [4, 4]);
    const [a, b] = [exp(g, x), exp(g, x)];
    output(g, 'first', matmul(g, a, a));
    output(g, 'second', matmul(g, b, a));
    assert.deepEqual(executionOrder(g).map((n) => g.nodes.indexOf(n)), [1, 0, 3, 2]);
  });
});
