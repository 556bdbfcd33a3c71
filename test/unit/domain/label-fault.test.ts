import assert from 'node:assert/strict';
import { labelFault } from '../../../src/domain/label-fault';
import { generationOf, labelOf } from './records-of';

const good = labelOf(generationOf('p', 3), { id: 'l', shown: [2, 0, 1], criteria: { helpful: [1, null, 3] }, rules: { kind: [true, false, null] }, spans: [{ item: 2, start: 1, end: 4, tag: 'wrong' }] });

const unranked = { ...good };
Reflect.deleteProperty(unranked, 'ranks');

describe('domain/label-fault', () => {
  it('has nothing to say about a good label', () => {
    assert.equal(labelFault(good), undefined);
    assert.equal(labelFault({ ...unranked, verdict: 'skipped' }), undefined);
  });

  it('takes a strength between two texts, however many answers have them', () => {
    const [a, b] = good.items;
    assert.equal(labelFault({ ...good, items: [a!, b!, a!], ranks: [1, 3, 1], strength: 2 }), undefined);
    assert.match(labelFault({ ...good, items: [a!, b!, a!], ranks: [1, 1, 1], verdict: 'tie', strength: 2 })!, /"strength"/);
  });

  it('says what does not fit together', () => {
    assert.match(labelFault(unranked)!, /no "ranks"/);
    assert.match(labelFault({ ...good, ranks: [null, null, null] })!, /no item has a rank/);
    assert.match(labelFault({ ...good, ranks: [1, 2] })!, /2 "ranks" for 3 items/);
    assert.match(labelFault({ ...good, strength: 2 })!, /between two items, not to "ranked" of 3/);
    for (const shown of [[0, 1], [0, 1, 1], [1, 2, 3], [0, 1, 2, 3]]) assert.match(labelFault({ ...good, shown })!, /"shown"/);
    assert.match(labelFault({ ...good, criteria: { helpful: [1] } })!, /1 scores of the criterion "helpful"/);
    assert.match(labelFault({ ...good, rules: { kind: [] } })!, /0 marks of the rule "kind"/);
    assert.match(labelFault({ ...good, spans: [{ item: 3, start: 0, end: 1, tag: 'x' }] })!, /item 3 of 3/);
    assert.match(labelFault({ ...good, spans: [{ item: 0, start: 2, end: 1, tag: 'x' }] })!, /before it starts/);
  });
});
