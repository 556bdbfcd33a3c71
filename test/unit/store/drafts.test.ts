import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDrafts } from '../../../src/store/drafts';

describe('drafts', () => {
  let folder: string;
  beforeEach(async () => {
    folder = path.join(await mkdtemp(path.join(tmpdir(), 'plumbline-drafts-')), 'deep', 'drafts');
  });
  afterEach(() => rm(path.dirname(path.dirname(folder)), { recursive: true, force: true }));

  it('are kept by labeler and item, and go when asked to', async () => {
    const drafts = openDrafts(folder);
    assert.equal(await drafts.read('anna', 'k'), undefined);
    await drafts.write('anna', 'k', { n: 1 });
    await drafts.write('anna', 'k', { n: 2 });
    await drafts.write('bert', 'k', { n: 3 });
    assert.deepEqual([await drafts.read('anna', 'k'), await openDrafts(folder).read('bert', 'k'), await drafts.read('anna', 'other')], [{ n: 2 }, { n: 3 }, undefined]);
    assert.equal((await readdir(folder)).length, 2);
    await drafts.remove('anna', 'k');
    await drafts.remove('anna', 'k');
    assert.equal(await drafts.read('anna', 'k'), undefined);
  });
  it('that cannot be read are none', async () => {
    const drafts = openDrafts(folder);
    await drafts.write('anna', 'k', {});
    const [file] = await readdir(folder);
    await writeFile(path.join(folder, file!), '{"v":1,');
    assert.equal(await drafts.read('anna', 'k'), undefined);
  });
  it('that are old are pruned', async () => {
    const drafts = openDrafts(folder);
    await drafts.prune(new Date());
    await drafts.write('anna', 'old', { n: 1 });
    const [old] = await readdir(folder);
    await utimes(path.join(folder, old!), 1000, 1000);
    await drafts.write('anna', 'new', { n: 2 });
    await drafts.prune(new Date(Date.now() - 60_000));
    assert.deepEqual([await drafts.read('anna', 'old'), await drafts.read('anna', 'new')], [undefined, { n: 2 }]);
  });
});
