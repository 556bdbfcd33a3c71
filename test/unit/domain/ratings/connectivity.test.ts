import assert from 'node:assert/strict';
import fc from 'fast-check';
import { connectivity, stronglyConnected } from '../../../../src/domain/ratings/connectivity';
import { winMatrix } from '../../../../src/domain/ratings/wins';
import { pairColumns } from './columns-of';
import { winsOf } from './second-opinion';

describe('whether ratings can be compared', () => {
  it('is so when wins lead from each to each', () => {
    const { components, islands } = connectivity(winMatrix(winsOf(3, [[0, 1], [1, 2], [2, 0]])).wins, 3);
    assert.deepEqual([components, islands], [1, 1]);
  });

  it('is so with ties, which lead both ways', () => {
    assert.equal(connectivity(winMatrix(pairColumns(2, [{ a: 0, b: 1, outcome: 0.5 }])).wins, 2).components, 1);
  });

  it('is not so when one side never lost: the unbeaten come last', () => {
    const { component, components, islands } = connectivity(winMatrix(winsOf(4, [[0, 1], [1, 0], [0, 2], [2, 3], [3, 2]])).wins, 4);
    assert.equal(components, 2);
    assert.equal(islands, 1);
    assert.deepEqual([...component], [1, 1, 0, 0]);
  });

  it('is not so between models that never met, nor met the same', () => {
    const { islands, island } = connectivity(winMatrix(winsOf(5, [[0, 1], [1, 0], [2, 3], [3, 2]])).wins, 5);
    assert.equal(islands, 3);
    assert.ok(island[0] === island[1] && island[2] === island[3] && island[1] !== island[2]);
  });

  it('has the components that reaching each other gives', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 20 }), (nodes, edges) => {
      const linked = new Set(edges.map(([a, b]) => `${a % nodes} ${b % nodes}`));
      const edge = (a: number, b: number): boolean => linked.has(`${a} ${b}`);
      const reach = Array.from({ length: nodes }, (_, a) => Array.from({ length: nodes }, (_v, b) => a === b || edge(a, b)));
      for (let k = 0; k < nodes; k++) for (let a = 0; a < nodes; a++) for (let b = 0; b < nodes; b++) reach[a]![b] ||= reach[a]![k]! && reach[k]![b]!;
      const { component } = stronglyConnected(nodes, edge);
      for (let a = 0; a < nodes; a++) {
        for (let b = 0; b < nodes; b++) {
          assert.equal(component[a] === component[b], reach[a]![b]! && reach[b]![a]!);
          if (edge(a, b)) assert.ok(component[a]! >= component[b]!);
        }
      }
    }));
  });
});
