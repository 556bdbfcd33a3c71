import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { createLabelIndex } from '../../../src/domain/label-index';
import type { LabelBatch } from '../../../src/domain/label-rows';
import { linesOf } from '../../../src/domain/label-rows';
import type { Label, LabelLine } from '../../../src/domain/records';
import type { Problem } from '../../../src/base/problems';
import { sealLine } from '../../../src/store/checksum';
import { chunkSpace, chunksNow } from '../../../src/store/chunks';
import { readLabels } from '../../../src/store/label-files';
import { labelLines } from '../../../src/store/label-line';
import { labelMerger, labelPacker } from '../../../src/store/label-merge';
import type { ParsedLabels } from '../../../src/store/label-parser';
import type { PartRead } from '../../../src/store/label-parts';
import { joinParts, partsOf, readPart } from '../../../src/store/label-parts';
import { labelReader } from '../../../src/store/label-reader';
import type { LabelThreads } from '../../../src/store/label-threads';
import { threadsFor } from '../../../src/store/label-threads';
import type { Workspace } from '../../../src/store/workspace';
import { anyLabel, anyMess, generationOf, labelOf } from '../domain/records-of';
import { inWorkspace } from './folders';

const script = path.resolve('dist/labels.js');
/** Two threads, however little there is to read. */
const threads = (fields: Partial<LabelThreads> = {}): LabelThreads => ({ script, most: 2, worth: 1, partSize: 300, failed: (error) => assert.fail(error as Error), ...fields });
const unknown = { length: 0, sum: 0, breaks: 0, problems: [], rest: { ids: [], problems: [] } };

/** Labels with all that our panels write, so that every way to keep a field is taken. */
const anyFull: fc.Arbitrary<Label> = fc
  .tuple(anyLabel, fc.nat(3), fc.record({
    kind: fc.constantFrom('repeat', 'adjudication'),
    touched: fc.boolean(),
    confidence: fc.constantFrom(1, 5),
    ms: fc.nat(100_000),
    select: fc.record({ policy: fc.constantFrom('random', 'in-order'), p: fc.double({ min: 1e-9, max: 1, noNaN: true }) }),
    guideline: fc.constant('sha256:x'),
    answers: fc.dictionary(fc.constantFrom('q1', 'q2'), fc.oneof(fc.boolean(), fc.constantFrom(-0, 1e21, 'yes', 'x'.repeat(300)))),
    rationale: fc.constantFrom('plain', 'plain words', ''),
    repeats: fc.constant('l1'),
    task: fc.constantFrom('best', 'two words'),
  }, { requiredKeys: [] }))
  .map(([label, g, fields]) => ({ ...label, ...fields, generation: `g-${label.promptHash.slice(-4)}-${g < 3 ? 0 : 1}` }));

/** A label file: lines right and wrong, torn or not, now and then in another encoding, now and then with bytes changed. */
const anyFile: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 8, arbitrary: anyFull.map((l) => sealLine(l)) },
        { weight: 2, arbitrary: anyFull.map((l) => JSON.stringify(l)) },
        { weight: 2, arbitrary: anyMess.map((lines) => lines.map(sealLine).join('\n')) },
        { weight: 1, arbitrary: fc.constantFrom('', '\r', '{', '[]', '<<<<<<< HEAD', '{"v":1}', '\ufeff', `{"v":1,"rationale":"${'long '.repeat(200)}"}`) },
      ),
      { maxLength: 12 },
    ),
    fc.constantFrom('', '', '\ufeff'),
    fc.constantFrom('', '', '{"v":1,"id":"to', 'whole'),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 1 }),
    fc.integer({ min: 0, max: 9 }),
  )
  .map(([lines, mark, torn, damage, other]) => {
    const last = torn === 'whole' ? sealLine(labelOf(generationOf('last', 2), { id: 'last' })) : torn;
    const bytes = Buffer.from(`${mark}${lines.map((l) => `${l}\n`).join('')}${last}`, other === 9 ? 'utf16le' : 'utf8');
    if (other === 9) return Buffer.concat([Buffer.of(0xff, 0xfe), bytes]);
    for (const [where, byte] of damage) if (bytes.length > 0) bytes[where % bytes.length] = byte;
    return bytes;
  });

async function write(ws: Workspace, files: readonly Buffer[]): Promise<string[]> {
  const folder = path.join(ws.folder, 'labels');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const names = files.map((_, n) => path.join(folder, `labeler-${n}.jsonl`));
  for (const [n, file] of files.entries()) await writeFile(names[n]!, file);
  return names;
}

interface Found {
  readonly records: LabelLine[];
  readonly problems: Problem[];
  readonly standing: readonly Label[];
  readonly clashes: readonly Problem[];
}

async function readAll(ws: Workspace, how?: LabelThreads): Promise<Found> {
  const records: LabelLine[] = [];
  const index = createLabelIndex();
  const add = (read: LabelBatch<LabelLine>): void => {
    records.push(...linesOf(read));
    index.addRows(read);
  };
  const problems = await labelReader(ws, undefined, how).read({ anew: () => assert.fail('nothing was known'), add: (batch) => { add(batch); } });
  return { records, problems, standing: index.current(), clashes: index.problems };
}

