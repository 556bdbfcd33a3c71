// The entrance test and the settling of a dispute, by keyboard, in a real VS Code: what the label lines say, what the result page and
// the list of labelers tell, beside numbers that are computed here in another way.
//
//   npx mocha --timeout 600000 test/host/person-screening.mjs
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { after, afterEach, before, describe, it } from 'mocha';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { violations } from './axe.mjs';
import { addData, generation, label } from './small-workspace.mjs';
import { openWorkbench } from './workbench.mjs';

const version = process.env.PLUMBLINE_CODE ?? '1.139';
const answers = (n) => ['Boil it.', 'Bake it.', 'Leave it.'].map((text, i) => ({ text: `${text} ${n}`, source: i === 0 ? 'base' : 'tuned' }));
/** The labelers agree on the first; of the others the second is disputed most. */
const dishes = [1, 2, 3, 4].map((n) => generation(`dish-${n}`, `What do I do with potato number ${n}?`, answers(n)));
const ranks = { anna: [[1, 2, 3], [1, 2, 3], [1, 2, 3]], bert: [[1, 2, 3], [3, 2, 1], [2, 1, 3]] };
const lines = (who) => ranks[who].map((r, n) => label(`${who}-${n}`, who, dishes[n], { ranks: r, shown: [2, 0, 1], touched: true, ms: 9000, ...(n === 1 && who === 'bert' ? { rationale: 'baked ones burn' } : {}) }));
let home;
let store;
let code;
let page;

describe(`screening and adjudication, on VS Code ${version}`, function () {
  this.timeout(300_000);
  this.bail(true);
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-screening-'));
    const folder = path.join(home, 'workspace');
    await sampleWorkspace(folder);
    store = path.join(folder, '.plumbline');
    const project = path.join(store, 'project.json');
    await writeFile(project, JSON.stringify({ ...JSON.parse(await readFile(project, 'utf8')), screening: { required: true, threshold: 0.5, items: 3 } }));
    await addData(folder, { generations: { dishes }, labels: { anna: lines('anna'), bert: lines('bert') } });
    code = await openWorkbench({ version, folder, settings: { 'plumbline.labeler': 'person' }, size: { width: 1440, height: 900 } });
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().click({ timeout: 60_000 });
    await code.page.getByText(/^(Rank|Label) \d+ item/).first().waitFor({ timeout: 60_000 });
    await code.press('Control+B');
  });
  afterEach(async function () {
    if (!code || this.currentTest.state !== 'failed') return;
    await shot('failed');
    console.error((await code.hostLog()).split('\n').filter((l) => /plumbline|rror/i.test(l)).slice(-15).join('\n'));
    if (page) console.error(await page.getByRole('status').innerText().catch(() => ''));
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('tests a candidate, blind', async () => {
    await code.runCommand('Plumbline: Take the Screening');
    const items = (await readFile(path.join(store, 'screening', 'everyday.jsonl'), 'utf8')).trim().split('\n').map((l) => JSON.parse(l));
    const asked = [];
    await shown('Screening: Rank the answers');
    for (let n = 0; n < 3; n++) {
      await said(n === 0 ? '' : `Saved, ${n} of 3`);
      const texts = await page.locator('.card .body').allInnerTexts();
      const item = items.find(({ responses }) => responses.length === texts.length && responses.every((r) => texts.some((t) => t.trim() === r.text)));
      assert.ok(item && !asked.includes(item), 'the item is one of the test, and new');
      asked.push(item);
      const gold = texts.map((t) => item.gold.ranks?.[item.responses.findIndex((r) => r.text === t.trim())]);
      if (n === 0) {
        await checked('item');
        assert.doesNotMatch(await page.locator('body').innerText(), /gold|grammar/);
      }
      // Of the last, the opposite of what the researchers say.
      if (item.gold.verdict === 'all_bad') await keys(n === 2 ? 'u' : 'b');
      else await rank(n === 2 ? gold.map((r) => 10 - r) : gold);
      await code.press('Enter');
    }
    await page.getByRole('heading', { name: 'Passed', exact: true }).waitFor();
    await said('Saved, 3 of 3. Passed');
    const all = await labels('person');
    assert.deepEqual(all.map((l) => [l.kind, l.gold, l.select.policy]), asked.map((item) => ['screening', item.id, 'screening']));
    assert.deepEqual(all.slice(0, 2).map((l) => l.ranks), asked.slice(0, 2).map((item) => item.gold.ranks));
    const share = (2 + tiedShare(asked[2].gold)) / 3;
    const [low, high] = wilson(share, 3);
    const cells = await page.locator('.result tbody tr').evaluateAll((rows) => rows.map((r) => [...r.children].map((c) => c.innerText)));
    const numbers = [percent(share), `${percent(low)} – ${percent(high)}`];
    assert.deepEqual(cells, [['Preference', ...numbers]]);
    assert.match(await page.locator('.reason').innerText(), /^\d+(\.\d)?\s% agreement .* over 3 items; 50\s% agreement is needed/);
    await checked('result');
  });

  it('settles what two labelers disagree on, the most disputed first', async () => {
    await code.runCommand('Plumbline: Adjudicate Disagreements');
    await shown('Adjudication: Rank the answers');
    await page.getByText('potato number 2?').first().waitFor();
    assert.match(await page.locator('.others').innerText(), /baked ones burn/);
    assert.doesNotMatch(await page.locator('body').innerText(), /anna|bert/);
    await checked('adjudication');
    await rank([1, 2, 3]);
    await code.press('Enter');
    await said('Saved, 1 of 2');
    // The digit that was pressed first is the best answer, wherever it stood.
    const [settled] = (await labels('person')).slice(-1);
    assert.deepEqual([settled.kind, [...settled.adjudicates].sort(), settled.promptHash], ['adjudication', ['anna-1', 'bert-1'], dishes[1].promptHash]);
    assert.deepEqual(settled.shown.map((i) => settled.ranks[i]), [1, 2, 3]);
    await code.press('z');
    await said('Taken back: 0 of 2');
    await code.press('Shift+Z');
    await said('Restored, 1 of 2');
    await keys('=', 'Enter');
    await page.getByRole('alert').first().waitFor();
    await keys('1', '2', '3', 'Enter');
    await page.getByRole('heading', { name: 'All 2 disagreements are settled' }).waitFor();
    await checked('settled');
  });

  it('leaves undo to the labels of the day', async () => {
    await code.runCommand('Plumbline: Label Answers');
    await shown('Rank the answers');
    assert.equal(await page.getByRole('button', { name: /^Undo/ }).isDisabled(), true, 'a screening and a settlement are not undone here');
    await rank([1, 2, 3]);
    await code.press('Enter');
    await said(/^Saved, 1 of/);
    await code.press('z');
    await said(/^Taken back: 0 of/);
    await code.press('Enter');
    await said(/^Saved, 1 of/);
  });

  it('tells who has passed', async () => {
    await code.runCommand('Plumbline: Agreement and Labelers');
    page = await code.webview();
    await page.getByRole('tab', { name: 'Labelers' }).click();
    const row = (name) => page.getByRole('region', { name: 'Labelers' }).getByRole('row').filter({ hasText: name }).first();
    await row('person').getByText('passed').waitFor();
    await row('anna').getByText('not tested').waitFor();
    await checked('labelers');
  });
});

