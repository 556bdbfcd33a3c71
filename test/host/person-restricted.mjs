// Restricted Mode as a person meets it: looking and ranking work; what starts a process or reads a model doesn't, and says so.
//
//   npx mocha --timeout 600000 test/host/person-restricted.mjs
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { openWorkbench } from './workbench.mjs';

const version = process.env.PLUMBLINE_CODE ?? '1.139';
const hash = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe(`restricted mode, on VS Code ${version}`, function () {
  this.timeout(180_000);
  this.bail(true);
  let home;
  let folder;
  let code;
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-restricted-'));
    folder = path.join(home, 'workspace');
    await sampleWorkspace(folder);
    const texts = ['<b>first</b>', 'second'];
    const item = { v: 1, id: 'g-1', promptHash: hash('Which?'), prompt: 'Which?', responses: texts.map((text) => ({ hash: hash(text), text, source: 'import' })) };
    await mkdir(path.join(folder, '.plumbline', 'generations'), { recursive: true });
    await writeFile(path.join(folder, '.plumbline', 'generations', 'two.jsonl'), `${JSON.stringify(item)}\n`);
    code = await openWorkbench({ version, folder, trust: false, settings: { 'plumbline.labeler': 'person', 'security.workspace.trust.startupPrompt': 'never' } });
    const icon = code.page.locator('.activitybar [aria-label*="Plumbline"]').first();
    await icon.waitFor({ timeout: 60_000 });
    await icon.click();
    await code.page.locator('.sidebar .monaco-list-row').filter({ hasText: 'Label 1 item' }).waitFor({ timeout: 30_000 });
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('ranks', async () => {
    await code.page.locator('.sidebar .monaco-list-row').filter({ hasText: 'Label 1 item' }).click();
    const page = await code.webview();
    await page.locator('.card').first().click({ position: { x: 150, y: 50 } });
    await page.getByText('<b>first</b>', { exact: true }).waitFor();
    await new Promise((resolve) => setTimeout(resolve, 700));
    await code.press('2');
    await page.locator('button.primary[aria-disabled="false"]').waitFor();
    await code.press('Enter');
    await page.getByText(/Restricted Mode/).waitFor();
    await code.screenshot(`restricted-${version}-ranked`);
    assert.match(await readFile(path.join(folder, '.plumbline', 'labels', 'person.jsonl'), 'utf8'), /"verdict":"ranked"/);
  });

  it('starts nothing, and says why', async () => {
    for (const title of ['Generate Answers', 'Train Reward Model', 'Tune with PPO', 'Evaluate a Model', 'Run Automatic Attacks', 'Score Answers with Reward Models']) {
      await code.runCommand(`Plumbline: ${title}`);
      const toast = await code.notification(/Restricted Mode/);
      await toast.getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
      if (title === 'Generate Answers') await code.screenshot(`restricted-${version}-refused`);
      await code.runCommand('Notifications: Clear All Notifications');
    }
    assert.deepEqual(await readdir(path.join(folder, '.plumbline', 'runs')).catch(() => []), []);
  });
});
