import assert from 'node:assert/strict';
import { foldComparisons } from '../../../src/domain/comparisons';
import { hashPrompt, hashResponse } from '../../../src/domain/content';
import type { Generation, Label } from '../../../src/domain/records';
import { foldRuleMarks } from '../../../src/domain/rule-marks';

const texts = ['one', 'two', 'three'];
const promptHash = hashPrompt('ask');
const generation: Generation = { v: 1, id: 'g', promptHash, prompt: 'ask', responses: texts.map((text) => ({ hash: hashResponse(text), text, source: 'human' })) };
const label = (id: string, labeler: string, more: Partial<Label>): Label => ({ v: 1, id, op: 'label', task: 'care', labeler, at: '2026-11-27T18:00:00Z', promptHash, items: texts.map((text) => ({ hash: hashResponse(text), source: 'human' })), verdict: 'answered', ...more });
const admitted = new Map([['anna', 2], ['ben', 1]]);

describe('marks on rules', () => {
  it('are gathered by answer, with the weight of who made them', () => {
    const labels = [
      label('a', 'anna', { rules: { kind: [true, 'na', null], brief: [false, false, false] } }),
      label('b', 'ben', { rules: { kind: [false, null, null] } }),
      label('c', 'cy', { rules: { kind: [true, true, true] } }),
      label('d', 'ben', { kind: 'gold', rules: { kind: [true, true, true] } }),
    ];
    const { examples, notAdmitted } = foldRuleMarks(labels, [generation], { admitted, rules: ['kind'], splits: new Map([[promptHash, 'test']]) });
    assert.equal(notAdmitted, 1);
    const said = Object.fromEntries(examples.map((e) => [e.response, e.marks.map((m) => [m.mark, m.weight, m.label])]));
    assert.deepEqual(said, { one: [['broken', 2, 'a'], ['kept', 1, 'b']], two: [['na', 2, 'a']] });
    assert.ok(examples.every((e) => e.split === 'test'));
  });

  it('give way to an adjudication of their item, and a changed answer is told', () => {
    const labels = [label('a', 'anna', { rules: { kind: [true, false, false] } }), label('z', 'ben', { kind: 'adjudication', adjudicates: ['a'], rules: { kind: [false, null, null] } })];
    const settled = foldRuleMarks(labels, [generation], { admitted, rules: ['kind'] });
    assert.deepEqual([settled.settled, settled.examples.flatMap((e) => e.marks.map((m) => m.label))], [1, ['z']]);
    const changed = { ...generation, responses: generation.responses.map((r) => ({ ...r, text: `${r.text}!` })) };
    assert.match(foldRuleMarks([labels[0]!], [changed], { admitted, rules: ['kind'] }).problems[0]!.message, /label a is not used/);
  });
});

describe('comparisons by criteria', () => {
  it('come from ranked and from scored criteria, each weighing what its labeler weighs', () => {
    const labels = [label('a', 'anna', { criteria: { helpful: [3, 1, null] } }), label('b', 'ben', { criteriaRanks: { honest: [1, 1, 3], helpful: [2, 1, null] } })];
    const { examples } = foldComparisons(labels, [generation], { admitted, criteria: ['helpful', 'honest'] });
    const pairs = examples[0]!.pairs.map((p) => [p.label, p.criterion, examples[0]!.responses[p.i], examples[0]!.responses[p.j], p.p, p.task]);
    const sorted = (list: unknown[][]): unknown[][] => list.map((row) => (row[4] === 0.5 ? [...row.slice(0, 2), ...row.slice(2, 4).sort(), ...row.slice(4)] : row)).sort((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1));
    assert.deepEqual(
      sorted(pairs),
      sorted([
        ['a', 'helpful', 'one', 'two', 1, 'care'],
        ['b', 'helpful', 'two', 'one', 1, 'care'],
        ['b', 'helpful', 'two', 'three', 1, 'care'],
        ['b', 'helpful', 'one', 'three', 1, 'care'],
        ['b', 'honest', 'one', 'two', 0.5, 'care'],
        ['b', 'honest', 'one', 'three', 1, 'care'],
        ['b', 'honest', 'two', 'three', 1, 'care'],
      ]),
    );
    for (const [id, criterion, weight] of [['a', 'helpful', 2], ['b', 'helpful', 1], ['b', 'honest', 1]] as const) {
      const sum = examples[0]!.pairs.filter((p) => p.label === id && p.criterion === criterion).reduce((s, p) => s + p.weight, 0);
      assert.ok(Math.abs(sum - weight) < 1e-12);
    }
    assert.equal(foldComparisons(labels, [generation], { admitted }).examples.length, 0);
  });
});
