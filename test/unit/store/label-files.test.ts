import assert from 'node:assert/strict';
import { appendFile, chmod, mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { UserError } from '../../../src/base/errors';
import { labelItems } from '../../../src/domain/content';
import { foldLabels, redoTarget, undoTarget } from '../../../src/domain/labels';
import type { LabelLine } from '../../../src/domain/records';
import { sealLine } from '../../../src/store/checksum';
import { appendLabels, labelFile, labelerFileName, newLabel, parseLabels, readLabels, retract } from '../../../src/store/label-files';
import { anyHistory, anyLabel, generationOf, labelOf } from '../domain/records-of';
import { inWorkspace } from './folders';

const g = generationOf('p', 3);
const plain = (lines: readonly LabelLine[]): unknown => JSON.parse(JSON.stringify(lines));

/** Every write to any file fails as it does on a full disk, on every system. @param file one that is there */
async function withFullDisk(file: string, work: () => Promise<void>): Promise<void> {
  const handle = await open(file, 'r');
  await handle.close();
  const writes = Object.getPrototypeOf(handle) as { write: unknown };
  const { write } = writes;
  writes.write = () => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
  try {
    await work();
  } finally {
    writes.write = write;
  }
}

describe('store/label-files', () => {
  it('gives back what was appended, each labeler in a file of its own', () =>
    inWorkspace(async (ws) => {
      const lines = [labelOf(g, { id: 'a' }), labelOf(g, { id: 'b', labeler: 'Bert Ö.' }), labelOf(g, { id: 'c', rationale: 'ü\r\n😀' })];
      await appendLabels(ws, lines);
      const { records, problems } = await readLabels(ws);
      assert.deepEqual(problems, []);
      assert.deepEqual(records.map((r) => r.id).sort(), ['a', 'b', 'c']);
      assert.deepEqual(plain(records.filter((r) => r.labeler === 'anna')), plain([lines[0]!, lines[2]!]));
      assert.equal((await readFile(labelFile(ws, 'anna'), 'utf8')).split('\n').length, 3);
    }));

  it('keeps fields that it does not know', () =>
    inWorkspace(async (ws) => {
      const label = { ...labelOf(g, { id: 'a' }), future: { deep: [1] } };
      await appendLabels(ws, [label]);
      assert.deepEqual((await readLabels(ws)).records, [label]);
    }));

  it('undoes and redoes on disk', () =>
    inWorkspace(async (ws) => {
      const label = newLabel({ task: 'ranking', labeler: 'anna', promptHash: g.promptHash, items: labelItems(g), shown: [2, 1, 0], touched: true, verdict: 'tie' }, new Date(1000));
      await appendLabels(ws, [label]);
      const lines = async (): Promise<LabelLine[]> => (await readLabels(ws)).records;
      await retract(ws, 'anna', undoTarget(await lines(), 'anna')!, new Date(2000));
      assert.deepEqual(foldLabels(await lines()).current, []);
      await retract(ws, 'anna', redoTarget(await lines(), 'anna')!, new Date(3000));
      assert.deepEqual(foldLabels(await lines()).current.map((l) => l.id), [label.id]);
    }));

  it('begins a new line after a torn one, which it leaves alone', () =>
    inWorkspace(async (ws) => {
      await appendLabels(ws, [labelOf(g, { id: 'a' })]);
      await appendFile(labelFile(ws, 'anna'), '{"v":1,"id":"torn');
      await appendLabels(ws, [labelOf(g, { id: 'b' })]);
      const { records, problems } = await readLabels(ws);
      assert.deepEqual(records.map((r) => r.id), ['a', 'b']);
      assert.deepEqual(problems.map((p) => [p.file, p.line]), [[labelFile(ws, 'anna'), 2]]);
      assert.match(await readFile(labelFile(ws, 'anna'), 'utf8'), /"torn\n/);
    }));

  it('reports lines of other types, with file and line, and reads the rest', () =>
    inWorkspace(async (ws) => {
      const good = sealLine(labelOf(g, { id: 'a' }));
      const bad = ['[]', '"x"', '{"v":2}', JSON.stringify({ ...labelOf(g, { id: 'b' }), ranks: 'high' }), JSON.stringify({ ...labelOf(g, { id: 'c' }), ranks: [1] }), JSON.stringify({ ...labelOf(g, { id: 'd' }), promptHash: 'md5:1' })];
      await writeFile(labelFile(ws, 'anna'), `${bad.join('\n')}\n${good}\n`);
      const { records, problems } = await readLabels(ws);
      assert.deepEqual(records.map((r) => r.id), ['a']);
      assert.deepEqual(problems.map((p) => p.line), [1, 2, 3, 4, 5, 6]);
      assert.match(problems[3]!.message, /"ranks"/);
      assert.match(problems[5]!.message, /"promptHash": a hash is written sha256:/);
    }));

  it('names files safely, and never two labelers the same', () => {
    assert.equal(labelerFileName('anna'), 'anna');
    for (const id of ['Anna', 'ANNA', 'anna ', '../anna', 'con', 'lpt1', 'ü', 'a/b', 'a'.repeat(300), '.', '']) {
      assert.match(labelerFileName(id), /^[a-z0-9][a-z0-9-]*-[0-9a-f]{8}$/, id);
      assert.ok(labelerFileName(id).length < 60);
    }
    const names = ['Anna', 'ANNA', 'anna', 'anna ', 'änna', 'con', 'CON'].map((id) => labelerFileName(id).toLowerCase());
    assert.equal(new Set(names).size, names.length);
  });

  it('refuses to write what it would not read', () =>
    inWorkspace(async (ws) => {
      await assert.rejects(appendLabels(ws, [labelOf(g, { id: 'a', ranks: [1] })]), /not valid/);
      await assert.rejects(appendLabels(ws, [labelOf(g, { id: 'a', promptHash: 'x' })]));
      assert.deepEqual((await readLabels(ws)).records, []);
    }));

  it('says which file cannot be written, and loses nothing', () =>
    inWorkspace(async (ws) => {
      await appendLabels(ws, [labelOf(g, { id: 'a' })]);
      await mkdir(labelFile(ws, 'bert'), { recursive: true });
      await assert.rejects(appendLabels(ws, [labelOf(g, { id: 'b', labeler: 'bert' })]), (error) => error instanceof UserError && error.message.includes(labelFile(ws, 'bert')));
      if (process.platform !== 'win32' && process.getuid?.() !== 0) {
        await chmod(labelFile(ws, 'anna'), 0o444);
        await assert.rejects(appendLabels(ws, [labelOf(g, { id: 'c' })]), (error) => error instanceof UserError && error.code === 'store.read-only');
      }
      assert.deepEqual((await readLabels(ws)).records.map((r) => r.id), ['a']);
    }));

  it('says that the disk is full', () =>
    inWorkspace(async (ws) => {
      const told = (error: unknown): boolean => error instanceof UserError && error.code === 'store.disk-full' && error.message.includes(path.join('labels', 'anna.jsonl'));
      await appendLabels(ws, [labelOf(g, { id: 'a' })]);
      await withFullDisk(labelFile(ws, 'anna'), () => assert.rejects(appendLabels(ws, [labelOf(g, { id: 'b' })]), told));
      assert.deepEqual((await readLabels(ws)).records.map((r) => r.id), ['a'], 'nothing is lost');
      await appendLabels(ws, [labelOf(g, { id: 'c' })]);
      assert.deepEqual((await readLabels(ws)).records.map((r) => r.id), ['a', 'c'], 'and the next one is written');
      // /dev/full takes no byte: a disk that is really full, which only Linux has.
      if (process.platform !== 'linux') return;
      await rm(labelFile(ws, 'anna'));
      await symlink('/dev/full', labelFile(ws, 'anna'));
      await assert.rejects(appendLabels(ws, [labelOf(g, { id: 'a' })]), told);
    }));

  it('loses at most the line of a damaged byte, and reports it: 1,000 files', () => {
    fc.assert(
      fc.property(fc.array(anyLabel, { minLength: 1, maxLength: 5 }), fc.nat(), fc.nat(255), fc.constantFrom('change', 'cut', 'insert', 'end'), (labels, where, byte, how) => {
        const lines = labels.map((l) => Buffer.from(`${sealLine(l)}\n`));
        const whole = Buffer.concat(lines);
        const at = where % whole.length;
        const [before, after] = [whole.subarray(0, at), whole.subarray(how === 'insert' ? at : at + 1)];
        const damaged = how === 'end' ? before : Buffer.concat(how === 'cut' ? [before, after] : [before, Buffer.from([byte]), after]);
        if (damaged.equals(whole)) return;
        const hit = lines.findIndex((_, i) => at < Buffer.concat(lines.slice(0, i + 1)).length);
        const { records, problems } = parseLabels(damaged, 'f');
        const expected = labels.filter((_, i) => (how === 'end' ? i < hit : i !== hit));
        const found = new Map(records.map((r) => [r.id, r]));
        for (const label of expected) assert.deepEqual(found.get(label.id), label, `${how} byte ${at}: another line was lost`);
        const own = found.get(labels[hit]!.id) as Record<string, unknown> | undefined;
        // The hit line is whole, or it is gone and reported; it never comes back with another content.
        if (own === undefined) assert.ok(problems.length > 0 || (how === 'end' && before.length === Buffer.concat(lines.slice(0, hit)).length), `${how} byte ${at}: a line was lost without a word`);
        else for (const [key, value] of Object.entries(labels[hit]!)) assert.deepEqual(own[key], value, `${how} byte ${at}: "${key}" was changed without a word`);
        assert.ok(records.length <= labels.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('folds two files merged line by line, in any order, to the same', () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(), fc.nat(), (lines, x, y) => {
        const text = (part: readonly LabelLine[]): string => part.map((l) => `${sealLine(l)}\n`).join('');
        const fold = (...parts: string[]): unknown => foldLabels(parseLabels(Buffer.from(parts.join('')), 'f').records);
        const [ours, theirs] = [lines.slice(0, x % (lines.length + 1)), lines.slice(y % (lines.length + 1))];
        const both = fold(text(ours), text(theirs));
        assert.deepEqual(fold(text(theirs), text(ours)), both);
        assert.deepEqual(fold(text(theirs), text(ours), text(theirs)), both);
        assert.deepEqual(fold('<<<<<<< HEAD\n', text(ours), '=======\n', text(theirs).replaceAll('\n', '\r\n'), '>>>>>>> x\n'), both);
      }),
    );
  });
});
