import assert from 'node:assert/strict';
import { labelFault } from '../../../src/domain/label-fault';
import { importOf, jsonl } from './import';

describe('formats/votes', () => {
  it('reads three annotators of PandaLM as three labelers', () => {
    const row = { idx: 0, cmp_key: 'bloom-7b_llama-7b', instruction: 'Shorten.', input: 'A long text.', response1: 'A text.', response2: 'Text.', annotator1: 2, annotator2: 0, annotator3: 1 };
    const read = importOf('p.json', JSON.stringify([row]));
    assert.equal(read.format!.id, 'votes');
    assert.deepEqual(read.told, []);
    assert.equal(read.generations.length, 1);
    assert.equal(read.generations[0]!.prompt, 'Shorten.\n\nA long text.');
    assert.deepEqual(read.generations[0]!.responses.map((r) => r.source), ['bloom-7b', 'llama-7b']);
    assert.deepEqual(read.labels.map((l) => [l.labeler, l.verdict, l.ranks]), [['import-annotator1', 'ranked', [2, 1]], ['import-annotator2', 'tie', [1, 1]], ['import-annotator3', 'ranked', [1, 2]]]);
    for (const label of read.labels) assert.equal(labelFault(label), undefined);
  });

  it('reads votes by name, and keeps labels of different people apart', () => {
    const row = { prompt: 'Which?', responses: [{ text: 'x', source: 'arg 7' }, 'y'], votes: [['w1', 'a1'], ['w2', 'equal'], { labeler: 'w3', choice: 'a2' }, ['w4', 'perhaps']] };
    const read = importOf('v.jsonl', jsonl(row));
    assert.deepEqual(read.labels.map((l) => [l.labeler, l.ranks]), [['w1', [1, 2]], ['w2', [1, 1]], ['w3', [2, 1]]]);
    assert.deepEqual(read.generations[0]!.responses.map((r) => r.source), ['arg-7', 'import']);
    assert.equal(new Set(read.labels.map((l) => l.id)).size, 3);
    assert.deepEqual(read.told, ['1 warning w4 chose "perhaps"; a choice is 1, 2 or 0 for a tie (or a1, a2, equal). This vote is left out']);
  });

  it('leaves rows out that compare nothing', () => {
    const read = importOf('v.jsonl', jsonl({ prompt: 'p', responses: ['x', 'y'], votes: [['w', 1]] }, { prompt: 'q', responses: ['x', 'x'], votes: [['w', 1]] }, { prompt: 'r', responses: ['x'], votes: [['w', 1]] }));
    assert.equal(read.generations.length, 1);
    assert.equal(read.told.length, 2);
  });

  it('leaves answers without votes to the other formats', () => {
    assert.equal(importOf('g.jsonl', jsonl({ prompt: 'p', response1: 'x', response2: 'y' })).format!.id, 'generations');
  });
});
