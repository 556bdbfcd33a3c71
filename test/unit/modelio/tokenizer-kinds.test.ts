import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../../src/base/json';
import { createTokenizer, type Tokenizer } from '../../../src/modelio/tokenizer';

const root = 'test/fixtures/models/tokenizers';
const read = (name: string): unknown => JSON.parse(readFileSync(`${root}/${name}.json`, 'utf8'));

/** By the Rust library: see `make_tokenizers.py`. `row`: ids of a text, those before them with special tokens, and what they decode to where it is not the text. */
interface Table {
  readonly texts: string[];
  readonly kinds: Readonly<Record<string, { rows: [ids: number[], before: number[], whole?: string, skipped?: string][]; pieces: [ids: number[], text: string][] }>>;
}
const { texts, kinds } = read('table') as Table;

const open = (kind: string): Tokenizer =>
  createTokenizer({ folder: kind, tokenizer: read(kind) as JsonObject, tokenizerConfig: {}, specialTokensMap: {}, generationConfig: {}, config: {}, chatTemplate: undefined });

for (const [kind, { rows, pieces }] of Object.entries(kinds)) {
  describe(`modelio/tokenizer: the kind of ${kind} against the Rust library`, () => {
    const tokenizer = open(kind);
    texts.forEach((text, i) => {
      const [ids, before, whole = text, skipped = text] = rows[i]!;
      it(JSON.stringify(text).slice(0, 60), () => {
        assert.deepEqual(tokenizer.encode(text, { addSpecialTokens: false }), ids);
        assert.deepEqual(tokenizer.encode(text, { addSpecialTokens: true }), [...before, ...ids]);
        assert.equal(tokenizer.decode(ids, { skipSpecialTokens: false }), whole);
        assert.equal(tokenizer.decode([...before, ...ids], { skipSpecialTokens: true }), skipped);
      });
    });

    it('decodes runs of any tokens, valid UTF-8 or not', () => {
      for (const [ids, text] of pieces) assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), text, String(ids));
    });
  });
}
