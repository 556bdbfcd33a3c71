import assert from 'node:assert/strict';
import { createRng } from '../../../../src/base/rng';
import { blindWinRate } from '../../../../src/domain/evaluation/blind';
import type { Label } from '../../../../src/domain/records';

const label = (promptHash: string, hashes: readonly string[], fields: Partial<Label>): Label => ({ v: 1, id: `${promptHash} ${String(fields.labeler)} ${hashes.join()}`, op: 'label', task: 'ranking', labeler: 'anna', at: '2026-11-27T10:00:00.000Z', promptHash, items: hashes.map((hash) => ({ hash, source: 'x' })), verdict: 'ranked', ...fields });

describe('blind comparison', () => {
  const pairs = [
    { promptHash: 'p1', own: 'a', other: 'b' },
    { promptHash: 'p2', own: 'c', other: 'd' },
    { promptHash: 'p3', own: 'e', other: 'e' },
    { promptHash: 'p4', own: 'f', other: 'g' },
  ];
  it('counts what labels say of the two answers, wherever they stand in a label', () => {
    const labels = [
      label('p1', ['b', 'a'], { ranks: [2, 1] }),
      label('p1', ['a', 'b'], { labeler: 'ben', verdict: 'tie' }),
      label('p2', ['c', 'x', 'd'], { ranks: [3, 1, 2] }),
      label('p4', ['f', 'g'], { verdict: 'all_bad' }),
      label('p4', ['f', 'g'], { labeler: 'ben', ranks: [1, 2], kind: 'repeat' }),
    ];
    const found = blindWinRate(pairs, labels, createRng(1))!;
    // p1: won and tied; p2: lost; p3: the same text; p4: nothing said of the order.
    assert.deepEqual([found.wins, found.ties, found.losses, found.labelers, found.open], [1, 2, 1, 2, 1]);
    assert.equal(found.rate.value, 0.5);
    assert.equal(found.rate.clusters, 3);
  });
  it('takes an answer without a rank for worse only where the label says so', () => {
    assert.equal(blindWinRate(pairs, [label('p1', ['a', 'b'], { ranks: [1, null], unranked: 'top_k' })], createRng(1))!.wins, 1);
    assert.equal(blindWinRate(pairs, [label('p1', ['a', 'b'], { ranks: [1, null], unranked: 'subset' })], createRng(1)), undefined);
  });
  it('is nothing as long as nobody has judged', () => {
    assert.equal(blindWinRate(pairs, [], createRng(1)), undefined);
    assert.equal(blindWinRate(pairs, [label('other', ['a', 'b'], { ranks: [1, 2] })], createRng(1)), undefined);
  });
});
