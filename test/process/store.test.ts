import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendLabels, readLabels } from '../../src/store/label-files';
import { workspaceAt } from '../../src/store/workspace';
import type { Workspace } from '../../src/store/workspace';
import { generationOf, labelOf } from '../unit/domain/records-of';
import { inWorkspace } from '../unit/store/folders';

/**
 * Another window: this file, run by itself. It waits for a word on its input, then appends labels one by one until it is told to stop or has made `count`,
 * and says the id of each on a line of its own once it is acknowledged.
 */
async function otherWindow(root: string, name: string, count: number): Promise<void> {
  const workspace = workspaceAt(root);
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  for (let n = 0; n < count; n++) {
    // Sizes from less than one page to many, so that a write in parts would show.
    await appendLabels(workspace, [labelOf(generationOf(`p${n}`, 2), { id: `${name}-${n}`, rationale: `${name} `.repeat((n * 397) % 30000) })]);
    process.stdout.write(`${name}-${n}\n`);
  }
}

interface OtherWindow {
  readonly child: ChildProcess;
  /** Ids of labels that were acknowledged. */
  readonly acknowledged: string[];
  readonly done: Promise<unknown>;
  /** Resolves once the process is up and has been told to write. */
  readonly start: () => Promise<void>;
}

function openWindow(ws: Workspace, name: string, count: number): OtherWindow {
  const child = spawn(process.execPath, [__filename], { env: { ...process.env, PLUMBLINE_TEST_WINDOW: JSON.stringify([ws.root, name, count]) }, stdio: ['pipe', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const lines = text.split('\n');
    text = lines.pop()!;
    acknowledged.push(...lines);
  });
  const done = once(child, 'close');
  const start = async (): Promise<void> => {
    while (acknowledged.length === 0) await once(child.stdout, 'data');
    assert.equal(acknowledged.shift(), 'ready');
    child.stdin.write('go\n');
  };
  return { child, acknowledged, done, start };
}

const asked = process.env['PLUMBLINE_TEST_WINDOW'];
if (asked !== undefined) void otherWindow(...(JSON.parse(asked) as [string, string, number]));
else {
  describe('labels from several processes', function () {
    this.timeout(60_000);

    it('are all there when two windows write to one file at the same time', () =>
      inWorkspace(async (ws) => {
        const windows = ['a', 'b'].map((name) => openWindow(ws, name, 150));
        for (const w of windows) while (w.acknowledged.length === 0) await once(w.child.stdout!, 'data'); // both are up
        await Promise.all(windows.map((w) => w.start()));
        await Promise.all(windows.map((w) => w.done));
        const { records, problems } = await readLabels(ws);
        assert.deepEqual(problems, []);
        const expected = ['a', 'b'].flatMap((name) => Array.from({ length: 150 }, (_, n) => `${name}-${n}`));
        assert.deepEqual(records.map((r) => r.id).sort(), expected.sort());
        assert.deepEqual(windows.flatMap((w) => w.acknowledged).sort(), expected);
        const order = records.map((r) => r.id[0]).join('');
        assert.match(order, /ab+a/, 'the two did write in turns');
      }));

    it('are there once acknowledged, though the window is killed', () =>
      inWorkspace(async (ws) => {
        for (let round = 0; round < 3; round++) {
          const w = openWindow(ws, `k${round}`, 100_000);
          await w.start();
          while (w.acknowledged.length < 20 * (round + 1)) await once(w.child.stdout!, 'data');
          w.child.kill('SIGKILL');
          await w.done;
          const { records } = await readLabels(ws);
          const there = new Set(records.map((r) => r.id));
          for (const id of w.acknowledged) assert.ok(there.has(id), `${id} was acknowledged and is gone`);
        }
        // A window that was killed in mid-line harms nobody who comes after it.
        const last = labelOf(generationOf('p', 2), { id: 'last' });
        await appendLabels(ws, [last]);
        assert.deepEqual((await readLabels(ws)).records.at(-1), last);
      }));
  });
}
