import assert from 'node:assert/strict';
import { generation, response } from '../../../../src/domain/content';
import { arenaWeight, countPairs, informationWorth, pairKey, unseenWorth } from '../../../../src/domain/ratings/active';
import { labelOf } from '../records-of';
import { arenaWeights } from './vectors';

const item = generation('p', [response('1', 'a'), response('2', 'b'), response('3', 'c'), response('4', 'a')]);

describe('what a comparison is worth', () => {
  for (const { p, n, weight } of arenaWeights) {
    it(`is Arena's weight for p ${p}, n ${n}`, () => {
      assert.ok(Math.abs(arenaWeight(p, n) - weight) < 5e-7);
    });
  }

  it('counts comparisons between sources, ties as half a win, and nothing that is no comparison', () => {
    const counts = countPairs([
      labelOf(item, { id: '1', ranks: [1, 2, null, 3], unranked: 'top_k' }), // a>b, a>c, b>c, b>a(4th), c<4th: a>c
      labelOf(item, { id: '2', verdict: 'tie' }),
      labelOf(item, { id: '3', verdict: 'all_bad' }),
      labelOf(item, { id: '4', verdict: 'unsure' }),
      labelOf(item, { id: '5', verdict: 'skipped' }),
      labelOf(item, { id: '6', kind: 'repeat' }),
      labelOf(item, { id: '7', task: 'other' }),
    ], 'ranking');
    assert.deepEqual(counts.get(pairKey('a', 'b')), { n: 4, wins: 1 + 0 + 0.5 + 0.5 });
    assert.deepEqual(counts.get(pairKey('c', 'a')), { n: 4, wins: 3 });
    assert.deepEqual(counts.get(pairKey('b', 'c')), { n: 2, wins: 1.5 });
    assert.equal(counts.size, 3);
  });

  it('of an item is that of its best pair of sources', () => {
    const worth = informationWorth(new Map([[pairKey('a', 'b'), { n: 100, wins: 50 }], [pairKey('a', 'c'), { n: 4, wins: 2 }], [pairKey('b', 'c'), { n: 10, wins: 5 }]]));
    assert.equal(worth(['a', 'b']), arenaWeight(0.5, 100));
    assert.equal(worth(['a', 'b', 'c']), arenaWeight(0.5, 4));
    assert.equal(worth(['a', 'a']), 0);
    assert.equal(worth(['a', 'new']), unseenWorth);
    assert.ok(unseenWorth > arenaWeight(0.5, 1));
  });

  it('keeps a pair that was one-sided so far in the choice', () => {
    assert.ok(informationWorth(new Map([[pairKey('a', 'b'), { n: 3, wins: 3 }]]))(['b', 'a']) > 0);
  });
});
