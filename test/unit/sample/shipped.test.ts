import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { encodePrompt } from '../../../src/modelio/prompt';
import { readTokenizer, type Tokenizer } from '../../../src/modelio/tokenizer';
import { projectSchema } from '../../../src/protocol/project';
import { generationSchema, promptSchema } from '../../../src/protocol/records';
import { runSchema } from '../../../src/protocol/run';
import { exampleSchemas } from '../../../src/protocol/data';
import { hashPrompt, hashResponse } from '../../../src/domain/content';
import { findRequest } from '../../../src/sample/judge';
import { modelConfig, modelFolder, sftRun, vocabSize } from '../../../src/sample/model';
import { makeSample, sampleSeed, type Sample } from '../../../src/sample/workspace-files';

const root = 'media/sample';
const lines = (text: string): unknown[] => text.split('\n').filter((l) => l !== '').map((l) => JSON.parse(l) as unknown);

/** Set.intersection needs Node 22. */
const disjoint = (a: ReadonlySet<string>, b: ReadonlySet<string>, message?: string): void => {
  assert.deepEqual([...a].filter((x) => b.has(x)), [], message);
};

describe('sample/shipped', () => {
  let sample: Sample;
  before(() => {
    sample = makeSample(sampleSeed);
  });
  const file = (name: string): string => sample.files.get(name)!;

  it('is what the generator writes, byte for byte', () => {
    for (const [name, text] of sample.files) assert.equal(readFileSync(`${root}/${name}`, 'utf8'), text, `${name} differs: run node dist/sample.js`);
  });

  it('changes with the seed', () => {
    const other = makeSample(sampleSeed + 1);
    assert.notEqual(other.files.get('.plumbline/prompts/everyday.jsonl'), file('.plumbline/prompts/everyday.jsonl'));
    assert.notDeepEqual(other.corpus[0], sample.corpus[0]);
  });

  it('keeps to the schemas of the workspace', () => {
    projectSchema.parse(JSON.parse(file('.plumbline/project.json')));
    for (const name of ['everyday', 'held-out']) {
      for (const line of lines(file(`.plumbline/prompts/${name}.jsonl`))) assert.ok(findRequest(promptSchema.parse(line).prompt ?? ''));
    }
    const screening = lines(file('.plumbline/screening/everyday.jsonl')).map((l) => generationSchema.parse(l));
    assert.ok(screening.length >= 30);
    for (const g of screening) {
      assert.equal(g.promptHash, hashPrompt(g.prompt!));
      for (const r of g.responses) assert.equal(r.hash, hashResponse(r.text));
    }
    runSchema.parse({ ...sftRun, createdAt: '2026-01-01T00:00:00.000Z', params: { ...sftRun.params, deNovo: { config: modelConfig, tokenizer: '.' } } });
    for (const example of sample.corpus.slice(0, 500)) exampleSchemas.sft.parse(example);
  });

  it('holds out what it says it holds out', () => {
    const prompts = (name: string): Set<string> => new Set(lines(file(`.plumbline/prompts/${name}.jsonl`)).map((l) => (l as { prompt: string }).prompt));
    const [train, test] = [prompts('everyday'), prompts('held-out')];
    assert.equal(train.size, 488);
    assert.equal(test.size, 122);
    disjoint(train, test);
    const asked = new Set(sample.corpus.flatMap((c) => ('prompt' in c ? [c.prompt] : [])));
    disjoint(asked, test, 'the model was trained on held-out prompts');
    const plain = new Set(lines(file('data/plain-heldout.jsonl')).map((l) => (l as { text: string }).text));
    const learned = new Set(sample.corpus.flatMap((c) => ('text' in c ? [c.text] : [])));
    assert.equal(plain.size, 200);
    disjoint(plain, learned);
    const key = (split: string): Set<string> => new Set(sample.corpus.filter((c) => c.split === split).map((c) => JSON.stringify({ ...c, split: '' })));
    disjoint(key('train'), key('test'));
  });

  describe('tokenizer', () => {
    interface Reference {
      readonly texts: readonly { text: string; ids: number[]; withSpecial: number[]; decoded: string }[];
      readonly chat: string;
      readonly chatPrompt: number[];
      readonly special: { bos: number; eos: number; pad: number; size: number };
    }
    const reference = JSON.parse(readFileSync('test/fixtures/sample/tokenizer-reference.json', 'utf8')) as Reference;
    let tokenizer: Tokenizer;
    before(async () => {
      tokenizer = await readTokenizer(`${root}/${modelFolder}`);
    });

    it('gives the ids and texts that transformers gives', () => {
      assert.ok(reference.texts.length > 20);
      for (const { text, ids, withSpecial, decoded } of reference.texts) {
        assert.deepEqual(tokenizer.encode(text, { addSpecialTokens: false }), ids, text);
        assert.deepEqual(tokenizer.encode(text, { addSpecialTokens: true }), withSpecial, text);
        assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), decoded);
      }
      assert.deepEqual({ bos: tokenizer.bosId, eos: tokenizer.eosId, pad: tokenizer.padId, size: tokenizer.vocabSize }, reference.special);
      assert.equal(tokenizer.vocabSize, vocabSize);
    });

    it('writes conversations as transformers does', () => {
      const chat = [{ role: 'user', content: 'How do I plant a seed?' }, { role: 'assistant', content: 'Fill a pot.' }];
      assert.equal(tokenizer.applyChatTemplate(chat, { addGenerationPrompt: false }), reference.chat);
      assert.deepEqual(encodePrompt(tokenizer, 'How do I plant a seed?'), reference.chatPrompt);
    });
  });
});