/** The labeling page with that title, which has the keyboard. */
async function shown(title) {
  for (const end = Date.now() + 30_000; ; await wait(100)) {
    page = await code.webview();
    const now = await page.locator('.top .task').innerText({ timeout: 1000 }).catch(() => '');
    if (now.trim() === title) break;
    if (Date.now() > end) throw new Error(`the panel shows "${now}", not "${title}"`);
  }
  for (let tries = 0; !(await page.locator('body').evaluate((body) => body.ownerDocument.hasFocus())); tries++) {
    if (tries === 20) await code.runCommand('View: Focus Active Editor Group');
    if (tries > 60) throw new Error('the page has no keyboard');
    await wait(100);
  }
  await wait(250);
}

/** Presses what gives the answers on screen these ranks. */
async function rank(wanted) {
  const order = wanted.map((r, i) => [r, i]).sort(([a, i], [b, j]) => a - b || i - j);
  for (const [n, [r, i]] of order.entries()) {
    // Each key when the one before has done its work.
    const badge = (state) => page.locator(`.card[data-position="${i}"] .badge[${state}]`).waitFor();
    await keys(String(i + 1));
    await badge('aria-pressed="true"');
    if (n > 0 && order[n - 1][0] === r) {
      await keys('=');
      await badge('data-tied="="');
    }
  }
}

async function keys(...list) {
  for (const key of list) {
    await code.press(key);
    await wait(80);
  }
}

async function checked(name) {
  await shot(name);
  assert.deepEqual(await violations(page), []);
}

const shot = (name) => code.screenshot(`screening-${name}`);

async function said(text) {
  for (const end = Date.now() + 15_000; ; await wait(50)) {
    const now = await page.getByRole('status').innerText();
    if (typeof text === 'string' ? now.includes(text) : text.test(now)) return;
    if (Date.now() > end) throw new Error(`the live region says "${now}", not ${text}`);
  }
}

async function labels(who) {
  return (await readFile(path.join(store, 'labels', `${who}.jsonl`), 'utf8')).trim().split('\n').map((l) => JSON.parse(l)).filter((l) => l.op === 'label');
}

/** Of the researchers' pairs, those that a reversed order agrees with: the ties. Nothing of an item that is all bad. */
function tiedShare({ ranks: gold }) {
  if (!gold) return 0;
  const pairs = gold.flatMap((a, i) => gold.slice(i + 1).map((b) => Number(a === b)));
  return pairs.reduce((x, y) => x + y) / pairs.length;
}

/** Wilson's interval (1927), 95 %, as the two roots of (p − share)² = z² p (1 − p) / n. */
function wilson(share, n) {
  const z2 = 1.959964 ** 2 / n;
  const [a, b, c] = [1 + z2, -(2 * share + z2), share * share];
  const root = Math.sqrt(b * b - 4 * a * c);
  return [(-b - root) / (2 * a), (-b + root) / (2 * a)];
}
const percent = (x) => `${Math.round(100 * x)} %`;
