import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { encodeExample, encodePrompt } from '../../../src/modelio/prompt';
import { createTokenizer, readTokenizer, type Tokenizer } from '../../../src/modelio/tokenizer';

interface Table {
  rows: { text: string; plain: number[]; special: number[]; decoded: string; skipped: string }[];
  pieces: { ids: number[]; text: string }[];
}

const root = 'test/fixtures/modelio';
const table = JSON.parse(readFileSync(`${root}/tokens.json`, 'utf8')) as Record<'bytelevel' | 'fallback', Table>;
const { chat } = JSON.parse(readFileSync(`${root}/expected.json`, 'utf8')) as { chat: { messages: { role: string; content: string }[]; text: string; ids: number[] } };

for (const name of ['bytelevel', 'fallback'] as const) {
  describe(`modelio/tokenizer: ${name} BPE against the Rust library`, () => {
    let tokenizer: Tokenizer;
    before(async () => (tokenizer = await readTokenizer(`${root}/${name}`)));

    for (const { text, plain, special, decoded, skipped } of table[name].rows) {
      it(JSON.stringify(text).slice(0, 60), () => {
        assert.deepEqual(tokenizer.encode(text, { addSpecialTokens: false }), plain);
        assert.deepEqual(tokenizer.encode(text, { addSpecialTokens: true }), special);
        assert.equal(tokenizer.decode(special, { skipSpecialTokens: false }), decoded);
        assert.equal(tokenizer.decode(special, { skipSpecialTokens: true }), skipped);
      });
    }

    it('decodes runs of any tokens, valid UTF-8 or not', () => {
      for (const { ids, text } of table[name].pieces) assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), text, String(ids));
    });
  });
}

describe('modelio/tokenizer: special tokens, prompts and examples', () => {
  let bytelevel: Tokenizer;
  let fallback: Tokenizer;
  before(async () => {
    bytelevel = await readTokenizer(`${root}/bytelevel`);
    fallback = await readTokenizer(`${root}/fallback`);
  });

  it('knows the ids that begin, end and pad', () => {
    const { vocabSize, eosId, eosIds, bosId, padId } = bytelevel;
    assert.deepEqual({ vocabSize, eosId, eosIds, bosId, padId }, { vocabSize: 320, eosId: 1, eosIds: [1, 3], bosId: 0, padId: 4 });
    assert.deepEqual([fallback.eosId, fallback.eosIds, fallback.bosId, fallback.padId], [2, [2], 1, undefined]);
  });

  it('renders a conversation as transformers does', () => {
    assert.equal(bytelevel.applyChatTemplate(chat.messages, { addGenerationPrompt: true }), chat.text);
    assert.deepEqual(encodePrompt(bytelevel, chat.messages), chat.ids);
  });

  it('takes plain text as one message of the user where there is a template, and as it is otherwise', () => {
    assert.deepEqual(encodePrompt(bytelevel, 'Hi'), encodePrompt(bytelevel, [{ role: 'user', content: 'Hi' }]));
    assert.deepEqual(encodePrompt(fallback, 'Hi'), fallback.encode('Hi', { addSpecialTokens: true }));
    assert.deepEqual(encodePrompt(fallback, [{ role: 'user', content: 'Hi' }]), encodePrompt(fallback, 'Hi'));
    assert.throws(() => encodePrompt(fallback, chat.messages), /conversation of 2 messages, but the model has no chat template/);
  });

  it('starts an empty prompt from the beginning-of-sequence token', () => { assert.deepEqual(encodePrompt(fallback, ''), [1]); });

  it('never ends a prompt with an end-of-sequence token that the tokenizer adds', () => {
    const files = (name: string): never => JSON.parse(readFileSync(`${root}/fallback/${name}`, 'utf8')) as never;
    const tokenizer = files('tokenizer.json') as { post_processor: { single: unknown[]; special_tokens: Record<string, unknown> } };
    tokenizer.post_processor.single.push({ SpecialToken: { id: '</s>', type_id: 0 } });
    tokenizer.post_processor.special_tokens['</s>'] = { id: '</s>', ids: [2], tokens: ['</s>'] };
    const ending = createTokenizer({ folder: 'x', tokenizer: tokenizer as never, tokenizerConfig: files('tokenizer_config.json'), specialTokensMap: {}, generationConfig: {}, config: files('config.json'), chatTemplate: undefined });
    assert.equal(ending.encode('Hi', { addSpecialTokens: true }).at(-1), 2);
    assert.deepEqual(encodePrompt(ending, 'Hi'), encodePrompt(fallback, 'Hi'));
    assert.deepEqual(encodePrompt(ending, 'Hi</s>'), encodePrompt(fallback, 'Hi</s>'));
  });

  it('splits an example so that the whole reads as the two texts', () => {
    for (const [prompt, answer] of [['Once upon', ' a time, there'], ['The cat', 'sat on'], ['', 'x'], ['a', ''], ['你', '好'], ['Hello ', ' world']] as const) {
      const ids = encodeExample(fallback, prompt, answer);
      assert.deepEqual(ids.prompt, encodePrompt(fallback, prompt));
      assert.equal(fallback.decode([...ids.prompt, ...ids.answer], { skipSpecialTokens: true }), prompt + answer);
      const chatIds = encodeExample(bytelevel, prompt, answer);
      assert.deepEqual(chatIds.prompt, encodePrompt(bytelevel, prompt));
      assert.equal(bytelevel.decode(chatIds.answer, { skipSpecialTokens: false }), answer);
    }
  });

  it('names the file when a tokenizer is missing or of an unknown kind', async () => {
    await assert.rejects(readTokenizer('test/fixtures'), /tokenizer\.json is missing/);
    assert.throws(
      () => createTokenizer({ folder: 'x', tokenizer: { model: { type: 'Nonsense' }, decoder: null, post_processor: null, pre_tokenizer: null, normalizer: null }, tokenizerConfig: {}, specialTokensMap: {}, generationConfig: {}, config: {}, chatTemplate: undefined }),
      /x.tokenizer\.json: this tokenizer is not supported/,
    );
  });

  it('reports a chat template that cannot be parsed or that refuses', () => {
    const files = (chatTemplate: string): Parameters<typeof createTokenizer>[0] => ({ folder: 'x', tokenizer: JSON.parse(readFileSync(`${root}/fallback/tokenizer.json`, 'utf8')) as never, tokenizerConfig: {}, specialTokensMap: {}, generationConfig: {}, config: {}, chatTemplate });
    assert.throws(() => createTokenizer(files('{% for %}')), /chat template cannot be read/);
    assert.throws(() => createTokenizer(files("{{ raise_exception('no system role') }}")).applyChatTemplate(chat.messages, { addGenerationPrompt: true }), /refuses a conversation of system, user: no system role/);
  });
});
