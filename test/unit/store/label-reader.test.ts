import assert from 'node:assert/strict';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { appendLabels, labelFile, readLabels } from '../../../src/store/label-files';
import { labelReader } from '../../../src/store/label-reader';
import { linesOf } from '../../../src/domain/label-rows';
import type { LabelLine } from '../../../src/domain/records';
import { anyHistory, generationOf, labelOf } from '../domain/records-of';
import { inWorkspace } from './folders';

describe('store/label-reader', () => {
  it('says the same as reading everything, whatever happens to the files', () =>
    inWorkspace(async (ws) => {
      const file = labelFile(ws, 'anna');
      const step = fc.oneof(
        { weight: 4, arbitrary: anyHistory.map((lines) => ({ do: 'append' as const, lines })) },
        { weight: 4, arbitrary: anyHistory.map((lines) => ({ do: 'write' as const, lines })) },
        { weight: 2, arbitrary: fc.constantFrom('{"v":1,"op', 'garbage\n', '\r\n', '}\n').map((text) => ({ do: 'tear' as const, text })) },
        { weight: 1, arbitrary: fc.nat().map((where) => ({ do: 'change' as const, where })) },
        { weight: 1, arbitrary: fc.constantFrom({ do: 'delete' as const }, { do: 'halve' as const }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
          for (const labeler of ['anna', 'Bert Ö.', 'con']) await rm(labelFile(ws, labeler), { force: true });
          const reader = labelReader(ws);
          let known: LabelLine[] = [];
          for (const s of steps) {
            const bytes = await readFile(file).catch(() => Buffer.alloc(0));
            if (s.do === 'append') await appendLabels(ws, s.lines);
            else if (s.do === 'write') {
              known = [...known, ...s.lines];
              for (const appended of await appendLabels(ws, s.lines)) reader.wrote(appended);
            }
            else if (s.do === 'tear') await appendFile(file, s.text);
            else if (s.do === 'delete') await rm(file, { force: true });
            else if (s.do === 'halve') await writeFile(file, bytes.subarray(0, bytes.length >> 1));
            else if (bytes.length > 0) await writeFile(file, Buffer.concat([bytes.subarray(0, s.where % bytes.length), Buffer.from('x'), bytes.subarray((s.where % bytes.length) + 1)]));
            const problems = await reader.read({
              anew: () => {
                known = [];
              },
              add: (lines) => {
                known.push(...linesOf(lines));
              },
            });
            const expected = await readLabels(ws);
            assert.deepEqual(problems, expected.problems);
            const byId = new Map(expected.records.map((r) => [r.id, r]));
            assert.deepEqual(new Map(known.map((r) => [r.id, r])), byId);
          }
        }),
        { numRuns: 25 },
      );
    }));

  it('does not parse again what it knows', () =>
    inWorkspace(async (ws) => {
      const reader = labelReader(ws);
      const ids = async (): Promise<string[]> => {
        const found: string[] = [];
        await reader.read({ anew: () => assert.fail('nothing was changed'), add: (lines) => found.push(...linesOf(lines).map((l) => l.id)) });
        return found;
      };
      await appendLabels(ws, [labelOf(generationOf('p', 2), { id: 'a' })]);
      assert.deepEqual(await ids(), ['a']);
      await appendLabels(ws, [labelOf(generationOf('p', 2), { id: 'b' })]);
      assert.deepEqual(await ids(), ['b']);
      for (const appended of await appendLabels(ws, [labelOf(generationOf('p', 2), { id: 'c' })])) reader.wrote(appended);
      assert.deepEqual(await ids(), [], 'it was our own');
      // Another window writes just before us.
      await appendLabels(ws, [labelOf(generationOf('p', 2), { id: 'd' })]);
      for (const appended of await appendLabels(ws, [labelOf(generationOf('p', 2), { id: 'e' })])) reader.wrote(appended);
      assert.deepEqual(await ids(), ['d', 'e']);
    }));
});
