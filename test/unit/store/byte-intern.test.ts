import assert from 'node:assert/strict';
import fc from 'fast-check';
import { byteArena } from '../../../src/store/byte-arena';
import { byteIntern } from '../../../src/store/byte-intern';
import { byteWords, sameWords } from '../../../src/store/byte-words';

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const ascii = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 40 });

describe('store/byte-intern', () => {
  it('gives equal values one number, and different ones different numbers, also when there are many', () => {
    const table = byteIntern((text) => text, '"name":');
    const numberOf = (text: string): number => {
      const bytes = Buffer.from(`{"name":${text}}`);
      return table.get(bytes, viewOf(bytes), 8, bytes.length - 1);
    };
    const texts = Array.from({ length: 6000 }, (_, n) => `${n % 2 === 0 ? 'x'.repeat(n % 9) : ''}${n}`);
    const numbers = texts.map(numberOf);
    assert.equal(new Set(numbers).size, texts.length);
    for (const [n, text] of texts.entries()) {
      assert.equal(numberOf(text), numbers[n]);
      assert.equal(table.value(numbers[n]!), text);
    }
  });

  it('compares texts eight bytes at a time, and no byte less', () => {
    fc.assert(
      fc.property(ascii, fc.nat(9), fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))), (tail, offset, change) => {
        const text = `four${tail}`;
        const bytes = Buffer.from(`${' '.repeat(offset)}${text}${' '.repeat(8)}`);
        const arena = byteArena();
        const place = arena.keep(bytes, viewOf(bytes), offset, offset + text.length);
        if (change !== null) bytes[offset + (change[0] % text.length)]! ^= change[1];
        assert.equal(sameWords(byteWords(text), viewOf(bytes), offset), change === null);
        assert.equal(arena.same(place, text.length, viewOf(bytes), offset), change === null);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses what is too short or no printable ASCII', () => {
    for (const text of ['abc', 'four\n', 'fourü', '\0\0\0\0\0\0\0\0']) assert.throws(() => byteWords(text), RangeError);
  });
});
