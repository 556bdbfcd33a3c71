import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { UserError } from '../../../src/base/errors';
import { openSafetensors } from '../../../src/modelio/safetensors';
import { headerLength, parseHeader } from '../../../src/modelio/safetensors-header';
import { writeSafetensors } from '../../../src/modelio/write-safetensors';

const fixture = 'test/fixtures/modelio/bytelevel/model.safetensors';

/** A file with this header (an object, or text as it stands) and `data` bytes behind it. */
function file(header: unknown, data: number, length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + data);
  new DataView(out.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  out.set(json, 8);
  return out;
}

/** As the reader does it, without a disk. */
function parse(bytes: Uint8Array): ReturnType<typeof parseHeader> {
  const length = headerLength(bytes.subarray(0, 8), bytes.length, 'x.safetensors');
  return parseHeader(bytes.subarray(8, 8 + length), bytes.length, 'x.safetensors');
}

const f32 = (shape: number[], begin: number, end: number): object => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('modelio/safetensors', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'plumbline-'))));
  after(() => rm(folder, { recursive: true }));

  it('refuses every kind of broken header, saying what is wrong', () => {
    const cases: [string, Uint8Array, RegExp][] = [
      ['empty file', new Uint8Array(0), /only 0 bytes long/],
      ['seven bytes', new Uint8Array(7), /only 7 bytes long/],
      ['no header', file('', 0), /header has 0 bytes/],
      ['longer than the file', file({}, 0, 1000n), /header has 1000 bytes but is only 10 bytes/],
      ['absurdly long', file({}, 0, 2n ** 64n - 1n), /18446744073709551615 bytes; 100000000 is the most/],
      ['not JSON', file('{"a":', 0), /not valid JSON/],
      ['an array', file('[1,2]', 0), /does not start with "\{"/],
      ['not UTF-8', file('{"a"}', 0).fill(0xff, 9, 11), /not UTF-8/],
      ['duplicate names', file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{}}', 0), /"a" is given twice/],
      ['deep nesting', file(`{"a":${'['.repeat(50000)}${']'.repeat(50000)}}`, 0), /nested deeper than 8/],
      ['unknown type', file({ a: { dtype: 'F31', shape: [1], data_offsets: [0, 4] } }, 4), /unknown type "F31"/],
      ['type of a prototype', file({ a: { dtype: 'toString', shape: [1], data_offsets: [0, 4] } }, 4), /unknown type "toString"/],
      ['no shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4), /shape missing/],
      ['negative shape', file({ a: f32([-1, -1], 0, 4) }, 4), /shape \[-1,-1\]/],
      ['fractional shape', file({ a: f32([0.5], 0, 2) }, 2), /shape \[0.5\]/],
      ['overflowing shape', file({ a: f32([2 ** 31, 2 ** 31, 2 ** 31], 0, 4) }, 4), /absurd shape/],
      ['overflow hidden by zero', file({ a: f32([2 ** 40, 2 ** 40, 0], 0, 0) }, 0), /absurd shape/],
      ['range past the end', file({ a: f32([2], 0, 8) }, 4), /at bytes 0 to 8 of 4/],
      ['range backwards', file({ a: f32([1], 4, 0) }, 4), /at bytes 4 to 0/],
      ['three offsets', file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 8), /offsets \[0,4,8\]/],
      ['shape and range differ', file({ a: f32([2], 0, 4) }, 4), /8 bytes, with a range of 4 bytes/],
      ['overlap', file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), /overlap: "b" starts 4 bytes too early/],
      ['gap', file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /4 bytes before tensor "b"/],
      ['rest', file({ a: f32([1], 0, 4) }, 5), /1 bytes after the last tensor/],
      ['metadata of numbers', file({ __metadata__: { a: 1 } }, 0), /value that is not text at "a"/],
      ['metadata of text', file({ __metadata__: 'x' }, 0), /__metadata__ that is not an object/],
      ['a tensor of text', file({ a: 'x' }, 0), /not described by an object/],
    ];
    for (const [name, bytes, message] of cases) {
      assert.throws(() => parse(bytes), (e: unknown) => e instanceof UserError && message.test(e.message) && e.message.includes('x.safetensors'), name);
    }
  });

  it('never throws anything but a UserError, whatever bytes are changed', async () => {
    const good = new Uint8Array(await readFile(fixture)).subarray(0, 4000);
    const small = file({ __metadata__: { format: 'pt' }, a: f32([2, 2], 0, 16), b: f32([], 16, 20) }, 20);
    for (const base of [good, small]) {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), fc.nat(base.length), (changes, cut) => {
          const bytes = base.slice(0, cut % 3 === 0 ? cut : base.length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            const { tensors } = parse(bytes);
            let covered = 0;
            for (const t of tensors.values()) covered += t.end - t.start;
            assert.ok(covered <= bytes.length);
          } catch (error) {
            assert.ok(error instanceof UserError, String(error));
          }
        }),
        { numRuns: 500 },
      );
    }
  });

  it('reads back what it wrote, in all three types, whatever the shapes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.array(fc.nat(5), { maxLength: 3 })), { maxLength: 6 }), fc.constantFrom('float32', 'float16', 'bfloat16'), async (entries, dtype) => {
        const tensors = [...new Map(entries).entries()]
          .filter(([name]) => name !== '__metadata__')
          // Multiples of a quarter below 32 are exact in all three types.
          .map(([name, shape], k) => ({ name, shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i + k) % 120) / 4 - 15) }));
        const path = join(folder, 'a.safetensors');
        await writeSafetensors(path, tensors, { dtype });
        const source = await openSafetensors(path);
        assert.deepEqual([...source.tensors.keys()].sort(), tensors.map((t) => t.name).sort());
        for (const t of tensors) {
          assert.deepEqual(source.tensors.get(t.name)?.shape, t.shape);
          assert.deepEqual(await source.read(t.name), t.data);
        }
      }),
      { numRuns: 40 },
    );
    assert.deepEqual(await readdir(folder), ['a.safetensors'], 'no temporary file stays');
  });

  it('reads more than one chunk, into memory that is given', async () => {
    const data = Float32Array.from({ length: 9_000_001 }, (_, i) => (i % 2048) - 1024);
    const path = join(folder, 'big.safetensors');
    await writeSafetensors(path, [{ name: 'w', shape: [data.length], data }], { dtype: 'float16' });
    const flat = new Float32Array(data.length + 2);
    await (await openSafetensors(path)).read('w', flat.subarray(1, -1));
    assert.deepEqual(flat.subarray(1, -1), data);
    assert.deepEqual([flat[0], flat.at(-1)], [0, 0]);
  });

  it('says so when the file changed, is cut, is missing, lacks the tensor or holds no floats', async () => {
    const path = join(folder, 'b.safetensors');
    await writeSafetensors(path, [{ name: 'w', shape: [4], data: new Float32Array(4) }]);
    const source = await openSafetensors(path);
    await assert.rejects(source.read('v'), /no tensor "v"/);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, -4));
    await assert.rejects(source.read('w'), /changed while it was being read/);
    await assert.rejects(openSafetensors(path), /at bytes 0 to 16 of 12/);
    await assert.rejects(openSafetensors(join(folder, 'none')), /cannot open/);
    await writeFile(path, file({ n: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8));
    await assert.rejects((await openSafetensors(path)).read('n'), /of type I64; weights must be F32, F16 or BF16/);
  });

  it('leaves the old file and no temporary one when writing fails', async () => {
    const path = join(folder, 'c.safetensors');
    await writeSafetensors(path, [{ name: 'w', shape: [1], data: Float32Array.of(7) }]);
    const broken = {
      name: 'w',
      shape: [1],
      data: (): never => {
        throw new Error('disk on fire');
      },
    };
    await assert.rejects(writeSafetensors(path, [broken]), /disk on fire/);
    await assert.rejects(writeSafetensors(path, [{ ...broken, data: () => new Float32Array(2) }]), /2 elements for the shape \[1\]/);
    assert.deepEqual(await (await openSafetensors(path)).read('w'), Float32Array.of(7));
    assert.ok((await readdir(folder)).every((f) => !f.endsWith('.tmp')));
  });
});
