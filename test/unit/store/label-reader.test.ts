import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { appendLabels, labelFile, readLabels } from '../../../src/store/label-files';
import { labelReader } from '../../../src/store/label-reader';
import { readLabelSnapshot } from '../../../src/store/label-snapshot';
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
        { weight: 3, arbitrary: fc.constant({ do: 'reopen' as const }) },
        { weight: 1, arbitrary: fc.nat().map((where) => ({ do: 'harm' as const, where })) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
          for (const labeler of ['anna', 'Bert Ö.', 'con']) await rm(labelFile(ws, labeler), { force: true });
          const snapshot = path.join(ws.root, 'storage', 'labels.snapshot');
          await rm(snapshot, { force: true });
          let reader = labelReader(ws, place(snapshot, 1));
          let known: LabelLine[] = [];
          for (const s of steps) {
            const bytes = await readFile(file).catch(() => Buffer.alloc(0));
            if (s.do === 'reopen' || s.do === 'harm') {
              await reader.settled();
              if (s.do === 'harm') await harm(snapshot, s.where);
              reader = labelReader(ws, place(snapshot, 1));
              known = [];
            } else if (s.do === 'append') await appendLabels(ws, s.lines);
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
        { numRuns: Number(process.env['PLUMBLINE_RUNS'] ?? 40) },
      );
    }));

  it('goes on from a snapshot: the same lines, and only those that are new are read', () =>
    inWorkspace(async (ws) => {
      const snapshot = path.join(ws.root, 'storage', 'labels.snapshot');
      const read = async (reader: ReturnType<typeof labelReader>): Promise<{ ids: string[]; anew: number }> => {
        const found = { ids: [] as string[], anew: 0 };
        await reader.read({ anew: () => { found.anew++; }, add: (batch) => void found.ids.push(...linesOf(batch).map((l) => l.id)) });
        await reader.settled();
        return found;
      };
      const labels = Array.from({ length: 50 }, (_, n) => labelOf(generationOf(`prompt ${n % 7}`, 2 + (n % 7 % 3)), { id: `A${n}` }));
      await appendLabels(ws, labels.slice(0, 30));
      assert.deepEqual(await read(labelReader(ws, place(snapshot, 10))), { ids: labels.slice(0, 30).map((l) => l.id), anew: 0 });
      const written = await readFile(snapshot);
      await appendLabels(ws, labels.slice(30, 35));
      // Too few new ones for another snapshot; all are there.
      const again = labelReader(ws, place(snapshot, 10));
      assert.deepEqual(await read(again), { ids: labels.slice(0, 35).map((l) => l.id), anew: 0 });
      assert.deepEqual(await readFile(snapshot), written);
      await appendLabels(ws, labels.slice(35));
      assert.deepEqual((await read(again)).ids, labels.slice(35).map((l) => l.id));
      assert.notDeepEqual(await readFile(snapshot), written);
      // Another branch: what the snapshot says no longer holds.
      await rm(labelFile(ws, labels[0]!.labeler));
      await appendLabels(ws, labels.slice(0, 3));
      const other = await read(labelReader(ws, place(snapshot, 10)));
      assert.equal(other.anew, 1);
      assert.deepEqual(other.ids.slice(-3), labels.slice(0, 3).map((l) => l.id));
    }));

  it('uses no snapshot that is damaged anywhere, and needs none', () =>
    inWorkspace(async (ws) => {
      const snapshot = path.join(ws.root, 'storage', 'labels.snapshot');
      await appendLabels(ws, Array.from({ length: 5 }, (_, n) => labelOf(generationOf(`prompt ${n}`, 2), { id: `A${n}` })));
      const silent = { anew: () => undefined, add: () => undefined };
      const first = labelReader(ws, place(snapshot, 1));
      await first.read(silent);
      await first.settled();
      const whole = await readFile(snapshot);
      assert.ok(await readLabelSnapshot(snapshot));
      for (let n = 0; n < 60; n++) {
        const bytes = Buffer.from(whole);
        const at = n < 30 ? n : Math.floor((n / 60) * bytes.length);
        bytes[at]! ^= 1 << n % 8;
        await writeFile(snapshot, bytes);
        // The four bytes after the sum are not used.
        if (at < 12 || at >= 16) assert.equal(await readLabelSnapshot(snapshot), undefined, `byte ${at}`);
        await writeFile(snapshot, whole.subarray(0, at));
        assert.equal(await readLabelSnapshot(snapshot), undefined, `cut at ${at}`);
      }
      // A folder where the snapshot should be: it cannot be written, and labels are read all the same.
      await rm(snapshot);
      await mkdir(snapshot);
      const errors: unknown[] = [];
      const reader = labelReader(ws, { file: snapshot, worth: 1, failed: (error) => void errors.push(error) });
      let count = 0;
      await reader.read({ anew: () => undefined, add: (batch) => void (count += batch.of.length) });
      await reader.settled();
      assert.equal(count, 5);
      assert.equal(errors.length, 1);
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

/** Flips a bit of a file, if it is there. */
async function harm(file: string, where: number): Promise<void> {
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  if (bytes.length === 0) return;
  bytes[where % bytes.length]! ^= 1;
  await writeFile(file, bytes);
}

/** A place for a snapshot where nothing may go wrong. */
function place(file: string, worth: number): Parameters<typeof labelReader>[1] {
  return { file, worth, failed: (error) => assert.fail(error as Error) };
}
