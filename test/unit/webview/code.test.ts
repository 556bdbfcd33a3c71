import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitCode } from '../../../src/webview/shared/code';

describe('code in answers', () => {
  it('separates fenced code, with its fences', () => {
    assert.deepEqual(splitCode('a\n```py\nx = 1\n```\nb'), [
      { code: false, text: 'a' },
      { code: true, text: '```py\nx = 1\n```' },
      { code: false, text: 'b' },
    ]);
  });
  it('lets an open fence run to the end, and a longer fence hold a shorter one', () => {
    assert.deepEqual(splitCode('```\nx'), [{ code: true, text: '```\nx' }]);
    assert.equal(splitCode('````\n```\n````').length, 1);
  });
  it('never changes the text', () => {
    const line = fc.constantFrom('```', '~~~', '````js', 'text', '', '  ', '``` x', '<b>');
    fc.assert(fc.property(fc.array(line), (lines) => {
      const text = lines.join('\n');
      assert.equal(splitCode(text).map((p) => p.text).join('\n'), text);
    }));
  });
});
