import assert from 'node:assert/strict';
import { keyOfGeneration } from '../../../src/domain/content';
import { blindOrder, labelProgress, labelsByItem } from '../../../src/domain/progress';
import { generationOf, labelOf } from './records-of';

describe('domain/progress', () => {
  it('counts the items of a set that are judged, by verdict', () => {
    const set = ['a', 'b', 'c', 'd'].map((p) => generationOf(p, 2));
    const labels = [labelOf(set[0]!, { id: '1' }), labelOf(set[1]!, { id: '2', verdict: 'skipped' }), labelOf(set[2]!, { id: '3', labeler: 'bert' }), labelOf(generationOf('elsewhere', 2), { id: '4' })];
    const anna = labelProgress(set, labelsByItem(labels, 'anna'));
    assert.deepEqual(anna, { total: 4, done: 2, byVerdict: { ranked: 1, tie: 0, all_bad: 0, answered: 0, unsure: 0, skipped: 1 } });
    assert.equal(labelProgress(set, labelsByItem(labels)).done, 3);
    const gold = labelOf(set[3]!, { id: '5', kind: 'gold' });
    assert.equal(labelProgress(set, labelsByItem([...labels, gold], 'anna')).done, 2, 'only ordinary labels count');
    assert.equal(labelProgress([...set, set[0]!, generationOf('single', 1)], labelsByItem(labels, 'anna')).total, 4);
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
