import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../src/base/errors';
import { fileError, filesIn, readIfThere, writeFileAtomic } from '../../../src/store/files';
import { inFolder } from './folders';

describe('store/files', () => {
  it('replaces a file whole and leaves nothing beside it', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'f');
      await writeFile(file, 'old');
      await writeFileAtomic(file, 'new');
      await writeFileAtomic(file, Buffer.from('newer'));
      assert.equal(await readFile(file, 'utf8'), 'newer');
      assert.deepEqual(await readdir(folder), ['f']);
    }));

  it('cleans up when it fails, and keeps the old content', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'taken');
      await mkdir(path.join(file, 'full'), { recursive: true });
      await assert.rejects(writeFileAtomic(file, 'x'));
      assert.deepEqual(await readdir(folder), ['taken']);
      await assert.rejects(writeFileAtomic(path.join(folder, 'no', 'such', 'folder'), 'x'));
    }));

  it('writes at once from many places', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'f');
      const texts = Array.from({ length: 20 }, (_, n) => String(n).repeat(5000));
      await Promise.all(texts.map((t) => writeFileAtomic(file, t)));
      assert.ok(texts.includes(await readFile(file, 'utf8')));
      assert.deepEqual(await readdir(folder), ['f']);
    }));

  it('lists files by ending, without hidden ones and folders', () =>
    inFolder(async (folder) => {
      for (const name of ['b.jsonl', 'a.jsonl', '.x.jsonl', 'c.json']) await writeFile(path.join(folder, name), '');
      await mkdir(path.join(folder, 'd.jsonl'));
      assert.deepEqual((await filesIn(folder, '.jsonl')).map((f) => path.basename(f)), ['a.jsonl', 'b.jsonl']);
      assert.deepEqual(await filesIn(path.join(folder, 'none'), '.jsonl'), []);
      assert.equal(await readIfThere(path.join(folder, 'none')), undefined);
      await assert.rejects(readIfThere(folder), UserError);
    }));

  it('turns what a user can cure into words, and nothing else', () => {
    const failed = (code: string): unknown => fileError(Object.assign(new Error(`${code}: no`), { code }), '/w/f.jsonl', 'write');
    for (const [code, expected] of [['ENOSPC', 'store.disk-full'], ['EROFS', 'store.read-only'], ['EACCES', 'store.read-only'], ['EDQUOT', 'store.disk-full']] as const) {
      const error = failed(code);
      assert.ok(error instanceof UserError && error.code === expected && error.message.startsWith('cannot write /w/f.jsonl: '));
    }
    assert.ok(!(failed('EINVAL') instanceof UserError));
    const bug = new TypeError('x');
    assert.equal(fileError(bug, 'f', 'read'), bug);
  });
});
