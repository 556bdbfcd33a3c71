import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { foldLabels } from '../../src/domain/labels';
import type { LabelLine } from '../../src/domain/records';
import { appendLabels, labelFile, readLabels, retract } from '../../src/store/label-files';
import { openLiveData } from '../../src/store/live-data';
import { createWorkspace, workspaceAt } from '../../src/store/workspace';
import type { Workspace } from '../../src/store/workspace';
import { at, generationOf, labelOf } from '../unit/domain/records-of';
import { inFolder } from '../unit/store/folders';

const run = promisify(execFile);

/** Real git, with nothing of the user's own settings. */
async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org' };
  return (await run('git', ['-c', 'init.defaultBranch=main', ...args], { cwd, env })).stdout.trim();
}

const commit = async (cwd: string, message: string): Promise<void> => {
  await git(cwd, 'add', '-A');
  await git(cwd, 'commit', '-qm', message);
};

const linesOf = async (ws: Workspace): Promise<LabelLine[]> => {
  const { records, problems } = await readLabels(ws);
  assert.deepEqual(problems, []);
  return records;
};
const label = (labeler: string, n: number, second: number): LabelLine => labelOf(generationOf(`p${n}`, 2), { id: `${labeler}-${n}-${second}`, labeler, at: at(second), ranks: second % 2 === 0 ? [1, 2] : [2, 1] });

describe('labels merged by git', function () {
  this.timeout(60_000);
  before(async function () {
    await git(process.cwd(), '--version').catch(() => this.skip());
  });

  it('of two people in two clones: no conflict, and the fold of all that both said', () =>
    inFolder(async (home) => {
      const hub = path.join(home, 'hub.git');
      const [first, second] = [path.join(home, 'one'), path.join(home, 'two')];
      await git(home, 'init', '-q', '--bare', hub);
      const one = await createWorkspace(first);
      await git(first, 'init', '-q');
      await appendLabels(one, [label('anna', 0, 0), label('bert', 0, 1)]);
      await commit(first, 'workspace');
      await git(first, 'remote', 'add', 'origin', hub);
      await git(first, 'push', '-q', 'origin', 'HEAD:main');
      await git(home, 'clone', '-q', '-b', 'main', hub, second);
      const two = workspaceAt(second);

      // Anna at her machine and Bert at his, and Anna at his, too: the same file grows on both sides.
      await appendLabels(one, Array.from({ length: 40 }, (_, n) => label('anna', n, 2 + n)));
      await retract(one, 'anna', 'anna-3-5', new Date(Date.UTC(2026, 0, 1, 0, 2)));
      await appendLabels(two, Array.from({ length: 40 }, (_, n) => label('bert', n, 2 + n)));
      await appendLabels(two, Array.from({ length: 30 }, (_, n) => label('anna', n + 20, 60 + n)));
      const said = new Map([...(await linesOf(one)), ...(await linesOf(two))].map((l) => [l.id, l]));
      await commit(first, 'anna');
      await commit(second, 'bert');

      const windowOne = openLiveData(one);
      assert.equal((await windowOne.read()).index.size, (await linesOf(one)).length);
      await git(first, 'push', '-q', 'origin', 'HEAD:main');
      await git(second, 'pull', '-q', '--no-rebase', '--no-edit', 'origin', 'main');
      await git(second, 'push', '-q', 'origin', 'HEAD:main');
      // The first clone has gone on meanwhile.
      await windowOne.append([label('anna', 50, 100)]);
      said.set('anna-50-100', label('anna', 50, 100));
      await commit(first, 'anna again');
      await git(first, 'pull', '-q', '--no-rebase', '--no-edit', 'origin', 'main');
      await git(first, 'push', '-q', 'origin', 'HEAD:main');
      await git(second, 'pull', '-q', '--no-rebase', '--no-edit', 'origin', 'main');

      const expected = foldLabels([...said.values()]).current;
      for (const ws of [one, two]) {
        assert.doesNotMatch(await readFile(labelFile(ws, 'anna'), 'utf8'), /^(<<<<<<<|>>>>>>>|=======)/m);
        const lines = await linesOf(ws);
        assert.deepEqual(new Set(lines.map((l) => l.id)), new Set(said.keys()));
        assert.deepEqual(foldLabels(lines).current, expected);
      }
      // The window that was open all the while sees what the merge has brought.
      assert.deepEqual((await windowOne.read()).labels, expected);
      assert.equal(await git(first, 'status', '--porcelain'), '');
    }));

  it('rebased or cherry-picked, too', () =>
    inFolder(async (home) => {
      const ws = await createWorkspace(home);
      await git(home, 'init', '-q');
      await appendLabels(ws, [label('anna', 0, 0)]);
      await commit(home, 'start');
      await git(home, 'checkout', '-qb', 'side');
      await appendLabels(ws, [label('anna', 1, 1), label('anna', 2, 2)]);
      await commit(home, 'side');
      await git(home, 'checkout', '-q', 'main');
      await appendLabels(ws, [label('anna', 3, 3)]);
      await commit(home, 'main');
      await git(home, 'checkout', '-q', 'side');
      await git(home, 'rebase', '-q', 'main');
      assert.deepEqual((await linesOf(ws)).map((l) => l.id).sort(), ['anna-0-0', 'anna-1-1', 'anna-2-2', 'anna-3-3']);
    }));
});
