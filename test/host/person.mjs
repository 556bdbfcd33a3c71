// A person's hour in a minute: opens the sample, lets the bundled model answer, ranks by keyboard, trains a reward model, tunes,
// stops, resumes and reads the report, in a real VS Code. Screenshots of each stage go to test/screenshots.
//
//   npx mocha --timeout 600000 test/host/person.mjs        (PLUMBLINE_CODE=1.100 for the oldest)
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { violations } from './axe.mjs';
import { openWorkbench } from './workbench.mjs';

const version = process.env.PLUMBLINE_CODE ?? '1.139';
let home;
let store;
let code;
let items = 0;
let stage = 0;

describe(`a person's hour in a minute, on VS Code ${version}`, function () {
  this.timeout(600_000);
  // Each stage stands on the one before it.
  this.bail(true);
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-person-'));
    const folder = path.join(home, 'workspace');
    await sampleWorkspace(folder);
    store = path.join(folder, '.plumbline');
    // Small updates: long enough to be stopped on a fast machine, short enough to be waited for on a slow one.
    const project = path.join(store, 'project.json');
    const content = JSON.parse(await readFile(project, 'utf8'));
    const ppo = { ...content.defaults?.ppo, updates: 14, batchSize: 32, evalPrompts: 16 };
    await writeFile(project, JSON.stringify({ ...content, defaults: { ...content.defaults, ppo } }));
    code = await openWorkbench({ version, folder, settings: { 'plumbline.labeler': 'person' }, size: { width: 1440, height: 900 } });
  });
  afterEach(async function () {
    stage += 1;
    if (!code) return;
    await shot(this.currentTest.state === 'failed' ? 'failed' : this.currentTest.title.split(/[ ,]/)[0]);
    if (this.currentTest.state === 'failed') console.error((await code.hostLog()).split('\n').filter((l) => /plumbline|rror/i.test(l)).slice(-15).join('\n'));
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('opens', async () => {
    const icon = code.page.locator('.activitybar [aria-label*="Plumbline"]').first();
    await icon.waitFor({ timeout: 60_000 });
    await icon.click();
    await row('Generate answers').waitFor({ timeout: 30_000 });
  });

  it('generates 8 × 4 answers', async () => {
    await code.runCommand('Plumbline: Generate Answers');
    await code.pick(/^8 prompts/);
    await code.pick(/^4 answers/);
    await code.notification(/finished/, { timeout: 120_000 });
    const [set] = await until(() => readdir(path.join(store, 'generations')), (names) => names.length > 0);
    const lines = (await readFile(path.join(store, 'generations', set), 'utf8')).trim().split('\n').map((l) => JSON.parse(l));
    assert.equal(lines.length, 8);
    for (const line of lines) assert.equal(line.responses.length, 4);
  });

  it('ranks by keyboard', async () => {
    const toast = await code.notification(/finished/);
    await toast.getByRole('button', { name: 'Label Answers' }).click();
    let page = await code.webview();
    await page.locator('.card').first().waitFor({ timeout: 30_000 });
    await page.locator('.card').first().click({ position: { x: 150, y: 60 } });
    await sleep(600);
    const says = { innerText: () => page.getByRole('status').innerText() };
    items = Number(/of (\d+)/.exec(await page.locator('.top strong').innerText())[1]);
    assert.ok(items >= 6 && items <= 8, `${items} items to rank`);
    // Untouched: refused, in words.
    await code.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'Nothing is ranked yet' }).waitFor();
    for (let done = 0; done < items; done++) {
      const count = await page.locator('.card').count();
      for (let n = count; n >= 1; n--) await code.press(String(n));
      if (done === 0) {
        await until(() => says.innerText(), (text) => /now rank/.test(text));
        await code.press('=');
        await until(() => says.innerText(), (text) => /tied with/.test(text));
        await shot('ranking');
      }
      await page.locator('button.primary[aria-disabled="false"]').waitFor();
      await code.press('Enter');
      await until(() => says.innerText(), (text) => text === `Saved, ${done + 1} of ${items}`);
      if (done === 3) {
        // Where you were is where you are after a reload, with what you had said.
        for (const key of ['2', '1']) await code.press(key);
        const ranking = () => page.locator('.strip .place').allInnerTexts();
        const before = await until(ranking, (places) => places.length >= 2);
        const asked = await page.locator('.prompt').innerText();
        // The editor's own command: unlike the browser's, it lets panels keep their state.
        await Promise.all([code.page.waitForEvent('load', { timeout: 60_000 }), code.runCommand('Developer: Reload Window')]);
        await code.page.locator('iframe.webview.ready').last().waitFor({ timeout: 90_000 });
        page = await code.webview();
        await page.locator('.card').first().waitFor({ timeout: 60_000 });
        assert.equal(await page.locator('.prompt').innerText(), asked);
        assert.deepEqual(await ranking(), before);
        await page.locator('.card').first().click({ position: { x: 150, y: 60 } });
        await sleep(600);
        for (const key of ['2', '1']) await code.press(key);
        await until(() => page.locator('.strip .place:not(.rest)').count(), (n) => n <= 2);
      }
      if (done === 2) {
        await code.press('z');
        await until(() => says.innerText(), (text) => text.startsWith('Taken back'));
        await until(() => page.locator('.strip .chip').count(), (n) => n > 0);
        await code.press('Enter');
        await until(() => says.innerText(), (text) => text === `Saved, ${done + 1} of ${items}`);
      }
    }
    await page.getByRole('heading', { name: /ranked/ }).waitFor();
    const lines = (await readFile(path.join(store, 'labels', 'person.jsonl'), 'utf8')).trim().split('\n').map((l) => JSON.parse(l));
    assert.equal(lines.filter((l) => l.op === 'label').length, items + 1);
    assert.equal(lines.filter((l) => l.op === 'retract').length, 1);
    for (const label of lines.filter((l) => l.op === 'label')) assert.equal(label.shown.length, label.items.length);
  });

  it('trains a reward model', async () => {
    const page = await code.webview();
    await page.getByRole('button', { name: 'Train Reward Model' }).click();
    await code.statusItem(/reward model|%|starting/, { timeout: 60_000 });
    await finished('reward');
  });

  it('tunes, and the status bar moves', async () => {
    await dismiss();
    await code.runCommand('Plumbline: Tune with PPO');
    await code.pick(/^14 updates/);
    const first = await code.statusItem(/tune.*\d+ %/, { timeout: 120_000 });
    await until(() => code.statusItem(/tune.*\d+ %/), (text) => text !== first, 120_000);
  });

  it('finds the running run again after a reload', async () => {
    await code.reload();
    await code.statusItem(/tune.*\d+ %/, { timeout: 60_000 });
    await row(/tune/).waitFor({ timeout: 30_000 });
  });

  it('hears on coming back that the trainer was killed meanwhile, and resumes', async () => {
    const url = code.page.url();
    await code.page.goto('about:blank');
    process.kill(await trainerPid('ppo'), 'SIGKILL');
    await code.page.goto(url);
    const toast = await code.notification(/Meanwhile.*was cut off/s, { timeout: 90_000 });
    await shot('meanwhile');
    await toast.getByRole('button', { name: 'Resume' }).click();
    await code.statusItem(/tune.*(\d+ %|starting)/, { timeout: 60_000 });
    await until(async () => (await eventsOf('ppo')).filter((event) => event.type === 'started').length, (starts) => starts === 2, 60_000);
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().click();
  });

  it('stops', async () => {
    await code.runCommand('Plumbline: Stop Run');
    await until(() => stateOf('ppo'), (event) => event?.type === 'stopped', 400_000);
    await row(/tune/).filter({ hasText: 'stopped' }).waitFor({ timeout: 20_000 });
    assert.deepEqual((await code.statusBar()).filter((t) => /tune/.test(t)), []);
  });

  it('resumes', async () => {
    await dismiss();
    await code.runCommand('Plumbline: Resume Run');
    // The reward run is finished, so there is one that can be resumed.
    await code.statusItem(/tune/, { timeout: 60_000 });
    await finished('ppo');
  });

  it('reads the run view and the report', async () => {
    await dismiss();
    await row(/tune/).first().click();
    const page = await code.webview();
    await page.locator('.is-finished').waitFor({ timeout: 30_000 });
    await page.locator('.chart canvas').first().waitFor();
    await sleep(500);
    await shot('run-view');
    assert.deepEqual(await violations(page), []);
    // The run itself has measured what tuning made the model forget.
    const [before, after] = await Promise.all(['perplexity/before', 'perplexity/after'].map(async (name) => (await stateOf('ppo')).summary[name]));
    assert.ok(before > 1 && after > 1 && before !== after, `perplexity ${before} → ${after}`);
    await code.runCommand('Plumbline: Open Report');
    await code.pick(/tune/);
    const report = code.page.locator('.tab').filter({ hasText: /report\.md/ });
    await report.waitFor({ timeout: 30_000 });
    const [file] = await until(async () => (await readdir(path.join(store, 'runs', await newest('ppo')))).filter((name) => name === 'report.md'), (names) => names.length > 0);
    assert.match(await readFile(path.join(store, 'runs', await newest('ppo'), file), 'utf8'), /perplexity of held-out plain text went from .*: the alignment tax/);
    await sleep(1500);
  });

  it('scores the answers by the reward model', async () => {
    await dismiss();
    await code.runCommand('Plumbline: Score Answers with Reward Models');
    await finished('score');
    // Every answer of every item has one number of the one reward model, and they differ.
    const folder = path.join(store, 'runs', await newest('score'));
    const linesOf = async (file) => (await readFile(file, 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
    const sets = await readdir(path.join(store, 'generations'));
    const items = (await Promise.all(sets.map((set) => linesOf(path.join(store, 'generations', set))))).flat();
    const wanted = new Set(items.flatMap((item) => item.responses.map((r) => `${item.promptHash} ${r.hash}`)));
    const scored = await linesOf(path.join(folder, (await stateOf('score')).outputs.scores));
    assert.deepEqual(new Set(scored.map((s) => `${s.promptHash} ${s.hash}`)), wanted);
    assert.ok(scored.every((s) => s.scores.length === 1 && Number.isFinite(s.scores[0])));
    assert.ok(new Set(scored.map((s) => s.scores[0])).size > 1);
    await row(/scores by/).first().click();
    const page = await code.webview();
    await page.locator('.is-finished').waitFor({ timeout: 30_000 });
    assert.deepEqual(await violations(page), []);
  });
});

