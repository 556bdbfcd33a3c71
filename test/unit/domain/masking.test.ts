import assert from 'node:assert/strict';
import fc from 'fast-check';
import { joinStretches, maskedPieces, maskPatterns, matchesOf } from '../../../src/domain/masking';
import { createMasker } from '../../../src/jobs/mask-texts';

/** A text as a labeler sees it. */
const masked = (text: string, masks?: readonly string[]): string => maskedPieces(text, createMasker(masks).hide([text])[0]!).map((p) => (p.hidden ? '▇' : p.text)).join('');

describe('masking', () => {
  it('hides who wrote an answer, and no more', () => {
    assert.equal(masked('As an AI language model trained by OpenAI, I cannot.'), '▇, I cannot.');
    assert.equal(masked('I am Claude, made by Anthropic.'), 'I am ▇, made by ▇.');
    assert.equal(masked("I'm a chatbot created by Mistral AI in Paris."), '▇ in Paris.');
    assert.equal(masked('Boil the water first.'), 'Boil the water first.');
    assert.equal(masked('The bard sang of a gemstone.', []), 'The bard sang of a gemstone.');
  });
  it('takes the project’s own list', () => {
    assert.equal(masked('I am Frobnitz-3!', ['frobnitz-\\d']), 'I am ▇!');
    const { patterns, faults } = maskPatterns(['ok', '(unclosed']);
    assert.equal(patterns.length, 1);
    assert.match(faults.join(), /unclosed|Unterminated/i);
  });
  it('joins what overlaps, in true offsets', () => {
    assert.deepEqual(joinStretches([{ start: 5, end: 9 }, { start: 0, end: 2 }, { start: 8, end: 12 }, { start: 12, end: 13 }]), [{ start: 0, end: 2 }, { start: 5, end: 13 }]);
    const text = '😀 GPT-4';
    assert.deepEqual(createMasker(undefined).hide([text]), [[{ start: 3, end: 8 }]]);
  });
  it('ignores matches of nothing', () => {
    assert.deepEqual(matchesOf(maskPatterns(['x*']).patterns[0]!, 'aaxxa'), [{ start: 2, end: 4 }]);
  });
  it('does not hang on a pattern that never ends, drops it, says so, and goes on with the others', () => {
    const masker = createMasker(['(a+)+$', 'GPT'], 50);
    const hostile = `GPT ${'a'.repeat(40)}!`;
    assert.deepEqual(masker.hide([hostile, 'GPT']), [[{ start: 0, end: 3 }], [{ start: 0, end: 3 }]]);
    assert.equal(masker.faults.length, 1);
    assert.match(masker.faults[0]!, /\(a\+\)\+\$.*too long/);
    assert.deepEqual(masker.hide([hostile]), [[{ start: 0, end: 3 }]]);
    assert.equal(masker.faults.length, 1);
  });
  it('the ready-made patterns come to an end on hostile texts', () => {
    const masker = createMasker(undefined, 2000);
    masker.hide(['I am a made by '.repeat(4000), `as an AI model made by ${'A '.repeat(20_000)}`, `as an AI model made by ${'x.'.repeat(20_000)}`, 'a'.repeat(200_000), ' '.repeat(100_000)]);
    assert.deepEqual(masker.faults, []);
  });
  it('pieces joined are the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.array(fc.tuple(fc.nat(40), fc.nat(10)), { maxLength: 5 }), (text, spans) => {
        const pieces = maskedPieces(text, joinStretches(spans.map(([start, length]) => ({ start, end: start + length }))));
        assert.equal(pieces.map((p) => p.text).join(''), text);
        for (const p of pieces) assert.equal(text.slice(p.start, p.start + p.text.length), p.text);
      }),
    );
  });
});
