import assert from 'node:assert/strict';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { appendLabels, labelFile, readLabels } from '../../../src/store/label-files';
import { labelReader } from '../../../src/store/label-reader';
import { anyHistory, generationOf, labelOf } from '../domain/records-of';
import { inWorkspace } from './folders';

describe('store/label-reader', () => {
  it('says the same as reading everything, whatever happens to the files', () =>
    inWorkspace(async (ws) => {
      const file = labelFile(ws, 'anna');
      const step = fc.oneof(
        { weight: 4, arbitrary: anyHistory.map((lines) => ({ do: 'append' as const, lines })) },
        { weight: 2, arbitrary: fc.constantFrom('{"v":1,"op', 'garbage\n', '\r\n', '}\n').map((text) => ({ do: 'tear' as const, text })) },
        { weight: 1, arbitrary: fc.nat().map((where) => ({ do: 'change' as const, where })) },
        { weight: 1, arbitrary: fc.constantFrom({ do: 'delete' as const }, { do: 'halve' as const }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
          for (const labeler of ['anna', 'Bert Ö.', 'con']) await rm(labelFile(ws, labeler), { force: true });
          const read = labelReader(ws);
          for (const s of steps) {
            const bytes = await readFile(file).catch(() => Buffer.alloc(0));
            if (s.do === 'append') await appendLabels(ws, s.lines);
            else if (s.do === 'tear') await appendFile(file, s.text);
            else if (s.do === 'delete') await rm(file, { force: true });
            else if (s.do === 'halve') await writeFile(file, bytes.subarray(0, bytes.length >> 1));
            else if (bytes.length > 0) await writeFile(file, Buffer.concat([bytes.subarray(0, s.where % bytes.length), Buffer.from('x'), bytes.subarray((s.where % bytes.length) + 1)]));
            assert.deepEqual(await read(), await readLabels(ws));
          }
        }),
        { numRuns: 25 },
      );
    }));

  it('does not parse again what it knows', () =>
    inWorkspace(async (ws) => {
      const read = labelReader(ws);
      await appendLabels(ws, [labelOf(generationOf('p', 2), { id: 'a' })]);
      const first = (await read()).records[0];
      await appendLabels(ws, [labelOf(generationOf('p', 2), { id: 'b' })]);
      const { records } = await read();
      assert.equal(records.length, 2);
      assert.equal(records[0], first, 'the same object');
    }));
});