describe('store/label-threads', () => {
  it('whoever reads which part, the lines, problems and sums are those of one reader', () =>
    inWorkspace(async (ws) => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyFile, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 3000 }), fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 9 }), async (files, size, readers, most) => {
          const names = await write(ws, files);
          const expected = await readAll(ws);
          assert.deepEqual({ records: expected.records, problems: expected.problems }, await readLabels(ws));
          const lines = labelLines();
          const others = [1, 2].map(() => ({ packer: labelPacker(), merger: labelMerger(lines), space: [] as ArrayBuffer[] }));
          const found: LabelLine[] = [];
          const problems: Problem[] = [];
          const index = createLabelIndex();
          const give = (read: ParsedLabels): void => {
            found.push(...linesOf(read));
            index.addRows(read);
          };
          const space = chunkSpace();
          let turn = 0;
          for (const file of names) {
            const parts = await partsOf(file, unknown, size);
            const reads: PartRead[] = [];
            for (const part of parts) {
              const other = others[readers[turn++ % readers.length]! - 1];
              if (other === undefined) reads.push(await readPart(part, lines, space, give));
              else {
                reads.push(await readPart(part, other.packer.lines, space, (read) => { other.packer.add(read); }, chunksNow));
                const packed = structuredClone(other.packer.pack(other.space));
                for (const read of other.merger.take(packed, most)) give(read);
                other.space = [packed.rows.buffer, packed.texts.buffer];
              }
            }
            const [whole] = await partsOf(file, unknown, Infinity);
            const alone = joinParts(unknown, [whole!], [await readPart(whole!, labelLines(), space, () => undefined)], 'stamp');
            const joined = joinParts(unknown, parts, reads, 'stamp');
            assert.deepEqual(joined, alone);
            problems.push(...joined.problems, ...joined.rest.problems);
          }
          assert.deepEqual({ records: found, problems, standing: index.current(), clashes: index.problems }, expected);
        }),
        { numRuns: Number(process.env['PLUMBLINE_RUNS'] ?? 60) },
      );
    }));

  it('real threads say the same, of many labels too', () =>
    inWorkspace(async (ws) => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyFile, { minLength: 1, maxLength: 4 }), async (files) => {
          await write(ws, files);
          assert.deepEqual(await readAll(ws, threads()), await readAll(ws));
        }),
        { numRuns: 8 },
      );
      const generations = Array.from({ length: 700 }, (_, n) => generationOf(`prompt ${n}`, 2 + (n % 3)));
      const file = (labeler: string, step: number): Buffer =>
        Buffer.from(generations.map((_, n) => generations[(n * step) % 700]!).map((g, n) => `${n === 333 ? 'damaged' : sealLine(labelOf(g, { id: `${labeler}${n}`, labeler, ms: n, generation: g.id, select: { policy: 'random', p: 1 / (1 + n) } }))}\n`).join(''));
      await write(ws, [file('anna', 3), file('bert', 11), file('carl', 13)]);
      assert.deepEqual(await readAll(ws, threads({ partSize: 20_000 })), await readAll(ws));
    }));

  it('what a thread cannot do is done here, and the reason is told', () =>
    inWorkspace(async (ws) => {
      const labels = Array.from({ length: 200 }, (_, n) => labelOf(generationOf(`prompt ${n}`, 2), { id: `A${n}` }));
      await write(ws, [Buffer.from(labels.map((l) => `${sealLine(l)}\n`).join(''))]);
      const expected = await readAll(ws);
      assert.equal(expected.records.length, 200);
      for (const [what, text] of [
        ['is missing', undefined],
        ['throws at once', 'throw new Error("broken")'],
        ['claims a part and dies', 'const { workerData: { claims, reader } } = require("node:worker_threads"); for (let n = 0; n < claims.length; n += 2) Atomics.compareExchange(claims, n, 0, reader); process.exit(3)'],
        ['says why it cannot', 'const { parentPort, workerData: { claims, reader } } = require("node:worker_threads"); Atomics.compareExchange(claims, 1, 0, reader); parentPort.postMessage({ failed: "no" })'],
      ] as const) {
        const broken = path.join(ws.root, `${what}.js`);
        if (text !== undefined) await writeFile(broken, text);
        const reasons: unknown[] = [];
        assert.deepEqual(await readAll(ws, threads({ script: broken, failed: (error) => void reasons.push(error) })), expected, what);
        // A thread that has not started when all is read is ended without a word.
        assert.ok(reasons.length <= 2, what);
        assert.ok(reasons.every((reason) => reason instanceof Error), what);
      }
    }));

  it('starts no thread for what is read sooner without', () => {
    assert.equal(threadsFor(20_000 * 719, { script, failed: () => undefined }), 0);
    assert.equal(threadsFor(1e9, { script, failed: () => undefined, most: 2 }), 2);
    assert.equal(threadsFor(1e9, { script, failed: () => undefined, most: 0 }), 0);
  });
});
