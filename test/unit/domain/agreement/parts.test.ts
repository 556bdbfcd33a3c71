import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgementsOf } from '../../../../src/domain/agreement/judgements';
import { partsOf } from '../../../../src/domain/agreement/parts';
import type { Part } from '../../../../src/domain/agreement/parts';
import { agreementReport } from '../../../../src/domain/agreement/report';
import { betweenLabelers, withinLabelers } from '../../../../src/domain/agreement/slots';
import { percentAgreement } from '../../../../src/domain/agreement';
import { foldComparisons } from '../../../../src/domain/comparisons';
import { foldLabels } from '../../../../src/domain/labels';
import type { Label } from '../../../../src/domain/records';
import { rankingTask, resolveTask } from '../../../../src/domain/tasks';
import type { Task, TaskForm } from '../../../../src/domain/tasks';
import { anyHistory, generationOf, labelOf } from '../records-of';

const source = {
  criteria: [{ id: 'clear', scale: { min: 1, max: 5 } }],
  rules: [{ id: 'kind', text: 'Be kind.' }],
  questions: [
    { id: 'topic', text: 'Topic?', kind: 'choice', choices: ['food', 'work'] },
    { id: 'odd', text: 'Odd?', kind: 'yes-no', per: 'answer' },
    { id: 'what', text: 'What of it?', kind: 'multiple', choices: ['a', 'b'] },
    { id: 'why', text: 'Why?', kind: 'text' },
  ],
  tasks: [],
} as const;
const task: Task = { id: 'ranking', preference: { form: 'pairwise', strength: true }, criteria: ['clear'], rules: ['kind'], questions: ['topic', 'odd', 'what', 'why'], flags: ['rude'] };
const { form } = resolveTask(source, task);
const plain = resolveTask({ criteria: [], questions: [], rules: [], tasks: [] }, rankingTask).form;

/** Values by unit and rater: what a part says, to be read. */
function read({ ratings }: Part): Record<number, number>[] {
  return Array.from({ length: ratings.start.length - 1 }, (_, u) => Object.fromEntries(Array.from({ length: ratings.start[u + 1]! - ratings.start[u]! }, (_, i) => [ratings.rater[ratings.start[u]! + i]!, ratings.values[ratings.value[ratings.start[u]! + i]!]!])));
}
function partsOfLabels(labels: readonly Label[], of: TaskForm = form): Map<string, Part> {
  const j = judgementsOf(labels, { form: of });
  return new Map(partsOf(j, of, betweenLabelers(j)).map((p) => [p.id, p]));
}

describe('domain/agreement parts', () => {
  const g = generationOf('p', 2);
  const says = (labeler: string, fields: Partial<Label>): Label => labelOf(g, { id: `${labeler}-${fields.kind ?? ''}`, labeler, ...fields });

  it('reads every part of a task, whatever the order of answers in a label', () => {
    const parts = partsOfLabels([
      says('a', { ranks: [1, 2], strength: 3, criteria: { clear: [5, null] }, rules: { kind: [false, 'na'] }, answers: { topic: 'work', odd: [true, null], what: ['b'], why: 'so' }, flags: [['rude'], []] }),
      says('b', { items: [...g.responses].reverse().map(({ hash, source: s }) => ({ hash, source: s })), ranks: [1, 2], strength: 1, criteria: { clear: [2, 4] }, rules: { kind: [null, true] }, answers: { topic: 'food', odd: [false, true], what: [] }, flags: [[], ['rude']] }),
      says('c', { verdict: 'all_bad' }),
      says('d', { verdict: 'skipped' }),
    ]);
    assert.deepEqual([...parts.keys()], ['preference', 'strength', 'verdict', 'criterion:clear', 'rule:kind', 'question:topic', 'question:odd', 'question:what=a', 'question:what=b', 'flag:rude']);
    const values = (id: string): Record<number, number>[] => read(parts.get(id)!);
    assert.deepEqual(values('preference'), [{ 0: -1, 1: 1 }]);
    assert.deepEqual(values('strength'), [{ 0: -3, 1: 1 }]);
    assert.deepEqual(values('verdict'), [{ 0: 0, 1: 0, 2: 1, 3: 3 }]);
    assert.deepEqual(values('criterion:clear'), [{ 0: 5, 1: 4 }, { 1: 2 }]);
    assert.deepEqual(values('rule:kind'), [{ 0: 0, 1: 1 }, { 0: 2 }]);
    assert.deepEqual(values('question:topic'), [{ 0: 1, 1: 0 }]);
    assert.deepEqual(values('question:odd'), [{ 0: 1, 1: 1 }, { 1: 0 }]);
    assert.deepEqual(values('question:what=b'), [{ 0: 1, 1: 0 }]);
    // Who says all bad and flags nothing has looked; who skips has not.
    assert.deepEqual(values('flag:rude'), [{ 0: 1, 1: 1, 2: 0 }, { 0: 0, 1: 0, 2: 0 }]);
    assert.deepEqual(parts.get('criterion:clear')!.ratings.values, [1, 2, 3, 4, 5]);
    assert.equal(parts.get('preference')!.tie, 1);
  });

  it('leaves out what is no ordinary label, and sets repeats against the first time', () => {
    const labels = [says('a', {}), says('b', {}), says('b', { kind: 'repeat', ranks: [2, 1] }), says('c', { kind: 'adjudication' }), says('c', { kind: 'gold' }), says('d', { kind: 'screening' }), says('e', { kind: 'repeat' })];
    assert.deepEqual(read(partsOfLabels(labels).get('preference')!), [{ 0: -1, 1: -1 }]);
    const j = judgementsOf(labels, { form });
    const within = withinLabelers(j);
    assert.deepEqual([...within.labelerOf].map((l) => j.labelers[l]), ['b']);
    assert.deepEqual(read(partsOf(j, form, within)[0]!), [{ 0: -1, 1: 1 }]);
  });

  it('keeps scores outside the declared scale', () => {
    const parts = partsOfLabels([says('a', { criteria: { clear: [7, 0] } })]);
    assert.deepEqual(parts.get('criterion:clear')!.ratings.values, [0, 1, 2, 3, 4, 5, 7]);
  });

  it('counts percent agreement as the comparisons do', () => {
    // The other way goes over prompts and hashes; both agree where each prompt is one item.
    fc.assert(fc.property(anyHistory, (lines) => {
      const labels = foldLabels(lines).current;
      const generations = Array.from({ length: 5 }, (_, n) => generationOf(`prompt ${n}`, 2 + (n % 4)));
      const { examples } = foldComparisons(labels, generations, { admitted: new Map(labels.map((l) => [l.labeler, 1])) });
      const report = agreementReport({ judgements: judgementsOf(labels, { form: plain }), form: plain, gold: [], seed: 's', draws: 2 });
      const found = report.parts.find((p) => p.id === 'preference');
      for (const [rule, id] of [['half', 'half'], ['drop', 'strict']] as const) {
        const expected = percentAgreement(examples, rule).all?.share;
        const value = found?.coefficients.find((c) => c.id === id)?.value;
        assert.equal(value?.toFixed(9), expected?.toFixed(9));
      }
    }));
  });
});
