import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hashText } from '../../../src/base/hash';
import { hashedInSteps, nativeHash } from '../../../src/store/native-hash';

describe('store/native-hash', () => {
  it('is the hash that the rest of the product takes, of any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      assert.equal(nativeHash(text), hashText(text));
      assert.equal(hashedInSteps(text), hashText(text));
    }));
    // Half a surrogate pair, which is no character, becomes the same replacement.
    for (const text of ['', '\ud800', 'a\udc00b', '😀'.repeat(1000)]) assert.deepEqual([nativeHash(text), hashedInSteps(text)], [hashText(text), hashText(text)]);
  });
});
