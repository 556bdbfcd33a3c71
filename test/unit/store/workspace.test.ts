import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../src/base/errors';
import { createWorkspace, findWorkspace, requireWorkspace } from '../../../src/store/workspace';
import { inFolder } from './folders';

describe('store/workspace', () => {
  it('makes a workspace that git ignores and merges as it should', () =>
    inFolder(async (folder) => {
      const ws = await createWorkspace(folder, { v: 1, name: 'Mine' });
      assert.equal(ws.folder, path.join(folder, '.plumbline'));
      assert.deepEqual((await readdir(ws.folder)).sort(), ['.gitattributes', '.gitignore', 'generations', 'labels', 'project.json', 'prompts', 'runs', 'screening']);
      assert.match(await readFile(path.join(ws.folder, '.gitattributes'), 'utf8'), /^labels\/\*\.jsonl merge=union/m);
      assert.match(await readFile(path.join(ws.folder, '.gitignore'), 'utf8'), /^runs\/$/m);
      assert.deepEqual(JSON.parse(await readFile(path.join(ws.folder, 'project.json'), 'utf8')), { v: 1, name: 'Mine' });
    }));

  it('completes a workspace without touching what is there', () =>
    inFolder(async (folder) => {
      await mkdir(path.join(folder, '.plumbline'));
      await writeFile(path.join(folder, '.plumbline', 'project.json'), 'mine');
      const ws = await createWorkspace(folder);
      assert.equal(await readFile(path.join(ws.folder, 'project.json'), 'utf8'), 'mine');
      assert.ok((await readdir(ws.folder)).includes('labels'));
    }));

  it('is found from a folder below it', () =>
    inFolder(async (folder) => {
      const ws = await createWorkspace(folder);
      const below = path.join(folder, 'a', 'b');
      await mkdir(below, { recursive: true });
      assert.deepEqual(await findWorkspace(below), ws);
      assert.deepEqual(await requireWorkspace(folder), ws);
    }));

  it('says what to do when there is none, a file of that name included', () =>
    inFolder(async (folder) => {
      await writeFile(path.join(folder, '.plumbline'), '');
      await assert.rejects(requireWorkspace(folder), (error) => error instanceof UserError && error.code === 'store.no-workspace' && error.message.includes(folder) && error.action !== undefined);
      await assert.rejects(createWorkspace(folder), (error) => error instanceof UserError && error.message.includes('.plumbline'));
    }));
});
