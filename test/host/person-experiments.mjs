// The experiment panel as a person meets it: empty, then with 200 runs of 2,000 steps; sorted, filtered, compared, noted, exported, live; by keyboard and
// mouse. Pictures in dark, light and high contrast go to test/screenshots.
//
//   npx mocha --timeout 600000 test/host/person-experiments.mjs        (PLUMBLINE_CODE=1.100 for the oldest)
import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { violations } from './axe.mjs';
import { madeRuns, stepLine } from './made-runs.mjs';
import { openWorkbench, themes } from './workbench.mjs';

const version = process.env.PLUMBLINE_CODE ?? '1.139';

describe(`experiments, on VS Code ${version}`, function () {
  this.timeout(300_000);
  this.bail(true);
  let home;
  let store;
  let code;
  let page;
  const faults = [];
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-experiments-'));
    const folder = path.join(home, 'workspace');
    await sampleWorkspace(folder);
    store = path.join(folder, '.plumbline');
    code = await openWorkbench({ version, folder, settings: { 'plumbline.labeler': 'person' }, size: { width: 1400, height: 1150 } });
    code.page.on('pageerror', (error) => faults.push(String(error.stack ?? error)));
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().waitFor({ timeout: 60_000 });
  });
  afterEach(async function () {
    if (this.currentTest.state !== 'failed' || !code) return;
    await code.screenshot(`experiments-${version}-failed`);
    console.error(faults.join('\n'));
    console.error((await code.hostLog()).split('\n').filter((l) => /plumbline|rror/i.test(l)).slice(-15).join('\n'));
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('says what to do while there are no runs', async () => {
    await code.runCommand('Plumbline: Experiments');
    page = await code.webview();
    await page.getByRole('heading', { name: 'There are no runs yet' }).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Generate Answers' }).waitFor();
    assert.deepEqual(await violations(page), []);
    await code.screenshot(`experiments-${version}-empty`);
  });

  it('shows runs that come, and compares the newest', async () => {
    await madeRuns(path.join(store, 'runs'), { runs: 200, steps: 2000 });
    await page.locator('.runs table[aria-rowcount="201"]').waitFor({ timeout: 60_000 });
    await page.getByText('200 of 200 runs').waitFor();
    await page.getByText('9 of 10 runs ended with more reward than at the start').waitFor();
    assert.equal(await page.locator('.runs b').count(), 0, 'a name is text');
    for (const n of [0, 1, 2, 3]) await page.locator('.runs input[type=checkbox]').nth(n).check();
    await page.locator('.chart path').nth(7).waitFor({ timeout: 30_000 });
    assert.equal(await page.locator('.chart').count(), 4);
    await page.getByLabel('Smoothing').fill('0.9');
    await page.locator('.line.pale').first().waitFor();
    await code.screenshot(`experiments-${version}-curves`);
  });

  it('draws the rows that are in view, and goes through all of them by keyboard', async () => {
    const drawn = await page.locator('.runs tr.run').count();
    assert.ok(drawn >= 8 && drawn < 80, `${drawn} rows are drawn`);
    const focused = () => page.locator('.runs tr.run:focus-within').getAttribute('aria-rowindex');
    await page.locator('.runs tr.run').first().getByRole('checkbox').focus();
    await code.press('ArrowDown');
    assert.equal(await focused(), '3');
    await code.press('End');
    await page.locator('.runs tr.run[aria-rowindex="201"]:focus-within').waitFor();
    await page.locator('.runs tr.run[aria-rowindex="201"]:focus-within input[type=checkbox]:focus').waitFor();
    // What has the keyboard stays, wherever the table is scrolled to.
    await page.locator('.runs').evaluate((table) => { table.scrollTop = 0; });
    await page.locator('.runs tr.run[aria-rowindex="2"]').waitFor();
    assert.equal(await focused(), '201');
    assert.ok(await page.locator('.runs tr.run').count() < 80);
    await code.press('ArrowUp');
    await page.locator('.runs tr.run[aria-rowindex="200"]:focus-within').waitFor();
    await code.press('Home');
    await page.locator('.runs tr.run[aria-rowindex="2"]:focus-within').waitFor();
    assert.deepEqual(await violations(page), []);
  });

  it('filters, sorts and keeps notes', async () => {
    await page.locator('body').press('/');
    const filter = page.getByLabel('Filter', { exact: true });
    await filter.fill('kl.coef=0.1 seed=3');
    await page.getByText(/^(?!200)\d+ of 200 runs/).waitFor();
    const first = page.locator('.runs tr.run').first();
    await first.getByRole('button', { name: /^Notes and tags of/ }).click();
    await page.getByLabel('Tags, with commas between').fill('good, <i>odd</i>');
    await page.getByLabel('Note', { exact: true }).fill('As hoped.\nMore of this.');
    await page.getByRole('button', { name: 'Save' }).click();
    await first.getByText('<i>odd</i>').waitFor();
    await first.getByRole('button', { name: /^Star / }).click();
    await filter.fill('');
    await page.getByLabel('Starred').check();
    await page.getByText('1 of 200 runs').waitFor();
    await page.getByLabel('Starred').uncheck();
    const lines = (await readFile(path.join(store, 'experiments.jsonl'), 'utf8')).trim().split('\n').map((l) => JSON.parse(l));
    assert.deepEqual(lines.map((l) => [l.addTags, l.note, l.star]), [[['good', '<i>odd</i>'], 'As hoped.\nMore of this.', undefined], [undefined, undefined, true]]);
    const reward = page.locator('.runs').getByRole('button', { name: /^Reward/ });
    await reward.click();
    const numbers = async () => (await page.locator('.runs tr.run td.number:nth-child(7)').allInnerTexts()).map(Number);
    const sorted = await numbers();
    assert.deepEqual(sorted, [...sorted].sort((a, b) => b - a));
    await page.locator('.runs').getByRole('button', { name: /^Made/ }).click();
  });

  it('shows settings, answers, frontier and origin, by arrow keys', async () => {
    await page.getByRole('tab', { name: 'Curves' }).focus();
    await code.press('ArrowRight');
    await page.getByText(/\d+ of \d+ settings differ/).waitFor();
    await page.locator('.settings .differs').getByRole('rowheader', { name: 'kl.coef' }).waitFor();
    await code.screenshot(`experiments-${version}-settings`);
    await code.press('ArrowRight');
    await page.getByRole('region', { name: 'Answers' }).waitFor();
    assert.equal(await page.locator('.answers script').count(), 0);
    await code.screenshot(`experiments-${version}-answers`);
    await code.press('ArrowRight');
    await page.getByText('Nothing is better and nearer to the start than').waitFor();
    await code.screenshot(`experiments-${version}-frontier`);
    await code.press('ArrowRight');
    await page.locator('.chain li').first().waitFor({ timeout: 30_000 });
    await code.screenshot(`experiments-${version}-provenance`);
    assert.deepEqual(await violations(page), []);
    await page.getByRole('tab', { name: 'Curves' }).click();
  });

  it('opens again with 200 runs of 2,000 steps, and follows one that is at work', async () => {
    await code.runCommand('View: Close Editor');
    const began = Date.now();
    await code.runCommand('Plumbline: Experiments');
    page = await code.webview();
    await page.locator('.chart path').first().waitFor({ timeout: 30_000 });
    // How long after the page's own beginning.
    const marks = await page.locator('body').evaluate(() => globalThis.performance.getEntriesByType('measure').map((m) => `${m.name} ${Math.round(m.duration)} ms`).join(', '));
    console.log(`      opened again, with the keys of the palette, after ${Date.now() - began} ms; of the page: ${marks}`);
    const live = await madeRuns(path.join(store, 'runs'), { runs: 1, steps: 50, live: true });
    const row = page.getByRole('row', { name: /live/ });
    await row.waitFor({ timeout: 30_000 });
    await row.getByRole('checkbox').check();
    for (let n = 51; n <= 90; n++) {
      await appendFile(path.join(live[0], 'events.jsonl'), stepLine(n, 0.5, 100));
      await new Promise((r) => setTimeout(r, 50));
    }
    await row.getByText('90 %').waitFor({ timeout: 20_000 });
  });

  it('looks right in every theme, and axe finds nothing serious', async () => {
    await mkdir(path.join(code.folder, '.vscode'), { recursive: true });
    for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light']) {
      await writeFile(path.join(code.folder, '.vscode', 'settings.json'), JSON.stringify({ 'workbench.colorTheme': themes[theme] }));
      const kind = { dark: 'vscode-dark', light: 'vscode-light', 'high-contrast': 'vscode-high-contrast', 'high-contrast-light': 'vscode-high-contrast-light' }[theme];
      await page.locator(`body.${kind}`).waitFor({ timeout: 20_000 });
      assert.deepEqual(await violations(page), [], theme);
      await code.screenshot(`experiments-${version}-${theme}`);
    }
  });

  it('exports the table and charts', async () => {
    const into = async (button, name) => {
      await button.click();
      const box = code.page.locator('.quick-input-widget input');
      // The dialog writes its own suggestion when it is ready, over what was typed before.
      const until = Date.now() + 20_000;
      while (!(await box.inputValue().catch(() => '')).endsWith(path.extname(name))) {
        assert.ok(Date.now() < until, 'the dialog suggests no file');
        await new Promise((done) => setTimeout(done, 50));
      }
      await box.fill(path.join(code.folder, name));
      await code.page.keyboard.press('Enter');
      await page.getByText(`Written to ${name}`).waitFor({ timeout: 20_000 });
      return readFile(path.join(code.folder, name));
    };
    const csv = (await into(page.getByRole('button', { name: 'Export CSV' }), 'all.csv')).toString();
    assert.equal(csv.trim().split('\r\n').length, 202);
    const svg = (await into(page.getByRole('button', { name: /^Export .* as SVG$/ }).first(), 'chart.svg')).toString();
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg".*<path /s);
    const png = await into(page.getByRole('button', { name: /^Export .* as PNG$/ }).first(), 'chart.png');
    assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    assert.ok(png.length > 5000, `${png.length} bytes`);
    assert.deepEqual(faults, []);
  });
});
