import assert from 'node:assert/strict';
import { decodeText } from '../../../src/formats/text';

describe('formats/text', () => {
  it('reads UTF-8 and UTF-16 with a mark', () => {
    for (const bytes of [Buffer.from('ü😀\r\n'), Buffer.from('\ufeffü😀\r\n'), Buffer.from('\ufeffü😀\r\n', 'utf16le'), Buffer.from('\ufeffü😀\r\n', 'utf16le').swap16()]) {
      assert.deepEqual(decodeText(bytes, 'f'), { text: 'ü😀\r\n', problems: [] });
    }
  });

  it('guesses nothing', () => {
    assert.match(decodeText(Buffer.from('ü', 'latin1'), 'f').problems[0]!.message, /not valid UTF-8/);
    assert.match(decodeText(Buffer.from([0x1f, 0x8b, 8]), 'f').problems[0]!.message, /compressed/);
  });
});
