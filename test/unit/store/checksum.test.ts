import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkSeal, crc32, sealLine } from '../../../src/store/checksum';

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
});
