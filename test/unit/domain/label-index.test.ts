import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyOfLabel } from '../../../src/domain/content';
import { createLabelIndex } from '../../../src/domain/label-index';
import type { LabelIndex } from '../../../src/domain/label-index';
import { foldLabels, redoTarget, undoTarget } from '../../../src/domain/labels';
import type { Label, LabelLine } from '../../../src/domain/records';
import { anyMess, at, generationOf, labelOf, retractOf } from './records-of';

const g = generationOf('p', 2);
const labelers = ['anna', 'Bert Ö.', 'con'];

function assertSame(index: LabelIndex, lines: readonly LabelLine[]): void {
  const { current, problems } = foldLabels(lines);
  assert.deepEqual(index.current(), current);
  assert.deepEqual(index.problems, problems);
  const byItem = new Map<string, Label[]>();
  for (const label of current) byItem.set(keyOfLabel(label), [...(byItem.get(keyOfLabel(label)) ?? []), label]);
  for (const line of lines) if (line.op === 'label') assert.deepEqual(index.ofItem(keyOfLabel(line)), byItem.get(keyOfLabel(line)) ?? []);
  for (const labeler of labelers) {
    assert.deepEqual(index.ofLabeler(labeler), current.filter((l) => l.labeler === labeler));
    assert.deepEqual(index.ofLabeler(labeler, 'best'), current.filter((l) => l.labeler === labeler && l.task === 'best'));
    assert.equal(index.undoTarget(labeler), undoTarget(lines, labeler));
    assert.equal(index.redoTarget(labeler), redoTarget(lines, labeler));
  }
  assert.equal(index.size, new Set(lines.map((l) => l.id)).size);
}

describe('domain/label-index', () => {
  it('finds items that share their answers, and tasks with blanks in their names', () => {
    const items = Array.from({ length: 500 }, (_, n) => ({ ...generationOf('p', 2), promptHash: `sha256:${String(n).padStart(64, '0')}` }));
    for (const task of ['ranking', 'two words', '']) {
      const labels = items.map((item, n) => labelOf(item, { id: `${task}${n}`, task }));
      const index = createLabelIndex(labels);
      for (const label of labels) assert.deepEqual(index.ofItem(keyOfLabel(label)), [label]);
      assert.deepEqual(index.ofItem(keyOfLabel({ ...labels[0]!, promptHash: 'sha256:none' })), []);
    }
  });

  it('says what the fold says, for any lines in any batches', () => {
    fc.assert(
      fc.property(anyMess, fc.array(fc.nat(), { maxLength: 6 }), fc.boolean(), (lines, cuts, twice) => {
        const all = twice ? [...lines, ...lines.map((l) => ({ ...l }))] : lines;
        const ends = [...cuts.map((c) => c % (all.length + 1)), all.length].sort((a, b) => a - b);
        const index = createLabelIndex();
        let from = 0;
        for (const end of ends) {
          index.add(all.slice(from, end));
          from = end;
          assertSame(index, all.slice(0, end));
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('does not depend on the order of lines', () => {
    fc.assert(
      fc.property(
        anyMess.chain((lines) => fc.record({ lines: fc.constant(lines), mixed: fc.shuffledSubarray(lines, { minLength: lines.length }) })),
        ({ lines, mixed }) => {
          const index = createLabelIndex();
          for (const line of mixed) index.add([line]);
          assert.deepEqual(index.current(), foldLabels(lines).current);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('gives the same list until something changes, and leaves a list that was given alone', () => {
    const index = createLabelIndex([labelOf(g, { id: 'a' })]);
    const before = index.current();
    assert.equal(index.current(), before);
    index.add([labelOf(g, { id: 'a' })]);
    assert.equal(index.current(), before, 'a duplicate changes nothing');
    index.add([labelOf(g, { id: 'b', at: at(1) })]);
    assert.deepEqual(before.map((l) => l.id), ['a']);
    assert.deepEqual(index.current().map((l) => l.id), ['b']);
  });

  it('finds what to undo within a task', () => {
    const index = createLabelIndex([labelOf(g, { id: 'a', at: at(1) }), labelOf(g, { id: 'b', task: 'best', at: at(2) })]);
    assert.equal(index.undoTarget('anna'), 'b');
    assert.equal(index.undoTarget('anna', 'ranking'), 'a');
    index.add([retractOf('a', 'r', 3)]);
    assert.equal(index.undoTarget('anna', 'ranking'), undefined);
    assert.equal(index.redoTarget('anna', 'ranking'), 'r');
    assert.equal(index.redoTarget('anna', 'best'), undefined);
    index.add([labelOf(g, { id: 'c', task: 'best', at: at(4) })]);
    assert.equal(index.redoTarget('anna', 'ranking'), 'r', 'a label of another task leaves it');
    assert.equal(index.redoTarget('anna'), undefined);
  });

  it('finds what to undo among the kinds that count', () => {
    const ordinary = ({ kind }: Label): boolean => kind === undefined;
    const index = createLabelIndex([labelOf(g, { id: 'a', at: at(1) }), labelOf(g, { id: 'b', kind: 'adjudication', at: at(2) })]);
    assert.deepEqual([index.undoTarget('anna', 'ranking'), index.undoTarget('anna', 'ranking', ordinary)], ['b', 'a']);
    index.add([retractOf('a', 'r', 3)]);
    assert.deepEqual([index.undoTarget('anna', 'ranking', ordinary), index.redoTarget('anna', 'ranking', ordinary)], [undefined, 'r']);
    assert.equal(index.redoTarget('anna', 'ranking', (l) => !ordinary(l)), undefined);
    index.add([labelOf(g, { id: 'c', kind: 'screening', at: at(4) })]);
    assert.deepEqual([index.redoTarget('anna', 'ranking'), index.redoTarget('anna', 'ranking', ordinary)], [undefined, 'r']);
  });

  it('bears chains of thousands, at once and line by line', () => {
    const changes = Array.from({ length: 3000 }, (_, n) => labelOf(g, { id: `c${n}`, at: at(0), ...(n > 0 ? { supersedes: `c${n - 1}` } : {}) }));
    assert.deepEqual(createLabelIndex(changes).current().map((l) => l.id), ['c2999']);
    const lines: LabelLine[] = [labelOf(g, { id: 'a' }), retractOf('a', 'r0', 2)];
    for (let i = 1; i < 30001; i++) lines.push(retractOf(`r${i - 1}`, `r${i}`, 2));
    const index = createLabelIndex(lines);
    assert.deepEqual(index.current(), []);
    index.add([retractOf('r30000', 'last', 3)]);
    assert.deepEqual(index.current().map((l) => l.id), ['a']);
  });
});
