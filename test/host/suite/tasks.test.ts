import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { taskType } from '../../../src/extension/contributions';
import { inStore, plumbline } from '../plumbline';

/** Runs a task as tasks.json would, and gives its exit code. */
async function exitCode(definition: Record<string, unknown>): Promise<number | undefined> {
  const offered = await vscode.tasks.fetchTasks({ type: taskType });
  const like = offered.find((t) => t.definition['run'] === definition['run']);
  assert.ok(like, `no task for ${String(definition['run'])} is offered`);
  const task = await resolveTask({ type: taskType, ...definition });
  const ended = new Promise<number | undefined>((resolve) => {
    const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode: code }) => {
      if (execution.task.name !== task.name) return;
      listening.dispose();
      resolve(code);
    });
  });
  await vscode.tasks.executeTask(task);
  return ended;
}

/** VS Code resolves tasks of tasks.json only; written there, they come back whole from `fetchTasks`. */
async function resolveTask(definition: Record<string, unknown>): Promise<vscode.Task> {
  const label = `host test ${String(definition['run'])}`;
  await vscode.workspace.getConfiguration('tasks').update('tasks', [{ ...definition, label }], vscode.ConfigurationTarget.Workspace);
  for (let i = 0; i < 100; i++) {
    const task = (await vscode.tasks.fetchTasks()).find((t) => t.name === label);
    if (task) return task;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the task ${label} did not come from tasks.json`);
}

describe('tasks', () => {
  before(() => plumbline());
  after(() => vscode.workspace.getConfiguration('tasks').update('tasks', undefined, vscode.ConfigurationTarget.Workspace));

  it('ends with 0 when the run has finished', async () => {
    const before = await readdir(inStore('runs')).catch((): string[] => []);
    assert.equal(await exitCode({ run: 'generate', limit: 2, seed: 7, name: 'from a task', params: { n: 2, sampling: { maxNewTokens: 8 } } }), 0);
    const made = (await readdir(inStore('runs'))).filter((name) => !before.includes(name) && name.includes('from-a-task'));
    assert.equal(made.length, 1);
    const events = await readFile(inStore('runs', made[0]!, 'events.jsonl'), 'utf8');
    assert.match(events.trim().split('\n').at(-1)!, /"finished"/);
  }).timeout(180_000);

  it('attacks the bundled model, and tells how often a rule was broken', async () => {
    const before = await readdir(inStore('runs')).catch((): string[] => []);
    assert.equal(await exitCode({ run: 'attack', limit: 4, seed: 1, name: 'attack from a task' }), 0);
    const made = (await readdir(inStore('runs'))).find((name) => !before.includes(name) && name.includes('attack-from-a-task'))!;
    const last = JSON.parse((await readFile(inStore('runs', made, 'events.jsonl'), 'utf8')).trim().split('\n').at(-1)!) as { type: string; summary: Record<string, number> };
    assert.equal(last.type, 'finished');
    assert.ok(Object.keys(last.summary).some((name) => name.includes('asr')), Object.keys(last.summary).join(', '));
  }).timeout(180_000);

  it('ends with 2 when the task cannot be run as it is written', async () => {
    assert.equal(await exitCode({ run: 'generate', params: { n: 0 } }), 2);
  });
});
