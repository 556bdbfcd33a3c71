import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/extension/contributions';
import type { RunEvent } from '../../../src/protocol/events';
import { runSchema } from '../../../src/protocol/run';
import { inStore, plumbline, until } from '../plumbline';

const id = '20200101-000000-reward-fake';

/** A run folder that looks like one at work: a process that does nothing stands in for its trainer. */
describe('status bar', () => {
  const folder = (): string => inStore('runs', id);
  const say = (event: RunEvent): Promise<void> => appendFile(path.join(folder(), 'events.jsonl'), `${JSON.stringify(event)}\n`);
  const at = (): string => new Date().toISOString();
  let trainer: ChildProcess;
  before(async () => {
    await plumbline();
    await mkdir(folder(), { recursive: true });
    const spec = runSchema.parse({ v: 1, id, name: 'fake run', createdAt: '2020-01-01T00:00:00.000Z', kind: 'reward', models: {}, params: {} });
    await writeFile(path.join(folder(), 'data.jsonl'), '');
    trainer = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });
    await writeFile(path.join(folder(), 'pid'), JSON.stringify({ pid: trainer.pid, startedAt: at() }));
    await writeFile(path.join(folder(), 'run.json'), JSON.stringify(spec));
  });
  after(async () => {
    trainer.kill('SIGKILL');
    await rm(folder(), { recursive: true, force: true });
  });

  it('shows a run at work with percent and time left', async () => {
    const api = await plumbline();
    await say({ type: 'started', at: at(), pid: trainer.pid!, total: 100 });
    await say({ type: 'step', at: at(), step: 42, total: 100, secondsLeft: 80, metrics: { loss: 0.5 } });
    const status = await until(() => api.status(), (s) => s?.text.includes('42 %') === true, 'status', 30_000);
    assert.equal(status!.text, '$(sync~spin) fake run 42 % · 1 min 20 s');
    assert.match(status!.tooltip, /plumbline\.stop/);
  });

  it('shows a failure until it is looked at', async () => {
    const api = await plumbline();
    await say({ type: 'failed', at: at(), message: 'out of memory' });
    const failed = await until(() => api.status(), (s) => s?.failed === true, 'failed status', 30_000);
    assert.match(failed!.text, /fake run failed/);
    await vscode.commands.executeCommand('notifications.clearAll');
    await vscode.commands.executeCommand(commands.openRun, id);
    await until(() => api.status(), (s) => s === undefined, 'hidden status');
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });
});
