import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../src/base/errors';
import { isInside, modelFolder, storedPath } from '../../../src/store/inside';
import { workspaceAt } from '../../../src/store/workspace';
import { inFolder } from './folders';

/** A link to a folder; on Windows a junction, which needs no privilege. */
const link = (target: string, at: string): Promise<void> => symlink(process.platform === 'win32' ? path.resolve(path.dirname(at), target) : target, at, 'junction');

describe('store/inside', () => {
  it('knows what lies in a folder, also when it does not exist yet', () =>
    inFolder(async (base) => {
      const root = path.join(base, 'root');
      await mkdir(path.join(root, 'models'), { recursive: true });
      await mkdir(path.join(base, 'root-beside'));
      for (const inside of ['', 'models', 'models/new/deep', 'models/../models', '..hidden']) assert.equal(await isInside(root, path.join(root, inside)), true, inside);
      for (const outside of ['..', '../root-beside', '../x/y', 'models/../../root-beside']) assert.equal(await isInside(root, path.join(root, outside)), false, outside);
    }));

  it('follows links, those to what is missing included', () =>
    inFolder(async (base) => {
      const root = path.join(base, 'root');
      await mkdir(path.join(root, 'real'), { recursive: true });
      await mkdir(path.join(base, 'outside', 'model'), { recursive: true });
      await link(path.join(base, 'outside'), path.join(root, 'link'));
      await link(path.join(base, 'missing'), path.join(root, 'dangling'));
      await link('real', path.join(root, 'within'));
      await link(root, path.join(base, 'alias'));
      assert.equal(await isInside(root, path.join(root, 'link', 'model')), false);
      assert.equal(await isInside(root, path.join(root, 'dangling', 'x')), false);
      assert.equal(await isInside(root, path.join(root, 'within')), true);
      assert.equal(await isInside(path.join(base, 'alias'), path.join(root, 'real')), true, 'the root itself may be a link');
      await link(path.join(root, 'b'), path.join(root, 'a'));
      await link(path.join(root, 'a'), path.join(root, 'b'));
      await assert.rejects(isInside(root, path.join(root, 'a')), 'a ring of links is no folder');
    }));

  it('lets an untrusted workspace name models inside it only', () =>
    inFolder(async (base) => {
      const ws = workspaceAt(path.join(base, 'root'));
      await mkdir(path.join(ws.root, 'm'), { recursive: true });
      assert.equal(await modelFolder(ws, 'm', false), path.join(ws.root, 'm'));
      const outside = path.join(base, 'other');
      assert.equal(await modelFolder(ws, outside, true), outside);
      for (const name of [outside, '../other', 'm/../../other']) {
        await assert.rejects(modelFolder(ws, name, false), (error) => error instanceof UserError && error.code === 'store.outside' && error.message.startsWith(name));
      }
    }));

  it('stores paths so that a workspace can be moved', () => {
    const ws = workspaceAt('/w');
    assert.equal(storedPath(ws, path.resolve('/w/a/b')), 'a/b');
    assert.equal(storedPath(ws, path.resolve('/w')), '.');
    assert.equal(storedPath(ws, path.resolve('/wide/a')), path.resolve('/wide/a'));
    assert.equal(storedPath(ws, '..x'), '..x');
  });
});
