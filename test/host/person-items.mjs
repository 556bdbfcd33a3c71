// Browses items in a real VS Code: finds them by what labelers said and by words, by keyboard and by mouse, and opens them.
//
//   npx mocha --timeout 600000 test/host/person-items.mjs
import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { violations } from './axe.mjs';
import { addData, generation, label } from './small-workspace.mjs';
import { openWorkbench, themes } from './workbench.mjs';

const topics = ['bread', 'a loom', 'the tide', 'rice', 'a kite', 'a beehive', 'the moon', 'soap'];
/** 600 items in two sets, more than fit into a window of rows. */
const items = Array.from({ length: 600 }, (_, i) =>
  generation(`g${i}`, `How does ${topics[i % topics.length]} work, number ${i}?`, [
    { text: `In short, ${topics[i % topics.length]} works as it does. ${'More could be said. '.repeat(i % 5)}`, source: i % 3 === 0 ? 'small' : 'large' },
    { text: `Nobody knows${i === 441 ? ', says the xylophone' : ''}. Answer ${i}.`, source: 'base' },
  ]),
);
const worse = { ranks: [2, 1] };

let home;
let folder;
let code;
let page;

describe('the item browser', function () {
  this.timeout(120_000);
  // Each step stands on the one before it.
  this.bail(true);
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-items-'));
    folder = path.join(home, 'workspace');
    await sampleWorkspace(folder);
    await addData(folder, {
      generations: { early: items.slice(0, 400), late: items.slice(400) },
      prompts: { tagged: [{ v: 1, id: 'p1', prompt: items[7].prompt, tags: ['physics'] }] },
      labels: {
        person: [label('p0', 'person', items[0]), label('p1', 'person', items[1], { verdict: 'all_bad', ranks: undefined }), label('p2', 'person', items[2], { verdict: 'skipped', ranks: undefined })],
        bert: [label('b0', 'bert', items[0]), label('b1', 'bert', items[3], { flags: [['rude'], []] }), label('b2', 'bert', items[450], worse)],
        carl: [label('c0', 'carl', items[0]), label('c2', 'carl', items[450])],
      },
    });
    code = await openWorkbench({ folder, settings: { 'plumbline.labeler': 'person' }, size: { width: 1500, height: 950 } });
  });
  afterEach(async function () {
    if (!code || this.currentTest.state !== 'failed') return;
    await code.screenshot('items-failed');
    console.error((await code.hostLog()).split('\n').filter((l) => /plumbline|rror/i.test(l)).slice(-15).join('\n'));
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('lists all items', async () => {
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().waitFor({ timeout: 60_000 });
    await code.runCommand('Plumbline: Browse Items');
    page = await code.webview();
    await found('600 items');
    await selected(/^How does bread work, number 0/);
    assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '601');
    const first = page.getByRole('row', { name: /number 0\?/ });
    assert.equal(await first.getAttribute('aria-rowindex'), '2');
    assert.match(await first.innerText(), /ranked\s+3\s+0 %/);
    assert.deepEqual(await violations(page), []);
  });

  it('moves by keyboard, to the end and back', async () => {
    await page.getByRole('grid').focus();
    await code.press('End');
    await selected(/number 599/);
    await code.press('PageUp');
    await code.press('ArrowUp');
    await until(async () => Number(await row().getAttribute('aria-rowindex')), (at) => at > 500 && at < 598);
    await code.press('Home');
    await code.press('ArrowDown');
    await selected(/number 1\?/);
    // Only what is in view, and a little more, is in the document.
    assert.ok((await page.getByRole('row').count()) < 90);
  });

  it('filters by what labelers said', async () => {
    for (const [name, count, only] of [['Not labeled by me', '597 of 600'], ['Labeled by nobody', '595 of 600'], ['Disagreement', '1 of 600', /number 450/], ['Flagged', '1 of 600', /number 3\?/], ['All bad', '1 of 600', /number 1\?/], ['Skipped or unsure', '1 of 600', /number 2\?/]]) {
      const chip = page.getByRole('button', { name: new RegExp(`^${name}`) });
      await chip.click();
      await found(count);
      if (only) await selected(only);
      assert.equal(await chip.getAttribute('aria-pressed'), 'true');
      await chip.click();
    }
    for (const [name, value, count] of [['Labeler', 'carl', '2 of 600'], ['Tag', 'physics', '1 of 600'], ['Model', 'small', '200 of 600'], ['Set', 'late', '200 of 600']]) {
      await page.getByLabel(name, { exact: true }).selectOption({ label: value });
      await found(count);
      await page.getByLabel(name, { exact: true }).selectOption('-1');
    }
    await found('600 items');
    // Home before the sorted list has come is the first row of that list.
    await page.getByLabel('Sort').evaluate((sort) => {
      sort.value = [...sort.options].find((option) => option.text === 'Most disputed first').value;
      sort.dispatchEvent(new globalThis.Event('change', { bubbles: true }));
      globalThis.document.getElementById('grid').dispatchEvent(new globalThis.KeyboardEvent('keydown', { key: 'Home', bubbles: true, cancelable: true }));
    });
    await selected(/number 450/);
  });

  it('searches in prompts and answers by keyboard', async () => {
    await code.press('/');
    await code.page.keyboard.type('XYLOphone');
    await found('1 of 600');
    await code.press('ArrowDown');
    await selected(/number 441/);
    assert.equal(await page.getByRole('grid').evaluate((grid) => grid === globalThis.document.activeElement), true);
    await code.press('/');
    for (let i = 0; i < 9; i++) await code.press('Backspace');
    await code.page.keyboard.type('a loom no such thing');
    await page.getByRole('heading', { name: 'Nothing matches.' }).waitFor();
    for (let i = 0; i < 14; i++) await code.press('Backspace');
    await found('75 of 600');
    await code.page.keyboard.type(' unheard of');
    await page.getByRole('heading', { name: 'Nothing matches.' }).waitFor();
    assert.equal(await page.getByLabel('Search in prompts and answers').inputValue(), 'a loom unheard of');
    await page.getByRole('button', { name: 'Show all 600 items' }).click();
    await found('600 items');
    await page.getByLabel('Search in prompts and answers').fill('a kite');
    await found('75 of 600');
  });

  it('looks right in every theme', async () => {
    await page.getByLabel('Sort').selectOption({ label: 'As in the files' });
    await page.getByLabel('Search in prompts and answers').fill('');
    await found('600 items');
    await page.getByRole('grid').focus();
    await code.press('Home');
    for (const theme of ['light', 'high-contrast', 'dark']) {
      await mkdir(path.join(folder, '.vscode'), { recursive: true });
      await writeFile(path.join(folder, '.vscode', 'settings.json'), JSON.stringify({ 'workbench.colorTheme': themes[theme] }));
      await until(async () => (await page.locator('body').getAttribute('class')) ?? '', (name) => name.split(' ').includes(`vscode-${theme}`));
      await sleep(200);
      await code.screenshot(`items-${theme}`);
      assert.deepEqual(await violations(page), []);
    }
    await code.page.setViewportSize({ width: 950, height: 900 });
    await sleep(300);
    await code.screenshot('items-narrow');
    await code.page.setViewportSize({ width: 1500, height: 950 });
    await page.getByLabel('Search in prompts and answers').fill('a kite');
    await found('75 of 600');
  });

  it('hears of new labels while it is open', async () => {
    await page.getByRole('button', { name: /^Labeled by nobody/ }).click();
    await found('75 of 600');
    // What one has scrolled to stays where it is.
    await page.getByRole('grid').evaluate((grid) => { grid.scrollTop = 900; });
    await appendFile(path.join(folder, '.plumbline', 'labels', 'bert.jsonl'), `${JSON.stringify(label('b9', 'bert', items[4]))}\n`);
    await found('74 of 600');
    await sleep(200);
    assert.equal(await page.getByRole('grid').evaluate((grid) => grid.scrollTop), 900);
  });

  it('is as it was after a reload', async () => {
    await page.getByRole('grid').focus();
    for (let i = 0; i < 5; i++) await code.press('ArrowDown');
    const before = await row().innerText();
    await Promise.all([code.page.waitForEvent('load', { timeout: 60_000 }), code.runCommand('Developer: Reload Window')]);
    await code.page.locator('iframe.webview.ready').last().waitFor({ timeout: 90_000 });
    page = await code.webview();
    await found('74 of 600');
    await until(() => row().innerText(), (text) => text === before);
    assert.equal(await page.getByLabel('Search in prompts and answers').inputValue(), 'a kite');
  });

  it('shows the record in its file', async () => {
    const number = await current();
    await code.press('o');
    await code.page.locator('.tab.active', { hasText: 'early.jsonl' }).waitFor();
    await code.statusItem(`Ln ${number + 1}, Col 1`);
  });

  it('opens the item for labeling', async () => {
    await backToList();
    const number = await current();
    await code.press('Enter');
    await shows(number);
    await code.screenshot('items-opened');
  });

  it('opens what is disputed for adjudication', async () => {
    await backToList();
    await page.getByLabel('Search in prompts and answers').fill('');
    await page.getByRole('button', { name: /^Labeled by nobody/ }).click();
    await page.getByRole('button', { name: /^Disagreement/ }).click();
    await found('1 of 600');
    assert.equal(await current(), 450);
    await code.press('a');
    await shows(450);
    await code.screenshot('items-adjudicated');
  });
});