function shot(name) {
  return code.screenshot(`person-${version}-${stage}-${name}`);
}

/** A row of the Plumbline views. */
function row(text) {
  return code.page.locator('.sidebar .monaco-list-row').filter({ hasText: text }).first();
}

/** The last event of the newest run of a kind. */
async function stateOf(kind) {
  return (await eventsOf(kind)).at(-1);
}

async function eventsOf(kind) {
  const run = await newest(kind);
  const text = run ? await readFile(path.join(store, 'runs', run, 'events.jsonl'), 'utf8').catch(() => '') : '';
  // The last line may be on its way.
  return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

async function newest(kind) {
  return (await readdir(path.join(store, 'runs'))).filter((name) => name.includes(`-${kind}-`)).sort().at(-1);
}

async function trainerPid(kind) {
  const text = await readFile(path.join(store, 'runs', await newest(kind), 'pid'), 'utf8');
  const pid = Number(/\d+/.exec(text)?.[0]);
  assert.ok(pid > 1, `a pid file that says ${text}`);
  return pid;
}

async function finished(kind) {
  const last = await until(() => stateOf(kind), (event) => event?.type === 'finished' || event?.type === 'failed', 550_000);
  assert.equal(last.type, 'finished', last.message);
  await code.notification(/finished/, { timeout: 30_000 });
}

async function dismiss() {
  await code.runCommand('Notifications: Clear All Notifications');
}

async function until(get, holds, timeout = 20_000) {
  for (const end = Date.now() + timeout; ; await sleep(60)) {
    const value = await get();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)} after ${timeout / 1000} s`);
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
