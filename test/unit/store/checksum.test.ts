import assert from 'node:assert/strict';
import fc from 'fast-check';
import { areSealed, checkSeal, crc32, joinedCrc, sealLine } from '../../../src/store/checksum';
import { lineFinder } from '../../../src/store/line-ends';

describe('store/checksum', () => {
  it('is the CRC-32 that everybody knows', () => {
    assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926); // the check value of the catalogue of CRCs
    assert.equal(crc32(Buffer.from('6789'), crc32(Buffer.from('12345'))), 0xcbf43926);
    assert.equal(crc32(new Uint8Array()), 0);
  });

  it('closes a line whose record reads back the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (record) => {
        const rest = { ...record };
        delete rest['sum'];
        if (Object.keys(rest).length === 0) return;
        const line = sealLine(record);
        assert.equal(checkSeal(Buffer.from(line)), 'right');
        const { sum, ...back } = JSON.parse(line) as Record<string, unknown>;
        assert.match(String(sum), /^[0-9a-f]{8}$/);
        assert.deepEqual(back, JSON.parse(JSON.stringify(rest)));
      }),
    );
  });

  it('knows a changed line from one that has no sum', () => {
    const line = sealLine({ v: 1, id: 'x', rank: 1 });
    assert.equal(checkSeal(Buffer.from(line.replace('"rank":1', '"rank":2'))), 'wrong');
    assert.equal(checkSeal(Buffer.from('{"v":1}')), 'none');
    assert.equal(sealLine(JSON.parse(line) as object), line, 'sealing again replaces the sum');
  });

  it('joins the sums of two parts, however long', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), fc.constantFrom(1, 1, 300, 5000), (a, b, times) => {
        const second = Buffer.concat(Array.from({ length: times }, () => Buffer.from(b)));
        assert.equal(joinedCrc(crc32(a), crc32(second), second.length), crc32(Buffer.concat([a, second])));
      }),
    );
  });

  it('says of many lines at once what it says of each', () => {
    const line = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }).map((record) => sealLine({ v: 1, ...record })),
      fc.constantFrom('', '{"v":1}', 'torn', ',"sum":"00000000"}', '{"v":1,"sum":"0000000g"}', `${sealLine({ v: 1 })}\r`),
    );
    const find = lineFinder();
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom('', 'rest', sealLine({ v: 2 })), fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))), (lines, rest, damage) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join('') + rest);
        if (damage !== null && bytes.length > 0) bytes[damage[0] % bytes.length]! ^= damage[1];
        const { count, breaks, seals } = find(bytes);
        const each = Array.from({ length: count }, (_, n) => checkSeal(bytes.subarray(n === 0 ? 0 : breaks[n - 1]! + 1, breaks[n])));
        assert.deepEqual([...seals.subarray(0, count)].map((seal) => seal < 0), each.map((said) => said === 'none'));
        assert.equal(areSealed(bytes, count, breaks, seals, crc32(bytes)), !each.includes('wrong'));
      }),
      { numRuns: 500 },
    );
  });

  it('finds sums that were changed for each other', () => {
    const [a, b] = [sealLine({ v: 1, id: 'a' }), sealLine({ v: 1, id: 'b' })];
    const swapped = Buffer.from(`${a.slice(0, -10)}${b.slice(-10)}\n${b.slice(0, -10)}${a.slice(-10)}\n`);
    const { count, breaks, seals } = lineFinder()(swapped);
    assert.equal(areSealed(swapped, count, breaks, seals, crc32(swapped)), false);
  });
});