/** The number of the item in the current row, which gets the keyboard. */
async function current() {
  await page.getByRole('grid').focus();
  // A list that has just been read anew may not have drawn its current row.
  await row().filter({ hasText: /number \d+/ }).waitFor();
  return Number(/number (\d+)/.exec(await row().innerText())[1]);
}

async function backToList() {
  await code.page.locator('.tab', { hasText: 'Items' }).click();
  page = await code.webview();
  await page.getByRole('grid').waitFor({ timeout: 30_000 });
}

/** The labeling panel is in front, with this item. */
async function shows(number) {
  await until(async () => (await code.webview()).locator('body').innerText(), (text) => text.includes(`number ${number}?`) && !text.includes('Show Record'));
}

/** The current row. */
function row() {
  return page.locator('[role=row][aria-selected=true]');
}

async function selected(text) {
  await row().filter({ hasText: text }).waitFor({ timeout: 15_000 });
  const active = await page.getByRole('grid').getAttribute('aria-activedescendant');
  assert.equal(active, await row().getAttribute('id'));
}

async function found(text) {
  await page.locator('#count', { hasText: new RegExp(`^${text}$`) }).waitFor({ timeout: 30_000 });
}

async function until(get, holds, timeout = 15_000) {
  for (const end = Date.now() + timeout; ; await sleep(60)) {
    const value = await get();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)} after ${timeout / 1000} s`);
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
