import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeFolder } from '../../../src/trainer/lock';

describe('lock', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plumbline-lock-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (text: string): void => {
    writeFileSync(join(folder, 'pid'), text);
  };

  it('takes a folder and gives it back', () => {
    const leave = takeFolder(folder);
    const { pid, startedAt } = JSON.parse(readFileSync(join(folder, 'pid'), 'utf8')) as { pid: number; startedAt: string };
    assert.equal(pid, process.pid);
    assert.ok(Date.parse(startedAt) <= Date.now());
    leave();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('refuses while the holder lives', () => {
    write(JSON.stringify({ pid: process.ppid, startedAt: new Date().toISOString() }));
    assert.throws(() => takeFolder(folder), (e: Error & { code?: string }) => e.code === 'run.busy' && e.message.includes(String(process.ppid)));
    assert.ok(existsSync(join(folder, 'pid')));
  });

  it('takes over from a process that is gone, from one before the last start of the machine, and from a torn file', () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    for (const text of [JSON.stringify({ pid: gone, startedAt: new Date().toISOString() }), JSON.stringify({ pid: process.ppid, startedAt: '2001-01-01T00:00:00.000Z' }), '{"pi', '']) {
      write(text);
      takeFolder(folder)();
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it('leaves a file alone that is another\'s by now', () => {
    const leave = takeFolder(folder);
    const other = JSON.stringify({ pid: process.ppid, startedAt: new Date().toISOString() });
    write(other);
    leave();
    assert.equal(readFileSync(join(folder, 'pid'), 'utf8'), other);
  });
});
