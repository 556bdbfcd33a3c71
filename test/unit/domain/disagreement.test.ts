import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyOfLabel } from '../../../src/domain/content';
import { disputedItems } from '../../../src/domain/disagreement';
import { foldLabels } from '../../../src/domain/labels';
import type { Label } from '../../../src/domain/records';
import { anyHistory, generationOf, labelOf } from './records-of';

const g = generationOf('p', 3);
const says = (labeler: string, fields: Partial<Label>): Label => labelOf(g, { id: `${labeler}-${fields.kind ?? ''}`, labeler, ...fields });
const between = (a: Partial<Label>, b: Partial<Label>): number | undefined => disputedItems([says('a', a), says('b', b)], 'ranking')[0]?.disagreement;

describe('domain/disagreement', () => {
  it('is 0 for the same, 1 for the opposite, and between otherwise', () => {
    assert.equal(between({ ranks: [1, 2, 3] }, { ranks: [1, 2, 3] }), 0);
    assert.equal(between({ ranks: [1, 2, 3] }, { ranks: [3, 2, 1] }), 1);
    assert.equal(between({ ranks: [1, 2, 3] }, { ranks: [2, 1, 3] }), 1 / 3);
    assert.equal(between({ ranks: [1, 2, 3] }, { verdict: 'tie' }), 0.5);
    assert.equal(between({ ranks: [1, 2, 3] }, { verdict: 'all_bad' }), 1);
    assert.equal(between({ verdict: 'all_bad' }, { verdict: 'all_bad' }), 0);
    assert.equal(between({ ranks: [1, 2, 3] }, { verdict: 'unsure' }), 0);
  });

  it('counts criteria by their distance, and each part once', () => {
    const rules = { rude: [true, false, false] };
    // Preference the same (0), scores 6 and 0 of 6 apart and one not given (½), rules differ on one of three (⅓).
    assert.equal(between({ criteria: { helpful: [1, 7, null] }, rules }, { criteria: { helpful: [7, 7, 3] }, rules: { rude: [false, false, false] } }), (0 + 0.5 + 1 / 3) / 3);
    assert.equal(between({ flags: [['x'], [], []] }, { flags: [[], [], []] }), (0 + 1 / 3) / 2);
  });

  it('takes ordinary labels of several labelers, most disputed first, and knows what is settled', () => {
    const h = generationOf('other', 3);
    const labels = [
      says('a', {}), says('b', { ranks: [2, 1, 3] }), says('c', {}),
      labelOf(h, { id: 'x', labeler: 'a' }), labelOf(h, { id: 'y', labeler: 'b', ranks: [3, 2, 1] }), labelOf(h, { id: 'z', labeler: 'lead', kind: 'adjudication' }),
      labelOf(generationOf('alone', 2), { id: 'w', labeler: 'a' }), says('d', { kind: 'repeat', ranks: [3, 2, 1] }), says('e', { task: 'another' }),
    ];
    const items = disputedItems(labels, 'ranking');
    assert.deepEqual(items.map((i) => [i.key, i.labels.length, i.settled]), [[keyOfLabel(labels[3]!), 2, true], [keyOfLabel(labels[0]!), 3, false]]);
    assert.ok(Math.abs(items[1]!.disagreement - 2 / 9) < 1e-12); // two of three pairs of labelers, each on a third of the answers' pairs
  });

  it('does not depend on the order of labels or of the answers in them', () => {
    fc.assert(fc.property(anyHistory, fc.nat(), (lines, seed) => {
      const labels = foldLabels(lines).current;
      const turned = labels.map((l, n) => ((n + seed) % 2 ? l : { ...l, items: [...l.items].reverse(), ...(l.ranks ? { ranks: [...l.ranks].reverse() } : {}) })).reverse();
      const short = (all: readonly Label[]): unknown => disputedItems(all, 'ranking').map((i) => [i.key, Math.round(i.disagreement * 1e9), i.labels.map((l) => l.id).sort()]);
      assert.deepEqual(short(turned), short(labels));
    }));
  });
});
