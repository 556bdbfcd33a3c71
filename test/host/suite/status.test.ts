import assert from 'node:assert/strict';
import { appendFile, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/extension/contributions';
import type { RunEvent } from '../../../src/protocol/events';
import { runSchema } from '../../../src/protocol/run';
import { inStore, plumbline, until } from '../plumbline';

const id = '20200101-000000-reward-fake';

/** A run folder that looks like one at work: the extension host stands in for its trainer. */
describe('status bar', () => {
  const folder = (): string => inStore('runs', id);
  const say = (event: RunEvent): Promise<void> => appendFile(path.join(folder(), 'events.jsonl'), `${JSON.stringify(event)}\n`);
  const at = (): string => new Date().toISOString();
  before(async () => {
    await plumbline();
    await mkdir(folder(), { recursive: true });
    const spec = runSchema.parse({ v: 1, id, name: 'fake run', createdAt: '2020-01-01T00:00:00.000Z', kind: 'reward', models: {}, params: {} });
    await writeFile(path.join(folder(), 'data.jsonl'), '');
    await writeFile(path.join(folder(), 'pid'), String(process.pid));
    await writeFile(path.join(folder(), 'run.json'), JSON.stringify(spec));
  });
  after(() => rm(folder(), { recursive: true, force: true }));

  it('shows a run at work with percent and time left', async () => {
    const api = await plumbline();
    await say({ type: 'started', at: at(), pid: process.pid, total: 100 });
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
    await utimes(folder(), new Date(), new Date());
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });
});
