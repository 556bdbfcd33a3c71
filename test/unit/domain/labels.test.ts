import assert from 'node:assert/strict';
import fc from 'fast-check';
import { foldLabels, redoTarget, undoTarget } from '../../../src/domain/labels';
import type { LabelLine } from '../../../src/domain/records';
import { anyHistory, at, generationOf, labelOf, retractOf } from './records-of';

const g = generationOf('p', 2);
const h = generationOf('q', 2);
const ids = (lines: LabelLine[]): string[] => foldLabels(lines).current.map((l) => l.id);
const first = labelOf(g, { id: 'a', at: at(1) });
const second = labelOf(g, { id: 'b', at: at(2), ranks: [2, 1] });
const other = labelOf(h, { id: 'c', at: at(3) });

describe('domain/labels', () => {
  it('lets the latest label per labeler and item stand', () => {
    assert.deepEqual(ids([second, first, other]), ['b', 'c']);
    assert.deepEqual(foldLabels([first, second]).past.map((l) => l.id), ['a']);
    assert.deepEqual(ids([first, { ...second, labeler: 'bert' }]), ['a', 'b'], 'another labeler is another judgement');
    assert.deepEqual(ids([first, { ...second, task: 'best' }]), ['a', 'b'], 'another task, too');
  });

  it('compares times, not their texts', () => {
    assert.deepEqual(ids([{ ...first, at: '2026-01-01T00:00:00.500Z' }, { ...second, at: '2026-01-01T00:00:00Z' }]), ['a']);
    assert.deepEqual(ids([{ ...first, at: '2026-01-01T02:00:00+02:00' }, { ...second, at: '2026-01-01T01:00:00Z' }]), ['b']);
  });

  it('takes a label back and brings it again', () => {
    const undo = retractOf('b', 'r1', 4);
    const redo = retractOf('r1', 'r2', 5);
    assert.deepEqual(ids([first, second, undo]), ['a'], 'the judgement before stands again');
    assert.deepEqual(ids([first, second, undo, redo]), ['b']);
    assert.deepEqual(ids([first, second, undo, redo, retractOf('r2', 'r3', 6)]), ['a']);
    assert.deepEqual(ids([first, second, undo, redo, retractOf('b', 'r3', 6)]), ['a']);
    assert.deepEqual(ids([first, retractOf('nobody', 'r', 4)]), ['a'], 'a retract of what is not there does nothing');
  });

  it('follows a change even against the clock', () => {
    const change = labelOf(g, { id: 'd', at: at(0), supersedes: 'b', ranks: [2, 1] });
    assert.deepEqual(ids([second, change]), ['d']);
    assert.deepEqual(ids([second, change, retractOf('d', 'r', 9)]), ['b']);
    assert.deepEqual(ids([second, { ...change, labeler: 'bert' }]), ['d', 'b'], "nobody changes another's label");
  });

  it('is not caught in rings', () => {
    assert.deepEqual(ids([{ ...first, supersedes: 'b' }, { ...second, supersedes: 'a' }]), ['b']);
    assert.deepEqual(ids([{ ...first, supersedes: 'a' }]), ['a']);
    assert.deepEqual(ids([first, retractOf('y', 'x', 2), retractOf('x', 'y', 3)]), ['a']);
    const tail = labelOf(g, { id: 'e', at: at(9), supersedes: 'a' });
    assert.deepEqual(ids([{ ...first, supersedes: 'b' }, { ...second, supersedes: 'a' }, tail]), ['e']);
  });

  it('bears a chain of retracts longer than the call stack', () => {
    const lines: LabelLine[] = [first, retractOf('a', 'r0', 2)];
    for (let i = 1; i < 30001; i++) lines.push(retractOf(`r${i - 1}`, `r${i}`, 2));
    assert.deepEqual(ids(lines), []);
    assert.deepEqual(ids([...lines, retractOf('r30000', 'last', 3)]), ['a']);
  });

  it('counts a repeated line once and reports two lines with one id', () => {
    assert.deepEqual(foldLabels([first, { ...first }]), foldLabels([first]));
    const clash = { ...first, ranks: [2, 1] };
    const [x, y] = [foldLabels([first, clash]), foldLabels([clash, first])];
    assert.deepEqual(x, y);
    assert.equal(x.problems.length, 1);
    assert.match(x.problems[0]!.message, /id a/);
  });

  it('depends on the set of lines, not on their order, and a union merge in any order folds to the same', () => {
    fc.assert(
      fc.property(
        anyHistory.chain((lines) => fc.record({ lines: fc.constant(lines), mixed: fc.shuffledSubarray([...lines, ...lines], { minLength: 2 * lines.length }), cut: fc.nat() })),
        ({ lines, mixed, cut }) => {
          const expected = foldLabels(lines);
          assert.deepEqual(foldLabels(mixed), expected);
          const at = cut % (lines.length + 1);
          const [ours, theirs] = [lines.slice(0, at), lines.slice(Math.max(0, at - 3))];
          assert.deepEqual(foldLabels([...theirs, ...ours]), expected);
          assert.deepEqual(foldLabels([...ours, ...theirs]), expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('undoes and redoes any number of steps', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('label', 'undo', 'redo'), { maxLength: 40 }), (steps) => {
        const lines: LabelLine[] = [];
        // The model: what every editor's undo stack does, over distinct items.
        let done: string[] = [];
        let undone: string[] = [];
        steps.forEach((step, n) => {
          if (step === 'label') {
            lines.push(labelOf(generationOf(`p${n}`, 2), { id: `l${String(n).padStart(3, '0')}`, at: at(n) }));
            done = [...done, lines.at(-1)!.id];
            undone = [];
          } else {
            const target = step === 'undo' ? undoTarget(lines, 'anna') : redoTarget(lines, 'anna');
            const expected = step === 'undo' ? done.at(-1) : undone.at(-1);
            assert.equal(target === undefined, expected === undefined, `${step} at step ${n}`);
            if (target === undefined) return;
            lines.push(retractOf(target, `r${String(n).padStart(3, '0')}`, n));
            if (step === 'undo') [done, undone] = [done.slice(0, -1), [...undone, expected!]];
            else [done, undone] = [[...done, expected!], undone.slice(0, -1)];
          }
          assert.deepEqual(ids(lines), done);
        });
      }),
    );
    assert.equal(undoTarget([first], 'bert'), undefined, "nobody undoes another's label");
  });
});
