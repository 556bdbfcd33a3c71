import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hashOfBytes, hashOfText } from '../../../src/base/text-table';
import { keyOfLabel } from '../../../src/domain/content';
import { createLabelIndex } from '../../../src/domain/label-index';
import { foldLabels, redoTarget, undoTarget } from '../../../src/domain/labels';
import type { LabelLine } from '../../../src/domain/records';
import { sealLine } from '../../../src/store/checksum';
import { labelLines } from '../../../src/store/label-line';
import { labelParser } from '../../../src/store/label-parser';
import { anyMess, at, generationOf, labelOf } from '../domain/records-of';

const bytesOf = (lines: readonly LabelLine[]): Buffer => Buffer.from(lines.map((l) => `${sealLine(l)}\n`).join(''));

describe('store/label-line: rows in an index', () => {
  it('fold as objects do, for any lines in any batches, as rows and as objects', () => {
    fc.assert(
      fc.property(anyMess, fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 6 }), fc.boolean(), fc.boolean(), (lines, cuts, twice, ask) => {
        const all = twice ? [...lines, ...lines] : lines;
        const ends = [...cuts.map(([c, rows]) => [c % (all.length + 1), rows] as const), [all.length, true] as const].sort(([a], [b]) => a - b);
        const index = createLabelIndex();
        const parser = labelParser('f', labelLines());
        let from = 0;
        for (const [end, rows] of ends) {
          const part = all.slice(from, end);
          if (rows) index.addRows(parser.push(bytesOf(part)));
          else index.add(part);
          from = end;
          // What was asked for before must make no difference.
          if (ask) assert.deepEqual(index.current(), foldLabels(all.slice(0, end)).current);
        }
        const { current, problems } = foldLabels(all);
        for (const labeler of new Set(all.map((l) => l.labeler))) {
          assert.equal(index.undoTarget(labeler), undoTarget(all, labeler));
          assert.equal(index.redoTarget(labeler), redoTarget(all, labeler));
          assert.deepEqual(index.ofLabeler(labeler, 'best'), current.filter((l) => l.labeler === labeler && l.task === 'best'));
        }
        for (const line of all) if (line.op === 'label') assert.deepEqual(index.ofItem(keyOfLabel(line)), current.filter((l) => keyOfLabel(l) === keyOfLabel(line)));
        assert.deepEqual(index.current(), current);
        assert.deepEqual(index.problems, problems);
        assert.equal(index.size, new Set(all.map((l) => l.id)).size);
      }),
      { numRuns: 1000 },
    );
  });

  it('take rows of two readers', () => {
    const one = labelOf(generationOf('p', 2), { id: 'a' });
    const other = labelOf(generationOf('q', 3), { id: 'b', labeler: 'Bert', at: at(1) });
    const index = createLabelIndex();
    for (const lines of [[one], [one, other]]) index.addRows(labelParser('f', labelLines()).push(bytesOf(lines)));
    assert.deepEqual(index.current(), [one, other]);
    assert.deepEqual(index.problems, []);
  });

  it('give one object for a line, however often it is asked for', () => {
    const label = labelOf(generationOf('p', 2), { id: 'a' });
    const index = createLabelIndex();
    index.addRows(labelParser('f', labelLines()).push(bytesOf([label])));
    assert.deepEqual(index.get('a'), label);
    assert.equal(index.current()[0], index.get('a'));
  });

  it('keep times to the millisecond, of any day that our writer writes', () => {
    fc.assert(
      fc.property(fc.array(fc.date({ min: new Date('0000-01-01T00:00:00.000Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }), { minLength: 1, maxLength: 20 }), (dates) => {
        const labels = dates.map((date, n) => labelOf(generationOf('p', 2), { id: `l${n}`, task: `t${n}`, at: date.toISOString() }));
        const index = createLabelIndex();
        index.addRows(labelParser('f', labelLines()).push(bytesOf(labels)));
        assert.deepEqual(index.current(), foldLabels(labels).current);
      }),
    );
  });

  it('are found by the same hash of an id in text and in bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        const bytes = Buffer.from(`"${text}"`, 'latin1');
        assert.equal(hashOfBytes(bytes, 1, bytes.length - 1), hashOfText(text));
      }),
    );
  });
});
