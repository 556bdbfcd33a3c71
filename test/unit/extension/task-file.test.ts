import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { changeElement, duplicateTask, renameElement } from '../../../src/domain/task-draft';
import { baseOf, saveParts, viewOf } from '../../../src/extension/task-form/file';
import { projectFileOf, readProject } from '../../../src/store/project-file';
import { UserError } from '../../../src/base/errors';
import type { Workspace } from '../../../src/store/workspace';
import { inWorkspace } from '../store/folders';

const content = {
  future: { a: [1] },
  v: 1,
  tasks: [{ mine: true, id: 'a', preference: { form: 'best', odd: 1 }, rules: ['r'] }],
  rules: [{ text: 'Rule.', id: 'r', x: null }],
  name: 'Mine',
};
const write = (ws: Workspace, value: unknown): Promise<void> => writeFile(projectFileOf(ws), JSON.stringify(value));
const read = async (ws: Workspace): Promise<string> => JSON.stringify(JSON.parse(await readFile(projectFileOf(ws), 'utf8')));

describe('extension/task-form/file', () => {
  it('writes back what nobody changed word for word, and what somebody changed with its unknown fields', () =>
    inWorkspace(async (ws) => {
      await write(ws, content);
      const view = viewOf(await readProject(ws), ['s']);
      assert.deepEqual([view.faults, view.sets], [[], ['s']]);
      assert.equal((await saveParts(ws, view.parts, view.base)).saved, true);
      assert.equal(await read(ws), JSON.stringify(content));
      const draft = renameElement(changeElement(view.parts, 'tasks', 0, { title: 'New' }), 'rules', 0, 'kept');
      assert.equal((await saveParts(ws, draft, view.base)).saved, true);
      assert.equal(await read(ws), '{"future":{"a":[1]},"v":1,"tasks":[{"mine":true,"id":"a","preference":{"form":"best","odd":1},"rules":["kept"],"title":"New"}],"rules":[{"text":"Rule.","id":"kept","x":null}],"name":"Mine"}');
    }));

  it('writes nothing over what was written meanwhile, and does not mind other changes', () =>
    inWorkspace(async (ws) => {
      await write(ws, content);
      const view = viewOf(await readProject(ws), []);
      const draft = duplicateTask(view.parts, 0);
      await write(ws, { ...content, rules: [{ id: 'r', text: 'Other.' }] });
      const refused = await saveParts(ws, draft, view.base);
      assert.equal(refused.saved, false);
      assert.match(await read(ws), /Other\./);
      assert.notEqual(baseOf(refused.file.raw), view.base);
      await write(ws, { ...content, name: 'Renamed' });
      assert.equal((await saveParts(ws, draft, view.base)).saved, true);
      assert.match(await read(ws), /"name":"Renamed"/);
      assert.match(await read(ws), /"a-copy"/);
    }));

  it('edits no file that must be mended first', () =>
    inWorkspace(async (ws) => {
      await write(ws, { tasks: [{ id: 'a', preference: { form: 'worst' } }], split: { testFraction: 9 } });
      const view = viewOf(await readProject(ws), []);
      assert.equal(view.faults.length, 1);
      assert.match(view.faults[0]!, /^tasks\.0\.preference\.form: .*\(line 1\)$/);
      await writeFile(projectFileOf(ws), '{broken');
      assert.equal(viewOf(await readProject(ws), []).faults.length, 1);
      await write(ws, { split: { testFraction: 9 } });
      assert.deepEqual(viewOf(await readProject(ws), []).faults, []);
    }));

  it('refuses parts that are not valid', () =>
    inWorkspace(async (ws) => {
      await write(ws, content);
      const view = viewOf(await readProject(ws), []);
      await assert.rejects(saveParts(ws, { ...view.parts, tasks: [{ id: 'not an id' }] }, view.base), UserError);
      assert.equal(await read(ws), JSON.stringify(content));
    }));
});
