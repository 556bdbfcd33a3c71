import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createTokenizer } from '../../../src/modelio/tokenizer';
import type { JsonObject } from '../../../src/base/json';
import { trainBpe } from '../../../src/sample/bpe';
import { specialTokens, tokenizerFiles } from '../../../src/sample/tokenizer-files';

describe('sample/bpe', () => {
  it('merges the most frequent pair first, the first in order on equal counts', () => {
    // Sennrich et al. 2016, algorithm 1: low ×5, lower ×2, newest ×6, widest ×3, each preceded by a space here.
    const text = [...Array<string>(5).fill('low'), ...Array<string>(2).fill('lower'), ...Array<string>(6).fill('newest'), ...Array<string>(3).fill('widest')].map((w) => ` ${w}`);
    const { merges, vocab } = trainBpe(text, 256 + 3 + 4, ['<a>', '<b>', '<c>']);
    assert.deepEqual(merges, [['e', 's'], ['es', 't'], ['l', 'o'], ['lo', 'w']]);
    assert.deepEqual([vocab.get('<a>'), vocab.get('<c>'), vocab.get('es'), vocab.get('low')], [0, 2, 259, 262]);
    assert.equal(vocab.size, 263);
  });

  it('stops when no pair occurs twice', () => {
    assert.equal(trainBpe(['ab'], 1000, []).merges.length, 0);
  });

  const files = tokenizerFiles(trainBpe(['How do I plant a seed?', 'Fill the pot, then push the seed in.', 'How do I do it?'], 300, specialTokens), 64) as Record<string, JsonObject>;
  const tokenizer = createTokenizer({
    folder: 'memory',
    tokenizer: files['tokenizer.json']!,
    tokenizerConfig: files['tokenizer_config.json']!,
    specialTokensMap: files['special_tokens_map.json']!,
    generationConfig: {},
    config: {},
    chatTemplate: undefined,
  });

  it('makes a tokenizer that gives back any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('<|'));
        assert.equal(tokenizer.decode(tokenizer.encode(text, { addSpecialTokens: false }), { skipSpecialTokens: false }), text);
      }),
    );
  });

  it('has a begin token for plain text, a chat form without it, and a pad that is nothing else', () => {
    assert.equal(tokenizer.bosId, 2);
    assert.equal(tokenizer.eosId, 1);
    assert.equal(tokenizer.padId, 0);
    assert.equal(tokenizer.encode('pot', { addSpecialTokens: true })[0], 2);
    assert.equal(tokenizer.applyChatTemplate([{ role: 'user', content: 'Hi?' }], { addGenerationPrompt: true }), '<|user|>Hi?<|assistant|>');
    const chat = tokenizer.applyChatTemplate([{ role: 'user', content: 'Hi?' }, { role: 'assistant', content: 'Yes.' }], { addGenerationPrompt: false });
    assert.equal(chat, '<|user|>Hi?<|assistant|>Yes.<|end|>');
    assert.throws(() => tokenizer.applyChatTemplate([{ role: 'system', content: 'x' }], { addGenerationPrompt: true }), /user and assistant/);
  });
});
