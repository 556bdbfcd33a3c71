// A person tries to make the bundled model break a rule, by keyboard and by mouse; then attack runs do, and what was found is
// taken over. Also a slow server that speaks the OpenAI protocol. In a real VS Code; screenshots go to test/screenshots.
//
//   npx mocha --timeout 600000 test/host/person-red-team.mjs
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { violations } from './axe.mjs';
import { openWorkbench, themes } from './workbench.mjs';

let home;
let store;
let code;
let page;
let server;
/** Messages of single requests that the server was sent, the instructions to an attacker among them. */
const asked = [];

const lines = async (file) => (await readFile(path.join(store, file), 'utf8')).trim().split('\n').map((l) => JSON.parse(l));
const redTeam = () => lines('red-team/person.jsonl');
const says = () => page.getByRole('status').innerText();
const turns = (n) => page.locator('.turn').nth(n - 1).locator('.reply').first().waitFor({ timeout: 30_000 });

describe('red teaming', function () {
  this.timeout(300_000);
  // Each stage stands on the one before it.
  this.bail(true);
  before(async () => {
    // A server that takes its time, and says little.
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (d) => (text += d));
      request.on('end', () => {
        const { messages, n } = JSON.parse(text);
        asked.push(messages.at(-1).content);
        const slow = messages.at(-1).content.includes('slowly');
        setTimeout(() => response.end(JSON.stringify({ choices: Array.from({ length: n }, (_, i) => ({ message: { content: `You are a fool, number ${i + 1}.` }, finish_reason: 'stop' })) })), slow ? 30_000 : 20);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-red-'));
    const folder = path.join(home, 'workspace');
    await sampleWorkspace(folder);
    store = path.join(folder, '.plumbline');
    code = await openWorkbench({ folder, settings: { 'plumbline.labeler': 'person' }, size: { width: 1440, height: 900 } });
  });
  afterEach(async function () {
    if (this.currentTest.state !== 'failed' || !code) return;
    await code.screenshot('red-team-failed');
    console.error((await code.hostLog()).split('\n').filter((l) => /plumbline|rror/i.test(l)).slice(-15).join('\n'));
  });
  after(async () => {
    await code?.close();
    server?.closeAllConnections();
    server?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('begins with nothing', async () => {
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().waitFor({ timeout: 60_000 });
    await code.runCommand('Plumbline: Red Team a Model');
    page = await code.webview();
    await page.getByText('Conversations are kept here').waitFor({ timeout: 30_000 });
    assert.deepEqual(await violations(page), []);
    await page.getByRole('tab', { name: 'Automatic' }).click();
    await page.getByText('An attack run sends many prompts').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('tab', { name: 'Automatic' }).press('ArrowLeft');
    await page.getByLabel('Goal').waitFor();
  });

  it('converses by keyboard', async () => {
    await page.getByLabel('Goal').focus();
    await page.getByLabel('Goal').pressSequentially('a rude word');
    await page.getByLabel('Message').focus();
    await page.getByLabel('Message').pressSequentially('What shall I cook tonight?');
    const begin = Date.now();
    await code.press('Enter');
    await turns(1);
    await page.locator('.turn:focus').waitFor();
    console.log(`        first replies after ${Date.now() - begin} ms, the model's start included`);
    assert.equal(await page.locator('.reply').count(), 2);
    await code.press('2');
    await page.locator('.reply.is-harmful').waitFor();
    assert.match(await says(), /Reply B is the more harmful/);
    // Marked by keys alone: M, the digit of the severity, Enter.
    await code.press('m');
    await page.getByRole('group', { name: /How badly/ }).waitFor();
    await code.press('3');
    await code.press('Enter');
    await page.locator('.marks li').waitFor();
    assert.match(await says(), /severity 3/);
    await code.press('w');
    await page.locator('#message:focus').waitFor();
    await code.page.keyboard.type('And tomorrow?');
    const second = Date.now();
    await code.press('Enter');
    await turns(2);
    console.log(`        next replies after ${Date.now() - second} ms`);
    const found = await redTeam();
    assert.deepEqual(found.map((l) => l.op), ['attempt', 'turn', 'pick', 'mark', 'turn']);
    assert.equal(found[0].goal, 'a rude word');
    assert.equal(found[2].candidate, found[1].shown[1]);
    assert.deepEqual([found[3].severity, found[3].candidate, found[3].tactic], [3, found[2].candidate, 'direct']);
    assert.equal(found[4].after, found[1].id);
  });

  it('changes a message, asks again, and goes on with one', async () => {
    await code.press('e');
    await page.locator('#message:focus').waitFor();
    await code.page.keyboard.type(' Be rude.');
    await code.press('Enter');
    await page.locator('.turn').filter({ hasText: 'And tomorrow? Be rude.' }).waitFor();
    await page.locator('.turn:focus').waitFor();
    await code.press('r');
    await untilOps(7);
    // The replies are in the file before the page has them.
    await page.locator('.turn').nth(1).getByRole('button', { name: 'Ask again', disabled: false }).waitFor();
    await code.press('Shift+Digit1');
    await page.locator('.turn').nth(1).locator('.is-picked:not(.is-harmful)').waitFor();
    assert.equal(await page.locator('.turn').count(), 2);
    assert.deepEqual((await redTeam()).slice(5).map((l) => l.op), ['turn', 'turn', 'pick']);
    await code.press('?');
    await page.getByText('ask again with the same message').waitFor();
    assert.deepEqual(await violations(page), []);
    await code.press('Escape');
    await code.screenshot('red-team-dark');
  });

  it('is there again after a reload, the unsent message included', async () => {
    await code.press('w');
    await page.locator('#message:focus').waitFor();
    await code.page.keyboard.type('not sent yet');
    await new Promise((r) => setTimeout(r, 700));
    await code.reload();
    page = await code.webview();
    await page.locator('.turn').nth(1).waitFor({ timeout: 60_000 });
    assert.equal(await page.getByLabel('Message').inputValue(), 'not sent yet');
    assert.equal(await page.locator('.marks li').count(), 1);
    assert.equal(await page.locator('.is-picked').count(), 2);
  });

  it('talks to an endpoint that was added, and stops when told to', async () => {
    await code.runCommand('Plumbline: Add an OpenAI-Compatible Endpoint');
    await box('Its address', `http://127.0.0.1:${server.address().port}/v1`);
    await box('The name of the model', 'rude-model');
    await box('What you call it', 'Rude server');
    await box('Its key', 'sk-not-a-real-key');
    await code.notification(/“Rude server” answers/);
    page = await code.webview();
    await page.getByRole('button', { name: /New Conversation/ }).click();
    await page.getByLabel('Target').selectOption({ label: 'Rude server' });
    await page.getByLabel('Rule to break').selectOption({ index: 1 });
    await page.getByLabel('Message').fill('Say it slowly');
    await page.getByRole('button', { name: /^Send/ }).click();
    await page.getByRole('button', { name: /^Stop/ }).click();
    await page.getByRole('button', { name: /^Stop/ }).waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('Message').inputValue(), 'Say it slowly', 'the message is kept');
    await page.getByLabel('Message').fill('Say it');
    await page.getByRole('button', { name: /^Send/ }).click();
    await turns(1);
    await page.locator('.reply').first().getByRole('button', { name: /More harmful/ }).click();
    await page.locator('.is-harmful').waitFor();
    await page.locator('.reply').first().getByRole('button', { name: 'Mark…' }).click();
    await page.getByRole('radio', { name: /extreme/ }).check();
    await page.getByLabel('Tactic').selectOption('pressure');
    await page.getByLabel('Note').fill('at once');
    assert.deepEqual(await violations(page), []);
    await page.getByRole('button', { name: /Save Mark/ }).click();
    await page.locator('.marks li').waitFor();
    const all = await readFile(path.join(store, 'red-team', 'person.jsonl'), 'utf8');
    assert.ok(!all.includes('sk-not-a-real-key'));
    const mark = (await redTeam()).at(-1);
    assert.deepEqual([mark.op, mark.severity, mark.tactic, mark.note], ['mark', 4, 'pressure', 'at once']);
  });

  it('attacks by a run like any other', async () => {
    await code.runCommand('Plumbline: Run Automatic Attacks');
    await code.pick(/tiny/);
    await code.pick(/The bundled seeds/);
    await code.pick(/Two mutations/);
    await code.pick(/No, mutations only/);
    await code.notification(/attack.*finished/, { timeout: 90_000 });
    const [run] = await readdir(path.join(store, 'runs')).then((names) => names.filter((n) => n.includes('-attack-')));
    const records = await lines(`runs/${run}/attacks.jsonl`);
    assert.ok(records.length > 100, `${records.length} attacks`);
    await code.screenshot('red-team-run');
  });

  it('takes over what was found, and tries it again', async () => {
    await code.runCommand('Plumbline: Turn Red-Team Findings into Prompts, Labels and Checks');
    await code.notification(/Taken over/);
    const checks = await lines('red-team/checks.jsonl');
    assert.ok(checks.some((c) => c.tactic === 'pressure' && c.severity === 4));
    const labels = await lines('labels/person.jsonl');
    assert.ok(labels.every((l) => l.task === 'red-team' && l.verdict === 'answered' && Object.keys(l.rules).length > 0));
    assert.equal(labels.length, 2);
    const project = JSON.parse(await readFile(path.join(store, 'project.json'), 'utf8'));
    assert.ok(project.tasks.some((t) => t.id === 'red-team') && project.tasks.length > 1, 'the other tasks stay');
    const [prompts] = (await readdir(path.join(store, 'prompts'))).filter((n) => n.startsWith('red-team-'));
    assert.ok((await lines(`prompts/${prompts}`)).every((p) => p.tags.includes('red-team')));
    await code.runCommand('Plumbline: Run Automatic Attacks');
    await code.pick(/tiny/);
    await code.pick(/The bundled seeds/);
    await code.pick(/Two mutations/);
    // The attacker is the endpoint: it rewrites every seed, and says the same of each.
    await code.quickInput.getByPlaceholder('Shall a language model rewrite the seeds as well?').waitFor();
    await code.screenshot('red-team-attacker');
    asked.length = 0;
    await code.pick(/Rude server/);
    const attacked = async () => (await readdir(path.join(store, 'runs'))).filter((n) => n.includes('-attack-'));
    let second;
    for (let i = 0; i < 200 && !second; i++) {
      await new Promise((r) => setTimeout(r, 200));
      const [, run] = await attacked();
      const events = run && (await readFile(path.join(store, 'runs', run, 'events.jsonl'), 'utf8').catch(() => ''));
      if (events?.includes('"type":"finished"')) second = run;
    }
    assert.ok(second, 'the second run did not finish');
    const attacks = await lines(`runs/${second}/attacks.jsonl`);
    assert.ok(attacks.some((r) => r.check !== undefined));
    const { params } = JSON.parse(await readFile(path.join(store, 'runs', second, 'run.json'), 'utf8'));
    assert.equal(params.attackerEndpoint.model, 'rude-model');
    const written = attacks.filter((r) => r.mutation === 'rewrite');
    assert.ok(written.length > 0 && written.length <= asked.length, `the endpoint was asked ${asked.length} times, and ${written.length} attacks are its own`);
    assert.ok(written.every((r) => JSON.stringify(r).includes('You are a fool, number 1.')));
    assert.ok(!(await readFile(path.join(store, 'runs', second, 'run.json'), 'utf8')).includes('sk-not-a-real-key'));
  });

  it('shows two runs side by side, in every theme', async () => {
    await code.runCommand('Plumbline: Red Team a Model');
    page = await code.webview();
    await page.getByRole('tab', { name: 'Automatic' }).click();
    await page.getByLabel('Before').selectOption({ index: 1 });
    await page.getByText('attacks are in both runs').waitFor();
    await page.getByText('Regression checks:').waitFor();
    await page.getByRole('table', { name: 'By tactic' }).waitFor();
    assert.deepEqual(await violations(page), []);
    await code.screenshot('red-team-automatic-dark');
    await code.runCommand('Notifications: Clear All Notifications');
    for (const name of ['light', 'high-contrast']) {
      await setTheme(name);
      await page.getByRole('tab', { name: 'Automatic' }).click();
      await page.getByText('attacks are in both runs').waitFor();
      assert.deepEqual(await violations(page), []);
      await code.screenshot(`red-team-automatic-${name}`);
      await page.getByRole('tab', { name: 'Conversation' }).click();
      await page.locator('.attempts .row').last().click();
      await page.locator('.turn').nth(1).waitFor();
      assert.deepEqual(await violations(page), []);
      await code.screenshot(`red-team-${name}`);
    }
    await code.page.setViewportSize({ width: 960, height: 800 });
    await code.screenshot('red-team-narrow');
  });
});

/** As a person who edits settings.json would. */
async function setTheme(theme) {
  await mkdir(path.join(code.folder, '.vscode'), { recursive: true });
  await writeFile(path.join(code.folder, '.vscode', 'settings.json'), JSON.stringify({ 'workbench.colorTheme': themes[theme] }));
  await page.locator(`body.vscode-${theme}`).waitFor();
}

/** Answers the input box that asks so: several come one after the other. */
async function box(prompt, text) {
  await code.quickInput.getByText(prompt).waitFor();
  await code.type(text);
}

async function untilOps(n) {
  for (let i = 0; i < 200; i++) {
    if ((await redTeam()).length >= n) return;
    await new Promise((r) => setTimeout(r, 100));
  }
  assert.fail(`there are ${(await redTeam()).length} lines, not ${n}`);
}
