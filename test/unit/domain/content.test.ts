import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { asks, contentOf, generation, hashPrompt, hashResponse, itemKey, keyOfGeneration, keyOfLabel, promptRecord, response, runOfSource, runSource } from '../../../src/domain/content';
import { generationOf, labelOf } from './records-of';

describe('domain/content', () => {
  it('hashes a text as sha256 of its UTF-8 bytes, as any tool does', () => {
    for (const text of ['', 'Hello', 'ü😀\r\n ']) {
      const expected = `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
      assert.equal(hashResponse(text), expected);
      assert.equal(hashPrompt(text), expected);
    }
  });

  it('hashes messages by role and content alone, in any order of fields', () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const other = [{ content: 'Hi', name: 'x', role: 'user' }];
    assert.equal(hashPrompt(messages), hashPrompt(other));
    assert.equal(hashPrompt(messages), `sha256:${createHash('sha256').update('[{"content":"Hi","role":"user"}]').digest('hex')}`);
    assert.notEqual(hashPrompt(messages), hashPrompt('Hi'));
    assert.notEqual(hashPrompt(messages), hashPrompt([{ role: 'system', content: 'Hi' }]));
  });

  it('keeps prompt and messages apart in records', () => {
    assert.deepEqual(asks('p'), { prompt: 'p' });
    const messages = [{ role: 'user', content: 'p' }];
    assert.deepEqual(contentOf(promptRecord(messages)), messages);
    assert.equal(contentOf(promptRecord('p')), 'p');
  });

  it('takes ids from the content, so that the same record has the same id', () => {
    assert.equal(promptRecord('p').id, promptRecord('p').id);
    assert.notEqual(promptRecord('p').id, promptRecord('q').id);
    assert.equal(promptRecord('p', { id: 'mine' }).id, 'mine');
    const answers = [response('a', 'x'), response('b', 'x')];
    assert.equal(generation('p', answers).id, generation('p', answers).id);
    assert.notEqual(generation('p', answers).id, generation('p', [response('a', 'y'), response('b', 'x')]).id);
  });

  it('knows the same item in any order of its answers', () => {
    assert.equal(itemKey('t', 'p', ['b', 'a']), itemKey('t', 'p', ['a', 'b']));
    assert.notEqual(itemKey('t', 'p', ['a', 'b']), itemKey('u', 'p', ['a', 'b']));
    const g = generationOf('p', 3);
    const label = labelOf(g, { id: 'l' });
    assert.equal(keyOfLabel(label), keyOfGeneration(g));
    assert.equal(keyOfLabel({ ...label, items: [...label.items].reverse() }), keyOfGeneration(g));
  });

  it('names the run of a source', () => {
    assert.equal(runOfSource(runSource('policy', 'run-7')), 'run-7');
    assert.equal(runOfSource('base'), undefined);
  });
});
