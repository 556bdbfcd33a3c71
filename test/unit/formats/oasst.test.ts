import assert from 'node:assert/strict';
import { labelFault } from '../../../src/domain/label-fault';
import { importOf, jsonl } from './import';

const reply = (text: string, rank: number | null, more: object = {}): object => ({ text, role: 'assistant', rank, replies: [], ...more });
const tree = (prompt: object): string => jsonl({ message_tree_id: 't', tree_state: 'ready_for_export', prompt });

describe('formats/oasst', () => {
  it('makes one generation and one judgement of each turn with two or more replies', () => {
    const second = { text: 'And then?', role: 'prompter', replies: [reply('Rest.', 1), reply('Sleep.', 0), reply('?', null)] };
    const read = importOf('f.jsonl', tree({ text: 'How?', role: 'prompter', replies: [reply('So.', 1, { replies: [second] }), reply('Thus.', 0, { synthetic: true, model_name: 'my model' })] }));
    assert.equal(read.format!.id, 'oasst');
    assert.deepEqual(read.told, []);
    const [first, deeper] = read.generations;
    assert.equal(first!.prompt, 'How?');
    assert.deepEqual(first!.responses.map((r) => [r.text, r.source]), [['So.', 'person'], ['Thus.', 'my-model']]);
    assert.deepEqual(deeper!.messages, [{ role: 'user', content: 'How?' }, { role: 'assistant', content: 'So.' }, { role: 'user', content: 'And then?' }]);
    assert.deepEqual(read.labels.map((l) => l.ranks), [[2, 1], [2, 1, null]]);
    assert.equal(read.labels[1]!.unranked, 'subset');
    for (const label of read.labels) assert.equal(labelFault(label), undefined);
  });

  it('leaves single replies and deleted messages out, and reports what is broken', () => {
    const read = importOf('f.jsonl', tree({ text: 'How?', role: 'prompter', replies: [reply('One.', 0), { deleted: true }, { text: 5 }] }) + jsonl({ message_tree_id: 'u', prompt: { role: 'prompter' } }));
    assert.deepEqual(read.generations, []);
    assert.deepEqual(read.told, ['1 warning a reply without a "text" and a "role" is left out, with what follows it', '2 error the tree has no "prompt" with a "text" and a "role"']);
  });

  it('takes replies that nobody ranked as answers without a judgement', () => {
    const read = importOf('f.jsonl', tree({ text: 'How?', role: 'prompter', replies: [reply('One.', null), reply('Two.', null)] }));
    assert.deepEqual([read.generations.length, read.labels.length], [1, 0]);
  });

  it('reads a tree deeper than the call stack', () => {
    let node = JSON.stringify(reply('end', 0));
    for (let i = 0; i < 3000; i++) node = `{"text":"turn ${i}","role":"${i % 2 === 0 ? 'prompter' : 'assistant'}","replies":[${node}]}`;
    assert.deepEqual(importOf('f.jsonl', `{"message_tree_id":"t","prompt":${node}}\n`, 'oasst').told, []);
  });
});
