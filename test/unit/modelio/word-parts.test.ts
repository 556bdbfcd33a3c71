import assert from 'node:assert/strict';
import { BPE } from '@huggingface/tokenizers';
import { createRng } from '../../../src/base/rng';
import { quickMerges } from '../../../src/modelio/word-parts';

type Config = ConstructorParameters<typeof BPE>[0];

/** A model of random merges over few characters, of those before and of each other, as training makes them. */
function randomModel(seed: number, suffix?: string): () => BPE {
  const rng = createRng(seed);
  const pieces = ['▁', 'a', 'b', 'c', 'ä', '😀'];
  const merges: [string, string][] = [];
  for (let i = 0; i < 12; i++) {
    const pair: [string, string] = [pieces[rng.int(pieces.length)]!, pieces[rng.int(pieces.length)]!];
    if (merges.some((m) => m.join() === pair.join())) continue;
    merges.push(pair);
    pieces.push(pair.join(''));
  }
  const vocab = Object.fromEntries([...new Set(pieces)].map((piece, id) => [piece, id]));
  return () => new BPE({ type: 'BPE', vocab, merges, ...(suffix !== undefined && { end_of_word_suffix: suffix }) } as unknown as Config);
}

/** Whether the model has a way of its own. */
const isCut = (model: BPE): boolean => Object.hasOwn(model, 'bpe');

describe('modelio/word-parts', () => {
  it('gives what merging the whole word gives, for any merges and any word', () => {
    let cut = 0;
    for (let seed = 0; seed < 300; seed++) {
      const made = randomModel(seed);
      const [plain, quick] = [made(), made()];
      quickMerges(quick);
      const rng = createRng(seed).fork('words');
      for (let i = 0; i < 4; i++) {
        const word = Array.from({ length: 20 + rng.int(60) }, () => ['▁', 'a', 'b', 'c', 'ä', '😀', 'z'][rng.int(7)]!).join('');
        assert.deepEqual(quick.bpe(word), plain.bpe(word), JSON.stringify({ seed, word, merges: plain.merges }));
        if (word.includes('z')) cut++; // No merge knows it: there is always something to cut.
      }
      assert.ok(isCut(quick) && !isCut(plain));
    }
    assert.ok(cut > 500);
  });

  it('counts the later of two equal merges, as the library does', () => {
    for (let seed = 0; seed < 100; seed++) {
      const made = randomModel(seed);
      const [plain, quick] = [made(), made()];
      for (const model of [plain, quick]) model.merges.push(model.merges[0]!);
      plain.bpe_ranks.set(JSON.stringify(plain.merges[0]), plain.merges.length - 1);
      quickMerges(quick);
      const rng = createRng(seed).fork('words');
      for (let i = 0; i < 4; i++) {
        const word = Array.from({ length: 1 + rng.int(40) }, () => ['▁', 'a', 'b', 'c', 'ä', '😀', 'z'][rng.int(7)]!).join('');
        assert.deepEqual(quick.bpe(word), plain.bpe(word), JSON.stringify({ seed, word, merges: plain.merges }));
      }
    }
  });

  it('leaves pieces of thousands of characters to the library, and remembers no more than some', () => {
    const made = randomModel(7);
    const [plain, quick] = [made(), made()];
    quickMerges(quick);
    // A piece that is cut nowhere: the characters of a merge, again and again.
    const whole = plain.merges.map((pair) => pair.join('')).find((token) => token.length > 2)!;
    for (const length of [900, 5000]) assert.deepEqual(quick.bpe(whole.repeat(length)), plain.bpe(whole.repeat(length)));
    for (let i = 0; i < 25_000; i++) quick.bpe(`${i}a`);
    for (const word of ['', 'a', 'ab', 'zz', '\ud800']) assert.deepEqual(quick.bpe(word), plain.bpe(word));
  });

  it('leaves models alone that mark the ends of words', () => {
    const model = randomModel(1, '</w>')();
    quickMerges(model);
    assert.ok(!isCut(model));
    quickMerges(null);
  });
});
