import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createRng } from '../../src/base/rng';
import { undoTarget } from '../../src/domain/labels';
import { appendLabels, labelFile, readLabels } from '../../src/store/label-files';
import { openLiveData } from '../../src/store/live-data';
import { workspaceAt } from '../../src/store/workspace';
import { generationOf, labelOf } from '../unit/domain/records-of';
import { inWorkspace } from '../unit/store/folders';

const kills = 20;

/** A window: this file, run by itself. Submits labels through the extension's own path, without end, and says each id once it is acknowledged. */
async function submitUntilKilled(root: string, name: string): Promise<void> {
  const live = openLiveData(workspaceAt(root));
  await live.read();
  for (let n = 0; ; n++) {
    const id = `${name}-${n}`;
    // Sizes from less than one page to many, so that a write in parts would show.
    await live.append([labelOf(generationOf(`prompt ${id}`, 2), { id, at: new Date().toISOString(), rationale: 'words '.repeat((n * 97) % 5000) })]);
    process.stdout.write(`${id}\n`);
  }
}

const asked = process.env['PLUMBLINE_TEST_KILLED'];
if (asked !== undefined) void submitUntilKilled(...(JSON.parse(asked) as [string, string]));
else {
  describe('labels of a window that is killed', function () {
    this.timeout(120_000);

    it(`are there once acknowledged, each once, whatever the instant: ${kills} kills`, () =>
      inWorkspace(async (ws) => {
        const seed = Math.floor(Math.random() * 1e9);
        const rng = createRng(seed);
        const acknowledged: string[] = [];
        for (let round = 0; round < kills; round++) {
          const child = spawn(process.execPath, [__filename], { env: { ...process.env, PLUMBLINE_TEST_KILLED: JSON.stringify([ws.root, `k${round}`]) }, stdio: ['ignore', 'pipe', 'inherit'] });
          let text = '';
          child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
          const closed = once(child, 'close');
          await once(child.stdout, 'data');
          await wait(rng.next() * 80);
          child.kill('SIGKILL');
          await closed;
          // What stands after the last line break was being said when the child died.
          acknowledged.push(...text.split('\n').slice(0, -1));
          const { records, problems } = await readLabels(ws);
          const there = new Map<string, number>();
          for (const { id } of records) there.set(id, (there.get(id) ?? 0) + 1);
          for (const id of acknowledged) assert.equal(there.get(id), 1, `${id} was acknowledged and stands there ${there.get(id) ?? 0} times (seed ${seed}, kill ${round})`);
          for (const [id, n] of there) assert.equal(n, 1, `${id} stands there ${n} times`);
          // At most the one label that was being written when a kill came, and only as a line of its own.
          assert.ok(problems.length <= round + 1, JSON.stringify(problems));
        }
        assert.ok(acknowledged.length >= kills, `${acknowledged.length} labels were acknowledged`);
        // Who comes after reads, undoes and goes on.
        const live = openLiveData(ws);
        const { index } = await live.read();
        assert.equal(index.undoTarget('anna'), undoTarget((await readLabels(ws)).records, 'anna'));
        const last = labelOf(generationOf('last', 2), { id: 'last', at: new Date().toISOString() });
        await live.append([last]);
        assert.deepEqual((await readLabels(ws)).records.at(-1), last);
        assert.ok((await readFile(labelFile(ws, 'anna'), 'utf8')).endsWith('\n'));
      }));

    it('are there when the same labeler writes thousands in two windows', () =>
      inWorkspace(async (ws) => {
        // Here the other window is this process, which looks at the files all the while.
        const live = openLiveData(ws);
        await live.read();
        const child = spawn(process.execPath, [__filename], { env: { ...process.env, PLUMBLINE_TEST_KILLED: JSON.stringify([ws.root, 'other']) }, stdio: ['ignore', 'pipe', 'inherit'] });
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
        const closed = once(child, 'close');
        await once(child.stdout, 'data');
        const mine: string[] = [];
        for (let n = 0; n < 1500 || text.length < 12_000; n++) {
          const id = `mine-${n}`;
          await live.append([labelOf(generationOf(`mine ${n}`, 2), { id, at: new Date().toISOString() })]);
          mine.push(id);
          if (n % 100 === 99) await live.read();
        }
        child.kill('SIGKILL');
        await closed;
        const theirs = text.split('\n').slice(0, -1);
        const ids = (await readLabels(ws)).records.map((r) => r.id);
        assert.equal(new Set(ids).size, ids.length, 'none stands there twice');
        const { index } = await live.read();
        for (const id of [...mine, ...theirs]) {
          assert.ok(ids.includes(id), `${id} is in the file`);
          assert.ok(index.get(id), `${id} is known`);
        }
        assert.ok(theirs.length > 500, `the other window wrote ${theirs.length}`);
        assert.deepEqual((await appendLabels(ws, [])), []);
      }));
  });
}
