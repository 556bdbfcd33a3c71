import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diffWords } from '../../../src/domain/diff';

const shorthand = (a: string, b: string): string => diffWords(a, b).parts.map((p) => (p.kind === 'same' ? p.text : p.kind === 'added' ? `{+${p.text}+}` : `[-${p.text}-]`)).join('');

describe('word diff', () => {
  it('marks words, and phrases as one', () => {
    assert.equal(shorthand('Boil the water.', 'Boil the fresh water.'), 'Boil the {+fresh +}water.');
    assert.equal(shorthand('I do not know.', 'I cannot say.'), 'I [-do not know-]{+cannot say+}.');
    assert.equal(shorthand('one', 'two'), '[-one-]{+two+}');
  });
  it('takes contractions as one word and punctuation by itself', () => {
    assert.equal(shorthand("It's here", "It isn't here"), "[-It's-]{+It isn't+} here");
    assert.equal(shorthand('Yes.', 'Yes!'), 'Yes[-.-]{+!+}');
  });
  it('compares scripts without spaces by character', () => {
    assert.equal(shorthand('我喜欢茶', '我喜欢咖啡'), '我喜欢[-茶-]{+咖啡+}');
  });
  it('finds nothing between equal texts, and everything against none', () => {
    assert.deepEqual(diffWords('a b', 'a b').parts, [{ kind: 'same', text: 'a b' }]);
    assert.deepEqual(diffWords('', 'a b').parts, [{ kind: 'added', text: 'a b' }]);
    assert.deepEqual(diffWords('', '').parts, []);
  });
  it('gives both texts back, character for character', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.array(fc.constantFrom('a', 'b', ' ', '  ', '\n', 'ä', '😀', '.', '茶'), { maxLength: 40 }).map((w) => w.join('')));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const { parts } = diffWords(a, b);
        assert.equal(parts.filter((p) => p.kind !== 'added').map((p) => p.text).join(''), a);
        assert.equal(parts.filter((p) => p.kind !== 'removed').map((p) => p.text).join(''), b);
      }),
      { numRuns: 500 },
    );
  });
  it('gives up on long texts that have little in common, and says so', () => {
    const words = (n: number, f: (i: number) => string): string => Array.from({ length: n }, (_, i) => f(i)).join(' ');
    const long = diffWords(`same start ${words(30_000, (i) => `a${i}`)} same end`, `same start ${words(30_000, (i) => `b${i}`)} same end`);
    assert.equal(long.coarse, true);
    assert.deepEqual(long.parts.map((p) => p.kind), ['same', 'removed', 'added', 'same']);
    const near = diffWords(words(8000, (i) => `w${i}`), words(8000, (i) => (i % 100 === 0 ? 'x' : `w${i}`)));
    assert.equal(near.coarse, false);
    const far = diffWords(words(5000, (i) => `a${i}`), words(5000, (i) => `b${i}`));
    assert.equal(far.coarse, true);
  });
});
