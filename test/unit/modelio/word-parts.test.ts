import assert from 'node:assert/strict';
import { BPE } from '@huggingface/tokenizers';
import { createRng } from '../../../src/base/rng';
import { cutLongWords, rankByTokens } from '../../../src/modelio/word-parts';

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
      cutLongWords(quick);
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

  it('looks up merges by their tokens with the same result, duplicates and all', () => {
    for (let seed = 0; seed < 100; seed++) {
      const made = randomModel(seed, seed % 3 === 0 ? '</w>' : undefined);
      const [plain, quick] = [made(), made()];
      // The later of two equal merges counts.
      for (const model of [plain, quick]) model.merges.push(model.merges[0]!);
      plain.bpe_ranks.set(JSON.stringify(plain.merges[0]), plain.merges.length - 1);
      rankByTokens(quick);
      quick.bpe_ranks.clear();
      const rng = createRng(seed).fork('words');
      for (let i = 0; i < 4; i++) {
        const word = Array.from({ length: 1 + rng.int(40) }, () => ['▁', 'a', 'b', 'c', 'ä', '😀', 'z'][rng.int(7)]!).join('');
        assert.deepEqual(quick.bpe(word), plain.bpe(word), JSON.stringify({ seed, word, merges: plain.merges }));
      }
    }
    rankByTokens(null);
  });

  it('leaves models alone that mark the ends of words', () => {
    const model = randomModel(1, '</w>')();
    cutLongWords(model);
    assert.ok(!isCut(model));
    cutLongWords(null);
  });
});
