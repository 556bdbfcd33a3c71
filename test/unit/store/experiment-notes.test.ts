import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { foldNotes, type ExperimentLine } from '../../../src/protocol/experiments';
import { appendExperimentLine, experimentsFile, readExperimentLines } from '../../../src/store/experiment-notes';
import { inWorkspace } from './folders';

const line = (n: number, run: string, fields: Partial<ExperimentLine>): ExperimentLine => ({ v: 1, id: `e${n}`, run, at: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(), ...fields });

describe('notes on experiments', () => {
  const lines = [line(1, 'a', { star: true, addTags: ['x', 'old'] }), line(2, 'a', { note: 'good', removeTags: ['old'] }), line(3, 'b', { addTags: ['y'] }), line(4, 'a', { addTags: ['best'] })];
  it('fold to the same whatever order a merge has brought them into', () => {
    const expected = new Map([['a', { star: true, note: 'good', tags: ['best', 'x'] }], ['b', { star: false, note: '', tags: ['y'] }]]);
    for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]]) assert.deepEqual(new Map([...foldNotes(order.map((i) => lines[i]!))].sort(([a], [b]) => (a < b ? -1 : 1))), expected);
  });

  it('are lines of a file that git merges, also in an old workspace; what cannot be read is told with its line', () =>
    inWorkspace(async (workspace) => {
      const attributes = path.join(workspace.folder, '.gitattributes');
      await writeFile(attributes, 'labels/*.jsonl merge=union');
      for (const l of lines) await appendExperimentLine(workspace, l);
      assert.equal(await readFile(attributes, 'utf8'), 'labels/*.jsonl merge=union\nexperiments.jsonl merge=union text eol=lf\n');
      await writeFile(experimentsFile(workspace), `${await readFile(experimentsFile(workspace), 'utf8')}{"v":1,"id":"q","run":""}\n`);
      const { records, problems } = await readExperimentLines(workspace);
      assert.deepEqual(records.map((r) => r.id), ['e1', 'e2', 'e3', 'e4']);
      assert.deepEqual(problems.map((p) => p.line), [5]);
    }));
});
