import assert from 'node:assert/strict';
import { createRng } from '../../../../src/base/rng';
import { accuracy, accuracyChange, isRight, isRightByLength } from '../../../../src/domain/evaluation/choices';
import { repetition, selfBleu } from '../../../../src/domain/evaluation/diversity';

const near = (a: number | undefined, b: number, by = 1e-9): void => {
  assert.ok(a !== undefined && Math.abs(a - b) <= by, `${a} is not ${b}`);
};

describe('diversity', () => {
  it('finds repeated n-grams within an answer', () => {
    assert.equal(repetition([1, 2, 3, 4, 1, 2, 3, 4]), 1 - 4 / 5);
    assert.equal(repetition([7, 7, 7, 7, 7, 7]), 1 - 1 / 3);
    assert.equal(repetition([1, 2, 3]), 0);
    assert.equal(repetition([1, 2, 1, 2], 2), 1 - 2 / 3);
  });
  it('is 1 of self-BLEU for the same answers, and little for answers that share nothing', () => {
    near(selfBleu([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]), 1);
    // Each order has no match: 0.1 over 5, 4, 3 and 2 n-grams.
    near(selfBleu([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]), 0.1 / 120 ** 0.25);
    assert.equal(selfBleu([[1, 2], []]), undefined);
  });
  it('is BLEU as it is written down, brevity included', () => {
    // Both: 1-grams 2 of 2 and 2 of 4, 2-grams 1 of 1 and 1 of 3; 3- and 4-grams: none in the short one, no match in the long one.
    const short = Math.exp(1 - 4 / 2) * Math.sqrt((2 / 2) * (1 / 1));
    const long = ((2 / 4) * (1 / 3) * (0.1 / 2) * (0.1 / 1)) ** 0.25;
    near(selfBleu([[1, 2], [1, 2, 3, 4]]), (short + long) / 2);
  });
});

describe('multiple choice', () => {
  const answered = [
    { logProbs: [-2, -3], bytes: [2, 10], answer: 0 },
    { logProbs: [-2, -3], bytes: [2, 10], answer: 1 },
    { logProbs: [-5, -1, -1], bytes: [4, 4, 4], answer: 1 },
    { logProbs: [-5, -1, -1], bytes: [4, 4, 4], answer: 2 },
  ];
  it('takes the likeliest choice, with and without its length', () => {
    assert.deepEqual(answered.map(isRight), [true, false, true, false]);
    assert.deepEqual(answered.map(isRightByLength), [false, true, true, false]);
    assert.equal(accuracy(answered)!.share, 0.5);
    assert.equal(accuracy([]), undefined);
  });
  it('pairs questions for a change', () => {
    const change = accuracyChange(answered, answered.map((a) => ({ ...a, logProbs: a.logProbs.map((_, i) => (i === a.answer ? 0 : -1)) })), createRng(1));
    assert.equal(change.value, 0.5);
    assert.ok(change.low! >= 0 && change.high! <= 1 && change.low! < change.high!);
  });
});
