import assert from 'node:assert/strict';
import fc from 'fast-check';
import { generationSchema, labelLineSchema, labelSchema, promptSchema } from '../../../src/protocol/records';
import { promptRecord } from '../../../src/domain/content';
import { anyHistory, generationOf, labelOf } from '../domain/records-of';

const g = generationOf('p', 2);
const hash = g.promptHash;

describe('protocol/records', () => {
  it('reads the label of the design, unknown fields kept', () => {
    const label = {
      v: 1, id: '01J', op: 'label', task: 'ranking', labeler: 'anna', at: '2026-11-22T10:00:00.000Z', promptHash: hash,
      items: [{ hash, source: 'policy@run-7', seed: 7 }, { hash, source: 'base' }], shown: [1, 0], touched: true, verdict: 'ranked', ranks: [1, 2],
      criteria: { helpful: [6, 3] }, rules: { 'no-insult': [false, true] }, answers: { q1: '…' }, spans: [{ item: 1, start: 3, end: 9, tag: 'wrong' }],
      rationale: '…', confidence: 3, ms: 14200, select: { policy: 'uncertainty', p: 0.03 }, guideline: 'sha256:…', future: { a: [1] },
    };
    assert.deepEqual(labelLineSchema.parse(label), label);
  });

  it('passes every label and retract that the domain makes, unchanged', () => {
    fc.assert(fc.property(anyHistory, (lines) => { assert.deepEqual(lines.map((line) => labelLineSchema.parse(line)), lines); }), { numRuns: 100 });
  });

  it('refuses what is not a record', () => {
    const label = labelOf(g, { id: 'a' });
    const wrong: object[] = [{ v: 2 }, { id: '' }, { op: 'lable' }, { verdict: 'best' }, { ranks: [0, 1] }, { ranks: [1.5, 2] }, { at: 'yesterday' }, { items: [] }, { promptHash: 'sha256:12' }, { confidence: undefined }, { shown: [-1, 0] }];
    for (const change of wrong) assert.equal(labelSchema.safeParse({ ...label, ...change }).success, false, JSON.stringify(change));
    for (const value of [null, [], 'label', 3]) assert.equal(labelLineSchema.safeParse(value).success, false);
  });

  it('takes a prompt or messages, never both or neither', () => {
    assert.equal(promptSchema.safeParse(promptRecord('p', { tags: ['a'], split: 'test', reference: 'r' })).success, true);
    assert.equal(promptSchema.safeParse({ v: 1, id: 'x' }).success, false);
    assert.equal(promptSchema.safeParse({ v: 1, id: 'x', prompt: 'p', messages: [{ role: 'user', content: 'p' }] }).success, false);
    assert.equal(generationSchema.safeParse(g).success, true);
    assert.equal(generationSchema.safeParse({ ...g, prompt: undefined }).success, false);
  });
});
