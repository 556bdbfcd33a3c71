import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRng } from '../../../src/base/rng';
import type { Json, JsonObject } from '../../../src/base/json';
import { compileChatTemplate } from '../../../src/modelio/chat-template';
import { parseStrictJson } from '../../../src/modelio/strict-json';
import { createTokenizer } from '../../../src/modelio/tokenizer';
import { tokenizerJson } from '../training/tiny';
import { cases, loadsOrSays, mutated, mutatedBytes, within } from './hostile';

const read = (path: string): JsonObject => JSON.parse(readFileSync(`test/fixtures/${path}`, 'utf8')) as JsonObject;
const unigram: JsonObject = {
  ...tokenizerJson,
  normalizer: { type: 'Sequence', normalizers: [{ type: 'Precompiled', precompiled_charsmap: 'AAAA' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }] },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }], pair: [], special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } } },
  model: { type: 'Unigram', unk_id: 0, vocab: [['<unk>', 0], ['<s>', 0], ['</s>', 0], ['▁', -2], ['a', -3], ['▁a', -3], ['H', -5], ['i', -5]] },
};
const wordPiece: JsonObject = {
  ...tokenizerJson,
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  post_processor: { type: 'BertProcessing', sep: ['</s>', 2], cls: ['<s>', 1] },
  model: { type: 'WordPiece', unk_token: '<unk>', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: { '<unk>': 0, '<s>': 1, '</s>': 2, hi: 3, '##i': 4, h: 5 } },
};
const whole: Record<string, JsonObject> = {
  ...Object.fromEntries(['gemma', 'gpt2', 'legacy', 'llama3', 'metaspace', 'neox', 'tekken'].map((name) => [name, read(`models/tokenizers/${name}.json`)])),
  bytelevel: read('modelio/bytelevel/tokenizer.json'),
  fallback: read('modelio/fallback/tokenizer.json'),
  words: tokenizerJson,
  unigram,
  wordPiece,
};
const texts = ['Hi a', '', '  say  red\n\n12345 ', 'Ünïcödé 你好 👩‍👩‍👧 \ud800', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '<s></s><unk>'];

/** Makes a tokenizer and uses it. */
function use(tokenizer: JsonObject, milliseconds?: number): void {
  const it = createTokenizer({ folder: 'x', tokenizer, tokenizerConfig: {}, specialTokensMap: {}, generationConfig: {}, config: {}, chatTemplate: undefined }, milliseconds);
  assert.ok(it.vocabSize <= 4_000_000);
  for (const text of texts) {
    let ids: number[];
    try {
      ids = it.encode(text, { addSpecialTokens: true });
    } catch (error) {
      assert.match(String(error), /not in the vocabulary, and there is no unknown token|cannot read a text/);
      continue;
    }
    for (const id of ids) assert.ok(Number.isInteger(id) && id >= 0 && id < 4_000_000, `id ${id}`);
    assert.equal(typeof it.decode([...ids, 0, 1, 3_999_999, 1e9], { skipSpecialTokens: false }), 'string');
    it.decode(ids, { skipSpecialTokens: true });
  }
}

