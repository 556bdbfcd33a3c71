// The leaderboard as a person meets it: empty, then with labels of four models; methods, two models, export, by keyboard and
// mouse. Pictures in dark, light and high contrast go to test/screenshots.
//
//   npx mocha --timeout 600000 test/host/person-leaderboard.mjs        (PLUMBLINE_CODE=1.100 for the oldest)
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { violations } from './axe.mjs';
import { openWorkbench, themes } from './workbench.mjs';

const version = process.env.PLUMBLINE_CODE ?? '1.139';
const hash = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const sources = ['base', 'policy@20260102-ppo-tuned', 'policy@20260103-sft-terse', 'gpt-<b>rival</b>'];
const worth = [0, 0.9, 0.35, 0.2];

/** The same numbers every time. */
let state = 12345;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

const items = Array.from({ length: 60 }, (_, n) => {
  const prompt = `Prompt ${n}: what is to be done?`;
  const responses = sources.map((source, i) => {
    const text = `Answer ${n} of ${i}. ${'More words. '.repeat(Math.floor(random() * 12) + (i === 1 ? 5 : 0))}${i === 3 ? '\n- a **bold** item\n- another' : ''}`;
    return { hash: hash(text), text, source };
  });
  return { v: 1, id: `g-board-${n}`, promptHash: hash(prompt), prompt, responses };
});
const labelOf = (item, n, labeler) => {
  const shown = [0, 1, 2, 3].sort(() => random() - 0.5);
  const score = item.responses.map((_, i) => worth[i] - 0.25 * shown.indexOf(i) - Math.log(-Math.log(1 - random())));
  const ranks = score.map((s) => 1 + score.filter((other) => other > s + 0.25).length);
  return { v: 1, id: `l-${labeler}-${n}`, op: 'label', task: 'ranking', labeler, at: new Date(Date.UTC(2026, 0, 5, 0, 0, n)).toISOString(), promptHash: item.promptHash, items: item.responses.map(({ hash: h, source }) => ({ hash: h, source })), shown, touched: true, verdict: n % 17 === 0 ? 'all_bad' : 'ranked', ranks: standard(ranks) };
};
const standard = (ranks) => ranks.map((r) => 1 + ranks.filter((other) => other < r).length);

