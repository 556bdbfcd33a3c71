import assert from 'node:assert/strict';
import { wilson } from '../../../src/domain/agreement';
import type { Gold, Label, ScreeningItem } from '../../../src/domain/records';
import { keyOfGeneration } from '../../../src/domain/content';
import { agreementWithGold, screeningItemsFor, screeningItemsFrom, screeningResult } from '../../../src/domain/screening';
import { resolveTask } from '../../../src/domain/tasks';
import { screeningSchema } from '../../../src/protocol/records';
import { generationOf, labelOf } from './records-of';

const itemOf = (n: number, gold: Gold, k = 2, task?: string): ScreeningItem => ({ ...generationOf(`screen ${n}`, k), id: `s${n}`, gold, ...(task === undefined ? {} : { task }) });
const answerOf = (item: ScreeningItem, fields: Partial<Label>): Label => labelOf(item, { id: `l-${item.id}`, kind: 'screening', gold: item.id, ...fields });

describe('domain/screening', () => {
  const items = Array.from({ length: 20 }, (_, n) => itemOf(n, { verdict: 'ranked', ranks: [1, 2] }));
  /** Right on the first `right` items, wrong on the others. */
  const labels = (right: number, done = 20): Label[] => items.slice(0, done).map((item, n) => answerOf(item, { ranks: n < right ? [1, 2] : [2, 1] }));

  it('passes by the rate or by the lower end of the interval, and says which', () => {
    const by = (rule: 'rate' | 'lower-bound', threshold: number): ReturnType<typeof screeningResult> => screeningResult('anna', items, labels(15), { threshold, rule });
    assert.deepEqual(by('rate', 0.75).overall, wilson(15, 20)); // .5313 to .8881, as published
    assert.equal(by('rate', 0.75).passed, true);
    assert.equal(by('rate', 0.76).passed, false);
    assert.equal(by('lower-bound', 0.75).passed, false);
    assert.equal(by('lower-bound', 0.53).passed, true);
    assert.match(by('lower-bound', 0.75).reason, /^75 % agreement \(95 % interval 53\.1 % to 88\.8 %\) over 20 items; 75 % is needed at the lower end/);
  });

  it('is undecided until every item is done', () => {
    const half = screeningResult('anna', items, labels(10, 10), { threshold: 0.5, rule: 'rate' });
    assert.deepEqual([half.passed, half.done, half.total], [undefined, 10, 20]);
    assert.match(half.reason, /10 of 20/);
    assert.equal(screeningResult('anna', [], [], { threshold: 0.5, rule: 'rate' }).passed, undefined);
  });

  it('gives every candidate the same items, also fewer than there are', () => {
    const some = screeningItemsFor(items, 'ranking', 5);
    assert.equal(some.length, 5);
    assert.deepEqual(screeningItemsFor([...items].reverse(), 'ranking', 5).map((i) => i.id).sort(), some.map((i) => i.id).sort());
    assert.deepEqual(screeningItemsFor([itemOf(0, { verdict: 'tie' }, 2, 'safety')], 'ranking'), []);
    // A limit in the rules is the same choice, whether or not the items were chosen by it before.
    const rules = { threshold: 0.5, rule: 'rate' as const, items: 5 };
    assert.equal(screeningResult('anna', items, labels(20), rules).total, 5);
    assert.deepEqual(screeningResult('anna', items, labels(12), rules).overall, screeningResult('anna', some, labels(12), rules).overall);
  });

  it('compares every part, in whatever order the answers stand', () => {
    const gold: Gold = { verdict: 'ranked', ranks: [1, 2, 2], criteria: { helpful: [7, 3, null] }, rules: { kind: [false, true, 'na'] }, flags: [[], ['rude', 'lie'], []], answers: { topic: 'food' } };
    const item = itemOf(1, gold, 3);
    const label = answerOf(item, {
      items: [...item.responses].reverse().map(({ hash, source }) => ({ hash, source })),
      ranks: [2, 1, 1], // by item: 1, 1, 2
      criteria: { helpful: [1, 4, 5] }, // by item 5 (two off), 4 (one off)
      rules: { kind: ['na', false, false] },
      flags: [[], ['lie', 'rude'], ['rude']],
      answers: { topic: 'food' },
    });
    const shares = Object.fromEntries(agreementWithGold(item, label).map(({ part, share }) => [part, share]));
    // Pairs: 0 over 1 against a tie ½; 0 over 2 against the same 1; a tie of 1 and 2 against 1 over 2 ½.
    assert.deepEqual(shares, { preference: 2 / 3, 'criterion:helpful': 1 / 2, 'rule:kind': 2 / 3, flags: 2 / 3, 'question:topic': 1 });
  });

  it('does not let a candidate off who skips', () => {
    const skipped = items.map((item) => answerOf(item, { verdict: 'skipped' }));
    assert.equal(screeningResult('anna', items, skipped, { threshold: 0.1, rule: 'rate' }).overall!.share, 0);
    const bad = itemOf(1, { verdict: 'all_bad' });
    assert.deepEqual(agreementWithGold(bad, answerOf(bad, { verdict: 'all_bad' })), [{ part: 'preference', share: 1 }]);
    assert.deepEqual(agreementWithGold(bad, answerOf(bad, {})), [{ part: 'preference', share: 0 }]);
  });
});

describe('domain/screening items from labels', () => {
  const form = resolveTask({ criteria: [], rules: [], tasks: [], questions: [{ id: 'odd', text: 'Odd?', kind: 'yes-no', per: 'answer' }, { id: 'what', text: 'What?', kind: 'multiple', choices: ['x', 'y'] }] }, { id: 'judge', preference: { form: 'ranking' }, questions: ['odd', 'what'] }).form;
  const g = generationOf('p', 2);
  const turned = { items: [...g.responses].reverse().map(({ hash, source }) => ({ hash, source })) };

  it('says what the label said, in the order of the generation, and counts what it cannot use', () => {
    const label = labelOf(g, { ...turned, id: '1', task: 'judge', ranks: [1, 2], criteria: { helpful: [7, null] }, answers: { odd: [true, false], what: ['x', 'y'] }, flags: [['rude'], []], rationale: 'so' });
    const gone = labelOf(generationOf('gone', 2), { id: '2', task: 'judge' });
    const unsure = labelOf(generationOf('q', 2), { id: '3', task: 'judge', verdict: 'unsure' });
    const made = screeningItemsFrom([label, gone, unsure], new Map([[keyOfGeneration(g, 'judge'), g]]), form);
    assert.deepEqual([made.items.length, made.silent, made.gone], [1, 1, 1]);
    assert.deepEqual(made.items[0], { ...g, task: 'judge', gold: { verdict: 'ranked', ranks: [2, 1], criteria: { helpful: [null, 7] }, answers: { odd: [false, true], what: ['x', 'y'] }, flags: [[], ['rude']], by: ['anna'], note: 'so' } });
    assert.ok(screeningSchema.safeParse(made.items[0]).success);
    // Who says the same passes.
    assert.equal(screeningResult('bert', made.items, [{ ...label, id: '9', kind: 'screening', gold: g.id }], { threshold: 1, rule: 'rate', form }).passed, true);
  });
});
