import assert from 'node:assert/strict';
import { response } from '../../../src/domain/content';
import { labelFault } from '../../../src/domain/label-fault';
import { generationSchema, labelSchema } from '../../../src/protocol/records';
import { generationOf } from '../domain/records-of';
import { importOf, jsonl } from './import';

const texts = (read: ReturnType<typeof importOf>): string[][] => read.generations.map((g) => g.responses.map((r) => r.text));

describe('formats/generations', () => {
  it('finds answers in lists, of texts or of objects with their source', () => {
    const read = importOf('f.jsonl', jsonl({ prompt: 'p', completions: ['a', ' b '] }, { question: 'q', responses: [{ text: 'c', model: 'My Model' }, { response: 'd', finished: false }] }));
    assert.equal(read.format!.id, 'generations');
    assert.deepEqual(read.told, []);
    assert.deepEqual(texts(read), [['a', ' b '], ['c', 'd']]);
    assert.deepEqual(read.generations[1]!.responses, [response('c', 'My-Model'), response('d', 'import', false)]);
    assert.deepEqual(read.prompts.map((p) => p.prompt), ['p', 'q']);
    for (const g of read.generations) assert.equal(generationSchema.safeParse(g).success, true);
  });

  it('finds answers in numbered columns, in order', () => {
    assert.deepEqual(texts(importOf('f.csv', 'prompt,Response 10,response_2,response_1\np,z,b,a\nq,,d,c\n')), [['a', 'b', 'z'], ['c', 'd']]);
    assert.deepEqual(texts(importOf('f.csv', 'question,Answer B,answer a\np,b,a\n')), [['a', 'b']]);
  });

  it('puts answers on rows of their own together by prompt', () => {
    const read = importOf('f.csv', 'prompt,response,model\np,a,x\nq,c,x\np,b,y\n');
    assert.equal(read.format!.id, 'generations');
    assert.deepEqual(texts(read), [['a', 'b'], ['c']]);
    assert.deepEqual(read.generations[0]!.responses.map((r) => r.source), ['x', 'y']);
    const once = importOf('f.csv', 'prompt,response\np,a\nq,c\n');
    assert.equal(once.format!.id, 'prompts', 'a prompt with one answer each is data for SFT');
    assert.deepEqual(once.prompts.map((p) => p.reference), ['a', 'c']);
    assert.equal(importOf('f.csv', 'prompt,response\np,a\nq,c\n', 'generations').generations.length, 2);
  });

  it('makes judgements of ranks', () => {
    const read = importOf('f.jsonl', jsonl({ prompt: 'p', completions: ['a', 'b', 'c'], ranks: [2, 1, 2] }, { prompt: 'q', completions: ['a', 'b'], ranks: [1, 1] }, { prompt: 'r', completions: ['a', 'b', 'c'], ranks: [null, 2, 1] }, { prompt: 's', completions: ['a', 'b'], ranks: [1] }));
    assert.deepEqual(read.labels.map((l) => [l.verdict, l.ranks, l.unranked]), [['ranked', [2, 1, 2], undefined], ['tie', [1, 1], undefined], ['ranked', [null, 2, 1], 'subset']]);
    for (const label of read.labels) {
      assert.equal(labelSchema.safeParse(label).success, true);
      assert.equal(labelFault(label), undefined);
    }
    assert.match(read.told[0]!, /^4 warning "ranks" must be a list of 2 whole numbers/);
    assert.equal(read.generations.length, 4);
  });

  it("reads Plumbline's own lines back as they are", () => {
    const own = [generationOf('p', 3), { ...generationOf('q', 2), id: 'mine' }];
    assert.deepEqual(importOf('f.jsonl', jsonl(...own)).generations, own);
  });

  it('says what is wrong, by line', () => {
    const { told, generations } = importOf('f.jsonl', jsonl({ prompt: 'p', completions: ['a', 'b'] }, { prompt: 'p', completions: [] }, { prompt: 'p', completions: ['a', null] }, { completions: ['a'] }, { prompt: 'q' }, { prompt: 'p', completions: ['a', 'b'] }));
    assert.equal(generations.length, 1);
    assert.deepEqual(told.map((t) => t.slice(0, 9)), ['2 error t', '3 error a', '4 error n', '5 error n', '6 warning']);
  });
});
