import assert from 'node:assert/strict';
import { contradictedLabels, contradiction, isReAsked, reAskedReport, type ScoresOf } from '../../../src/domain/contradictions';
import { judgementsOf } from '../../../src/domain/agreement/judgements';
import type { Label } from '../../../src/domain/records';

const label = (id: string, fields: Partial<Label> = {}): Label => ({ v: 1, id, op: 'label', task: 'ranking', labeler: 'anna', at: '2026-11-27T10:00:00.000Z', promptHash: 'p', items: ['a', 'b'].map((hash) => ({ hash, source: 'x' })), verdict: 'ranked', ranks: [1, 2], ...fields });
const scores: Record<string, number[]> = { 'p a': [0, 1], 'p b': [2, 1], 'p c': [5, 5], 'q a': [1, 1], 'q b': [0, 0] };
const scoresOf: ScoresOf = (promptHash, hash) => scores[`${promptHash} ${hash}`];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('contradictions', () => {
  it('are the mean probability of the models that a label is the wrong way round', () => {
    assert.ok(Math.abs(contradiction(label('1'), scoresOf)! - (sigmoid(2) + 0.5) / 2) < 1e-12);
    assert.ok(Math.abs(contradiction(label('2', { ranks: [2, 1] }), scoresOf)! - (sigmoid(-2) + 0.5) / 2) < 1e-12);
    // Three answers: the mean over three comparisons.
    const three = label('3', { items: ['a', 'b', 'c'].map((hash) => ({ hash, source: 'x' })), ranks: [1, 2, 3] });
    const each = [(sigmoid(2) + 0.5) / 2, (sigmoid(5) + sigmoid(4)) / 2, (sigmoid(3) + sigmoid(4)) / 2];
    assert.ok(Math.abs(contradiction(three, scoresOf)! - (each[0]! + each[1]! + each[2]!) / 3) < 1e-12);
  });
  it('are unknown for labels without an order, and for answers without scores', () => {
    for (const fields of [{ verdict: 'tie' }, { verdict: 'unsure' }, { ranks: [1, 1] }, { promptHash: 'elsewhere' }, { ranks: [1, null], unranked: 'subset' }] as const) assert.equal(contradiction(label('1', fields as Partial<Label>), scoresOf), undefined);
    assert.ok(contradiction(label('1', { ranks: [1, null], unranked: 'top_k' }), scoresOf)! > 0.5);
  });
  it('come strongest first, and only where the models would have it reversed', () => {
    const strong = label('strong', { items: ['a', 'c'].map((hash) => ({ hash, source: 'x' })) });
    const found = contradictedLabels([label('weak'), label('right', { ranks: [2, 1] }), strong, label('of a test', { kind: 'gold' })], scoresOf);
    assert.deepEqual(found.map((c) => c.label.id), ['strong', 'weak']);
    assert.deepEqual(contradictedLabels([label('weak'), strong], scoresOf, 1).map((c) => c.label.id), ['strong']);
  });
  it('tell what people have kept, reversed and tied, and how model and person agree before and after', () => {
    const first = [label('1'), label('2', { labeler: 'ben' }), label('3', { labeler: 'cleo' }), label('4', { labeler: 'dora' })];
    const again = (of: string, labeler: string, fields: Partial<Label>): Label => label(`again ${of}`, { labeler, kind: 'repeat', repeats: of, select: { policy: 'contradicted', p: 1 }, ...fields });
    const second = [again('1', 'anna', { ranks: [1, 2] }), again('2', 'ben', { ranks: [2, 1] }), again('3', 'cleo', { verdict: 'tie' }), again('4', 'dora', { verdict: 'unsure' }), label('plain', { kind: 'repeat', repeats: '1', select: { policy: 'repeat', p: 0.1 } })];
    const report = reAskedReport([...first, ...second], (id) => first.find((l) => l.id === id), scoresOf);
    assert.deepEqual(report, { labels: 4, labelers: 4, kept: 1, reversed: 1, tied: 1, open: 1, before: 0, after: 0.5 });
    assert.equal(reAskedReport(second, () => undefined, scoresOf).labels, 0);
    assert.ok(!('before' in reAskedReport([...first, ...second], (id) => first.find((l) => l.id === id), () => undefined)));
  });
  it('do not count for how constant a labeler is', () => {
    const chosen = label('again', { kind: 'repeat', repeats: '1', select: { policy: 'contradicted', p: 1 } });
    assert.ok(isReAsked(chosen) && !isReAsked(label('1')));
    assert.equal(judgementsOf([label('1'), chosen]).kind.length, 1);
    assert.equal(judgementsOf([label('1'), { ...chosen, select: { policy: 'repeat', p: 1 } }]).kind.length, 2);
  });
});
