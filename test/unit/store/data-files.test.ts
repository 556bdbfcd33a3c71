import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { UserError } from '../../../src/base/errors';
import { promptRecord } from '../../../src/domain/content';
import { freeSetName, readGenerations, readPrompts, setFile, writeSet } from '../../../src/store/data-files';
import { generationOf } from '../domain/records-of';
import { inWorkspace } from './folders';

describe('store/data-files', () => {
  it('gives sets back by name, in the order of their lines', () =>
    inWorkspace(async (ws) => {
      const prompts = [promptRecord('b\r\nü', { tags: ['x'] }), promptRecord([{ role: 'user', content: 'a' }])];
      await writeSet(ws, 'prompts', 'two', prompts);
      await writeSet(ws, 'prompts', 'one', []);
      const sets = await readPrompts(ws);
      assert.deepEqual(sets.problems, []);
      assert.deepEqual(sets.records.map((s) => [s.name, s.records]), [['one', []], ['two', prompts]]);
      const generations = [generationOf('p', 3), generationOf('q', 2)];
      await writeSet(ws, 'generations', 'g', generations);
      assert.deepEqual((await readGenerations(ws)).records[0]!.records, generations);
    }));

  it('reports records that are not what they should be', () =>
    inWorkspace(async (ws) => {
      const g = generationOf('p', 2);
      const file = await writeSet(ws, 'generations', 'g', [g]);
      const bad = [{ ...g, id: 'x', prompt: 'edited' }, { ...g, prompt: 'p', messages: [{ role: 'user', content: 'p' }] }, { ...g, responses: [] }, { ...g, responses: g.responses.slice(1) }];
      await appendFile(file, `${bad.map((b) => JSON.stringify(b)).join('\n')}\n${JSON.stringify(g)}\nnot json\n`);
      const { records, problems } = await readGenerations(ws);
      assert.deepEqual(records[0]!.records, [g]);
      assert.deepEqual(problems.map((p) => p.line), [2, 3, 4, 5, 7]);
      assert.match(problems[0]!.message, /"promptHash" does not fit/);
      assert.match(problems[1]!.message, /either "prompt" or "messages"/);
      assert.match(problems[3]!.message, /was used before/);
    }));

  it('does not write over a set, nor outside its folder', () =>
    inWorkspace(async (ws) => {
      await writeSet(ws, 'prompts', 'p', [promptRecord('a')]);
      await assert.rejects(writeSet(ws, 'prompts', 'p', []), (error) => error instanceof UserError && error.code === 'store.exists');
      assert.equal(await freeSetName(ws, 'prompts', 'p'), 'p-2');
      await writeSet(ws, 'prompts', 'p', [promptRecord('b')], { replace: true });
      assert.deepEqual((await readPrompts(ws)).records[0]!.records, [promptRecord('b')]);
      for (const name of ['../x', 'a/b', '', '.hidden', 'a\0']) assert.throws(() => setFile(ws, 'prompts', name), UserError);
    }));
});