describe(`the leaderboard, on VS Code ${version}`, function () {
  this.timeout(180_000);
  this.bail(true);
  let home;
  let store;
  let code;
  let page;
  const faults = [];
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-board-'));
    const folder = path.join(home, 'workspace');
    await sampleWorkspace(folder);
    store = path.join(folder, '.plumbline');
    await mkdir(path.join(store, 'generations'), { recursive: true });
    await mkdir(path.join(store, 'labels'), { recursive: true });
    await writeFile(path.join(store, 'generations', 'board.jsonl'), items.map((i) => `${JSON.stringify(i)}\n`).join(''));
    code = await openWorkbench({ version, folder, settings: { 'plumbline.labeler': 'person' }, size: { width: 1300, height: 1150 } });
    code.page.on('pageerror', (error) => faults.push(String(error.stack ?? error)));
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().waitFor({ timeout: 60_000 });
  });
  afterEach(async function () {
    if (this.currentTest.state !== 'failed' || !code) return;
    await code.screenshot(`board-${version}-failed`);
    console.error(faults.join('\n'));
    console.error((await code.hostLog()).split('\n').filter((l) => /plumbline|rror/i.test(l)).slice(-15).join('\n'));
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('says what to do while nothing is labeled', async () => {
    await code.runCommand('Plumbline: Leaderboard');
    page = await code.webview();
    await page.getByRole('heading', { name: 'Nothing is rated yet' }).waitFor({ timeout: 30_000 });
    await page.getByText('There are answers of 4 models and no labels yet').waitFor();
    await page.getByRole('button', { name: 'Label Answers' }).waitFor();
    assert.deepEqual(await violations(page), []);
    await code.screenshot(`board-${version}-empty`);
  });

  it('shows the models when labels come, without being asked', async () => {
    await writeFile(path.join(store, 'labels', 'anna.jsonl'), items.slice(0, 40).map((item, n) => `${JSON.stringify(labelOf(item, n, 'anna'))}\n`).join(''));
    await page.locator('.board tbody tr').nth(3).waitFor({ timeout: 30_000 });
    assert.equal(await page.locator('.board tbody tr').count(), 4);
    assert.equal(await page.locator('.board tbody th').first().innerText(), 'policy@20260102-ppo-tuned');
    assert.equal(await page.locator('.board b').count(), 0, 'a name is text');
    const ratings = (await page.locator('.board .rating').allInnerTexts()).map(Number);
    assert.ok(Math.abs(ratings.reduce((s, r) => s + r, 0) - 4000) <= 3, String(ratings));
    await says(/4 models rated from 222 comparisons/);
    await appendFile(path.join(store, 'labels', 'bert.jsonl'), items.map((item, n) => `${JSON.stringify(labelOf(item, n, 'bert'))}\n`).join(''));
    await says(/4 models rated from 558 comparisons/);
    await page.getByText('of two equal answers the one shown first is preferred').waitFor();
    await page.getByText(/bootstrap of 1 000 draws of whole prompts/).waitFor();
  });

  it('takes the keyboard', async () => {
    const method = page.getByLabel('Method');
    await method.focus();
    await code.press('ArrowDown');
    await page.getByText(/Two equal models tie in \d+ % of comparisons/).waitFor();
    await code.press('Tab');
    await code.press(' ');
    await page.getByText('Length and style are held constant').waitFor();
    await page.getByText(/length in words ×/).waitFor();
    await method.focus();
    await code.press('ArrowDown');
    await page.getByText('Tied answers count as the mean over their orders').waitFor();
    assert.ok(await page.getByLabel('Hold length and style constant').isDisabled());
    await code.press('ArrowDown');
    await page.getByText('Elo depends on the order of the games').waitFor();
    await method.selectOption('bradley-terry');
    await page.getByText('A tie counts as half a win').waitFor();
  });

  it('says how many labels would separate two models', async () => {
    const section = page.getByRole('region', { name: 'Two models' });
    await section.getByRole('combobox', { name: 'One', exact: true }).selectOption('policy@20260102-ppo-tuned');
    await section.getByLabel('The other').selectOption('base');
    await section.getByText('They are separated already').waitFor();
    await section.getByRole('combobox', { name: 'One', exact: true }).selectOption('policy@20260103-sft-terse');
    await section.getByLabel('The other').selectOption(sources[3]);
    await section.getByText(/About [\d ]+ more comparisons of the two would separate them/).waitFor();
  });

  it('looks right in every theme, and axe finds nothing serious', async () => {
    await mkdir(path.join(code.folder, '.vscode'), { recursive: true });
    for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light']) {
      await writeFile(path.join(code.folder, '.vscode', 'settings.json'), JSON.stringify({ 'workbench.colorTheme': themes[theme] }));
      const kind = { dark: 'vscode-dark', light: 'vscode-light', 'high-contrast': 'vscode-high-contrast', 'high-contrast-light': 'vscode-high-contrast-light' }[theme];
      await page.locator(`body.${kind}`).waitFor({ timeout: 20_000 });
      assert.deepEqual(await violations(page), [], theme);
      await code.screenshot(`board-${version}-${theme}`);
    }
  });

  it('exports a table', async () => {
    await page.getByRole('button', { name: 'Export CSV' }).click();
    await code.accept();
    await says(/Written to leaderboard.csv/);
    const lines = (await readFile(path.join(code.folder, 'leaderboard.csv'), 'utf8')).trim().split('\r\n');
    assert.equal(lines.length, 5);
    assert.match(lines[1], /^policy@20260102-ppo-tuned,.*,bradley-terry,1\d\d\d\.\d\d,/);
  });

  it('warns of models that no comparison joins, and comes back after a reload as it was', async () => {
    const [a, b] = ['lonely', 'lonelier'].map((source, i) => ({ hash: hash(`alone ${i}`), source }));
    await appendFile(path.join(store, 'labels', 'bert.jsonl'), `${JSON.stringify({ ...labelOf(items[0], 1, 'bert'), id: 'l-alone', promptHash: hash('alone'), items: [a, b], shown: [0, 1], ranks: [1, 2], verdict: 'ranked' })}\n`);
    await page.getByText('No comparison joins these models').waitFor({ timeout: 20_000 });
    await page.getByText('Between these groups wins go one way at most: lonely | lonelier.').waitFor();
    await page.getByLabel('Method').selectOption('davidson');
    await page.getByText(/Two equal models tie/).waitFor();
    assert.deepEqual(await violations(page), []);
    await code.page.setViewportSize({ width: 980, height: 1150 });
    await code.screenshot(`board-${version}-warned-narrow`);
    await Promise.all([code.page.waitForEvent('load', { timeout: 60_000 }), code.runCommand('Developer: Reload Window')]);
    await code.page.locator('iframe.webview.ready').last().waitFor({ timeout: 90_000 });
    page = await code.webview();
    await page.getByText(/Two equal models tie/).waitFor({ timeout: 60_000 });
    assert.equal(await page.getByLabel('Method').inputValue(), 'davidson');
  });

  async function says(text) {
    await page.getByRole('status').filter({ hasText: text }).first().waitFor({ timeout: 30_000 });
  }
});
