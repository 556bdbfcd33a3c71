import assert from 'node:assert/strict';
import { keyOfGeneration } from '../../../src/domain/content';
import { blindOrder, labelsByItem, progressCounter } from '../../../src/domain/progress';
import type { Generation } from '../../../src/domain/records';
import { generationOf, labelOf } from './records-of';

describe('domain/progress', () => {
  it('counts the items that one labeler has done, by set and in all', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((p) => generationOf(p, 2)) as [Generation, Generation, Generation, Generation];
    const again = { ...b, id: 'the same item under another id' };
    const sets = [{ name: 'one', records: [a, b, generationOf('single', 1)] }, { name: 'two', records: [again, c, d] }];
    const byKey = new Map(sets.flatMap((s) => s.records).filter((g) => g.responses.length > 1).map((g) => [keyOfGeneration(g), g]));
    const counter = progressCounter(sets, byKey, 'ranking');
    assert.deepEqual(counter.count([]), { total: 4, done: 0, bySet: new Map([['one', { total: 2, done: 0 }], ['two', { total: 3, done: 0 }]]) });
    const labels = [
      labelOf(a, { id: '1', generation: a.id }),
      labelOf(b, { id: '2', verdict: 'skipped' }),
      labelOf(c, { id: '3', generation: 'an id that is gone' }),
      labelOf(generationOf('elsewhere', 2), { id: '4' }),
      labelOf(d, { id: '5', kind: 'gold' }),
    ];
    // The skipped item stands in both sets.
    assert.deepEqual(counter.count(labels), { total: 4, done: 3, bySet: new Map([['one', { total: 2, done: 2 }], ['two', { total: 3, done: 2 }]]) });
  });

  it('finds the ordinary labels of an item', () => {
    const g = generationOf('p', 2);
    const labels = [labelOf(g, { id: '1' }), labelOf(g, { id: '2', labeler: 'bert' }), labelOf(g, { id: '3', kind: 'repeat' })];
    assert.deepEqual(labelsByItem(labels).get(keyOfGeneration(g))!.map((l) => l.id), ['1', '2']);
    assert.deepEqual(labelsByItem(labels, 'bert').get(keyOfGeneration(g))!.map((l) => l.id), ['2']);
  });

  it('shows answers in an order that is the same again and differs between labelers and items', () => {
    const keys = Array.from({ length: 300 }, (_, n) => keyOfGeneration(generationOf(`p${n}`, 3)));
    const orders = keys.map((key) => blindOrder('anna', key, 3));
    assert.deepEqual(keys.map((key) => blindOrder('anna', key, 3)), orders);
    for (const order of orders) assert.deepEqual([...order].sort(), [0, 1, 2]);
    const seen = new Map<string, number>();
    for (const order of orders) seen.set(order.join(''), (seen.get(order.join('')) ?? 0) + 1);
    assert.equal(seen.size, 6);
    // 300 draws of 6 orders: 50 each, 6.5 standard deviation.
    for (const [order, n] of seen) assert.ok(Math.abs(n - 50) < 5 * 6.5, `${order}: ${n}`);
    assert.notDeepEqual(keys.map((key) => blindOrder('bert', key, 3)), orders);
  });
});