describe('modelio: hostile tokenizers and templates', function () {
  this.timeout(60_000 + 300 * cases(100));

  it('the tokenizers that are mutated are whole', () => {
    for (const tokenizer of Object.values(whole)) use(tokenizer);
  });

  for (const [name, tokenizer] of Object.entries(whole)) {
    it(`tokenizer.json: ${name}, changed anywhere`, () =>
      within(300, async () => {
        const rng = createRng(name);
        let loaded = 0;
        for (let n = cases(120); n > 0; n--) {
          const text = mutated(tokenizer, rng);
          const result = await loadsOrSays(text, /x.tokenizer\.json/, () => {
            const value = parseStrictJson(text, 'x/tokenizer.json', 200);
            // The reader of files asks for an object.
            if (value !== null && typeof value === 'object' && !Array.isArray(value)) use(value as JsonObject, 2000);
          });
          if (result === 'loads') loaded++;
        }
        assert.ok(loaded > 0, 'no change was harmless: the test reaches nothing');
      }));
  }

  const change = (of: JsonObject, path: string, value: Json): JsonObject => {
    const copy = structuredClone(of);
    const keys = path.split('.');
    let at: JsonObject = copy;
    for (const key of keys.slice(0, -1)) at = at[key] as JsonObject;
    at[keys.at(-1)!] = value;
    return copy;
  };
  const hostile: readonly (readonly [what: string, tokenizer: JsonObject, says: RegExp])[] = [
    ...[2 ** 53, 2 ** 32 - 2, 4_000_000, -1, 0.5, '7', null, [1], true].map((id) => [`an id ${JSON.stringify(id)}`, change(tokenizerJson, 'model.vocab.red', id), /model\.vocab "red" is .+expected a whole number from 0 to 3999999/] as const),
    ...[2 ** 53, 2 ** 31, -1, 1.5, '3', null].map((id) => [`an added id ${JSON.stringify(id)}`, change(tokenizerJson, 'added_tokens.0.id', id), /added_tokens\[0\]\.id is/] as const),
    ['no id of an added token', change(tokenizerJson, 'added_tokens', [{ content: 'x' }]), /added_tokens\[0\]\.id is missing/],
    ['an empty added token', change(tokenizerJson, 'added_tokens.1.content', ''), /added_tokens\[1\]\.content is ""/],
    ['no list of added tokens', change(tokenizerJson, 'added_tokens', null), /added_tokens is null, expected a list/],
    ['no vocabulary', change(tokenizerJson, 'model.vocab', null), /model\.vocab is null/],
    ['a list for an object', change(tokenizerJson, 'model.vocab', []), /model\.vocab is 0|model\.type is "WordLevel"/],
    ['pieces without scores', change(unigram, 'model.vocab', [['a']]), /model\.vocab\[0\] is \["a"\], expected a token and a number/],
    ['no pieces', change(unigram, 'model.vocab', []), /expected 1 to 4000000 tokens/],
    ['an unknown piece beyond the list', change(unigram, 'model.unk_id', 99), /model\.unk_id is 99/],
    ...[['a'], ['a b c'], [''], [' '], [7], [null], [['a']], [['a', 'b', 'c']], [['a', 1]], ['a b', ['a', 'b']], 'a b', null].map((merges) => [`merges ${JSON.stringify(merges)}`, change(whole['gpt2']!, 'model.merges', merges as Json), /model\.merges/] as const),
    ['pieces of length 0', change(tokenizerJson, 'pre_tokenizer', { type: 'FixedLength', length: 0 }), /length of FixedLength is 0/],
    ['pieces of length 0 within others', change(tokenizerJson, 'pre_tokenizer', { type: 'Sequence', pretokenizers: [{ type: 'FixedLength', length: -1 }] }), /length of FixedLength is -1/],
    ['a regular expression that is none', change(tokenizerJson, 'pre_tokenizer', { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated', invert: false }), /not supported: .*regular expression/i],
    ['an unknown kind of part', change(tokenizerJson, 'decoder', { type: 'Nonsense' }), /Unknown Decoder type: Nonsense/],
    ['an unknown kind', change(tokenizerJson, 'model.type', 'constructor'), /model\.type is "constructor"; supported: BPE/],
  ];
  for (const [what, tokenizer, says] of hostile) {
    it(`refuses ${what}`, async () => {
      assert.equal(await loadsOrSays(what, says, () => { use(tokenizer); }), 'refused');
    });
  }

  it('ends regular expressions that do not end', () =>
    within(200, async () => {
      for (const Regex of ['(a+)+$', '(a|a)*b', '(.*)*x', 'a*a*a*a*a*a*a*a*a*a*b', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
        for (const part of [{ pre_tokenizer: { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false } }, { normalizer: { type: 'Replace', pattern: { Regex }, content: 'x' } }]) {
          const files = { folder: 'x', tokenizer: { ...tokenizerJson, ...part } as JsonObject, tokenizerConfig: {}, specialTokensMap: {}, generationConfig: {}, config: {}, chatTemplate: undefined };
          // Of forty letters at least, so that it takes ages; not all texts make all of these expressions slow.
          const begin = performance.now();
          await loadsOrSays(Regex, /cannot read a text: not done after 0\.2 s/, () => createTokenizer(files, 200).encode('a'.repeat(3000) + '!', { addSpecialTokens: false }));
          assert.ok(performance.now() - begin < 5000);
        }
      }
      const slow = { ...tokenizerJson, pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false } };
      assert.throws(() => createTokenizer({ folder: 'x', tokenizer: slow, tokenizerConfig: {}, specialTokensMap: {}, generationConfig: {}, config: {}, chatTemplate: undefined }, 200).encode('a'.repeat(40) + '!', { addSpecialTokens: false }), /not done after 0\.2 s/);
    }));

  const message = [{ role: 'user', content: 'hello' }, { role: 'assistant', content: 'yes' }];
  const render = (template: Json): string => compileChatTemplate(template, { bos_token: '<s>' }, 'x/chat_template.jinja')(message, { addGenerationPrompt: true });
  const endless: Record<string, string> = {
    'a loop over a billion': '{% for i in range(1000000000) %}{% endfor %}',
    'a loop over a fraction': '{% for i in range(0, 1000000, 0.0001) %}{% endfor %}',
    'a loop backwards': '{% for i in range(0, -1000000, -0.0001) %}{% endfor %}',
    'a list under another name': '{% set r = range %}{{ r(999999999)|length }}',
    'loops within loops': '{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}x{% endfor %}{% endfor %}{% endfor %}',
    'many lists of a million': '{% set ns = namespace(a=[]) %}{% for i in range(1000) %}{% set ns.a = ns.a + [range(1000000)] %}{% endfor %}',
    'lists that double': '{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a|length }}',
    'texts that double': '{% set ns = namespace(a="x") %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a }}',
    'texts that double otherwise': '{% set ns = namespace(a="x") %}{% for i in range(60) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}{{ ns.a }}',
    'texts that double by joining': '{% set ns = namespace(a="x") %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a]|join("") %}{% endfor %}{{ ns.a }}',
    'texts that grow by replacing': '{% set ns = namespace(a="xx") %}{% for i in range(60) %}{% set ns.a = ns.a|replace("x", "xx") %}{% endfor %}{{ ns.a }}',
    'lists within themselves': '{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}',
    'an indent of a billion': '{{ "a\nb"|indent(1000000000) }}',
    'a macro that calls itself': '{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}',
    'a macro that calls itself twice': '{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(50) }}',
    'brackets without end': `{{ ${'('.repeat(4000)}`,
    'ifs without end': '{% if true %}'.repeat(1000),
    'a comment without end': '{# abc',
    'a statement without end': '{% for',
    'a refusal': '{{ raise_exception("no") }}',
  };
  for (const [what, template] of Object.entries(endless)) {
    it(`refuses a chat template with ${what}`, () =>
      within(700, async () => {
        assert.equal(await loadsOrSays(what, /x.chat_template\.jinja: the chat template/, () => render(template)), 'refused');
      }));
  }

  it('renders what templates of today need, of long conversations too', () => {
    const template = readFileSync('test/fixtures/modelio/bytelevel/chat_template.jinja', 'utf8');
    const long = Array.from({ length: 2000 }, (_, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content: `turn ${i} ${'word '.repeat(200)}` }));
    const text = compileChatTemplate(template, { bos_token: '<s>', eos_token: '</s>' }, 'x')(long, { addGenerationPrompt: true });
    assert.ok(text.includes('turn 1999'));
  });

  it('chat templates: any changes of one that is whole', () =>
    within(300, async () => {
      const template = readFileSync('test/fixtures/modelio/bytelevel/chat_template.jinja');
      const rng = createRng(6);
      for (let n = cases(300); n > 0; n--) {
        const text = Buffer.from(mutatedBytes(template, rng)).toString('utf8');
        await loadsOrSays(text, /x.chat_template\.jinja/, () => render(text));
      }
      for (const value of [null, 7, true, [], [null], [[]], {}, [{ name: 'default' }], [{ name: 'default', template: 7 }]]) {
        assert.equal(await loadsOrSays(JSON.stringify(value), /neither text nor a list/, () => render(value)), 'refused');
      }
    }));
});
