// The agreement panel as a person uses it, in a real VS Code: three people's labels, every number beside one that is computed
// here in another way, tabs and lists by keyboard, a disputed item opened, a labeler admitted, pictures in three themes.
//
//   npx mocha --timeout 600000 test/host/person-agreement.mjs
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { violations } from './axe.mjs';
import { openWorkbench, themes } from './workbench.mjs';

const version = process.env.PLUMBLINE_CODE ?? '1.139';
const people = ['anna', 'bert', 'cleo'];
const items = 60;
const hash = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
let home;
let folder;
let code;

/** −1, 0, 1 by item and person, without a random number: cleo is hasty and often of another opinion. */
function opinion(item, person) {
  const truth = item % 5 === 4 ? 0 : item % 2 === 0 ? -1 : 1;
  if (person === 0) return truth;
  if (person === 1) return item % 11 === 3 ? 0 : truth;
  return item % 3 === 0 ? -1 : truth;
}
/** Scores 1–7 of the first answer. */
const score = (item, person) => 1 + ((item * 3 + (item % 4 === 0 ? person : 0)) % 7);

const generations = Array.from({ length: items }, (_, n) => {
  const prompt = `Which of the two answers says more about ${['bread', 'tea', 'rain', 'bees'][n % 4]} number ${n}?`;
  return { v: 1, id: `g${n}`, promptHash: hash(prompt), prompt, responses: ['first', 'second'].map((which, i) => ({ hash: hash(`${which} ${n}`), text: `${which} ${n}`, source: i === 0 ? 'base' : 'tuned' })) };
});

function labelOf(n, p, more = {}) {
  const g = generations[n];
  const sign = opinion(n, p);
  // cleo always sees the answer first that she then prefers.
  const shown = p === 2 && sign > 0 ? [1, 0] : p === 2 ? [0, 1] : n % 3 === 0 ? [0, 1] : [1, 0];
  return {
    ...{ v: 1, id: `${people[p]}-${n}${more.kind ?? ''}`, op: 'label', task: 'judge', labeler: people[p], at: new Date(Date.UTC(2026, 4, 1 + Math.floor(n / 8), 9, n % 60, p)).toISOString() },
    ...{ promptHash: g.promptHash, items: g.responses.map(({ hash: h, source }) => ({ hash: h, source })), shown, touched: true, ms: p === 2 ? 2000 : 15_000 + 100 * n },
    ...(sign === 0 ? { verdict: 'tie' } : { verdict: 'ranked', ranks: sign < 0 ? [1, 2] : [2, 1] }),
    ...{ criteria: { helpful: [score(n, p), 4] }, flags: [n % 9 === 0 ? ['rude'] : [], []] },
    ...more,
  };
}

describe(`agreement, on VS Code ${version}`, function () {
  this.timeout(300_000);
  this.bail(true);
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-agreement-'));
    folder = path.join(home, 'workspace');
    const store = path.join(folder, '.plumbline');
    for (const name of ['generations', 'labels', 'screening', 'prompts', 'runs']) await mkdir(path.join(store, name), { recursive: true });
    const lines = (records) => records.map((r) => `${JSON.stringify(r)}\n`).join('');
    await writeFile(path.join(store, 'project.json'), JSON.stringify({
      ...{ v: 1, note: 'kept', labelers: [{ id: 'bert', name: 'Bert Ö.' }], screening: { required: true, threshold: 0.75 } },
      tasks: [{ id: 'judge', title: 'Judge', preference: { form: 'pairwise' }, criteria: ['helpful'], flags: ['rude'] }, { id: 'alone', title: 'Nobody yet', preference: { form: 'ranking' } }],
    }));
    await writeFile(path.join(store, 'generations', 'all.jsonl'), lines(generations));
    for (const [p, person] of people.entries()) {
      const own = generations.map((_, n) => labelOf(n, p));
      // bert judged ten items again, of which he saw two otherwise.
      const again = p === 1 ? generations.slice(0, 10).map((_, n) => labelOf(n, p, { kind: 'repeat', repeats: `bert-${n}`, ...(n < 2 ? { verdict: 'tie', ranks: undefined } : {}) })) : [];
      const tests = p < 2 ? generations.slice(50).map((g, n) => labelOf(50 + n, p, { kind: 'screening', gold: `s${n}` })) : [];
      await writeFile(path.join(store, 'labels', `${person}.jsonl`), lines([...own, ...again, ...tests]));
    }
    // The researchers agree with anna throughout.
    await writeFile(path.join(store, 'screening', 'entrance.jsonl'), lines(generations.slice(50).map((g, n) => ({ ...g, id: `s${n}`, task: 'judge', gold: opinion(50 + n, 0) === 0 ? { verdict: 'tie' } : { verdict: 'ranked', ranks: opinion(50 + n, 0) < 0 ? [1, 2] : [2, 1] } }))));
    code = await openWorkbench({ version, folder, settings: { 'plumbline.labeler': 'anna' }, size: { width: 1440, height: 1000 } });
  });
  afterEach(async function () {
    if (this.currentTest.state !== 'failed' || !code) return;
    await code.screenshot('agreement-failed');
    console.error((await code.hostLog()).split('\n').filter((l) => /plumbline|rror/i.test(l)).slice(-15).join('\n'));
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('shows the numbers that another computation gives', async () => {
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().click();
    await code.runCommand('Plumbline: Agreement and Labelers');
    const page = await code.webview();
    await page.getByText('180 labels by 3 labelers; 60 items were judged by two or more.').waitFor({ timeout: 60_000 });
    const votes = generations.map((_, n) => people.map((_p, p) => opinion(n, p)));
    const value = (name) => page.getByRole('table', { name: 'Coefficients' }).getByRole('row').filter({ has: page.getByRole('button', { name, exact: true }) }).locator('td').first();
    assert.equal(await value('Agreement').innerText(), percent(pairShare(votes, (a, b) => Number(a === b))));
    assert.equal(await value('Agreement, ties half').innerText(), percent(pairShare(votes, (a, b) => (a === b ? 1 : a === 0 || b === 0 ? 0.5 : 0))));
    assert.equal(await value('Krippendorff α, nominal').innerText(), two(alpha(votes, (a, b) => Number(a !== b))));
    assert.equal(await value('Krippendorff α, interval').innerText(), two(alpha(votes, (a, b) => (a - b) ** 2)));
    const kappas = [[0, 1], [0, 2], [1, 2]].map(([a, b]) => kappa(votes.map((v) => v[a]), votes.map((v) => v[b])));
    assert.equal(await value('Cohen κ').innerText(), two(kappas.reduce((x, y) => x + y) / 3));
    const cells = page.getByRole('region', { name: 'Matrix of labelers' });
    await page.getByLabel('Measure').selectOption('kappa');
    assert.equal(await cells.getByRole('row').nth(1).locator('td').nth(1).locator('.strong').innerText(), two(kappas[0]));
    await page.getByRole('status').filter({ hasText: /Preference: \d+\.\d % agreement/ }).waitFor({ state: 'attached' });
    assert.deepEqual(await violations(page), []);
  });

  it('goes from part to part by keyboard, and explains on demand', async () => {
    const page = await code.webview();
    await page.getByRole('button', { name: /^Preference/ }).focus();
    await code.press('ArrowDown');
    await page.getByRole('heading', { name: 'Verdict' }).waitFor();
    await code.press('ArrowDown');
    await page.getByRole('heading', { name: 'Helpful' }).waitFor();
    const scores = generations.flatMap((_, n) => [people.map((_p, p) => score(n, p)), people.map(() => 4)]);
    const row = page.getByRole('table', { name: 'Coefficients' }).getByRole('row').filter({ has: page.getByRole('button', { name: 'Krippendorff α, interval' }) });
    assert.equal(await row.locator('td').first().innerText(), two(alpha(scores, (a, b) => (a - b) ** 2)));
    await row.getByRole('button').focus();
    await code.press('Enter');
    await row.getByText('α with squared differences of the values.').waitFor();
    await page.getByText('As a table').click();
    await code.screenshot('agreement-dark');
  });

  it('lists what is disputed, and Enter opens it to be settled', async () => {
    const page = await code.webview();
    await page.getByRole('tab', { name: 'Agreement' }).focus();
    await code.press('d');
    const list = page.getByRole('list', { name: 'Disputed items' });
    await list.waitFor();
    const first = list.getByRole('button').first();
    assert.match(await first.innerText(), /three labelers|3 labelers/);
    await code.press('j');
    await code.press('k');
    assert.equal(await first.evaluate((b) => b === b.ownerDocument.activeElement), true);
    assert.deepEqual(await violations(page), []);
    await code.screenshot('agreement-disputed');
    const asked = await first.locator('.asked').innerText();
    await code.press('Enter');
    const labeling = await code.webview();
    await labeling.getByText(asked).first().waitFor({ timeout: 30_000 });
    await code.screenshot('agreement-settle');
    await code.runCommand('View: Close Editor');
    await (await code.webview()).getByRole('list', { name: 'Disputed items' }).waitFor();
  });

  it('tells how people label, who stands out and why, and admits', async () => {
    const page = await code.webview();
    await page.getByRole('tab', { name: /Disputed/ }).focus();
    await code.press('End');
    const table = page.getByRole('region', { name: 'Labelers' });
    const row = (name) => table.getByRole('row').filter({ hasText: name }).first();
    await row('cleo').waitFor();
    assert.match(await table.innerText(), /Takes 2\.0 s an item, under a third of the others' 1[78]\.\d s/);
    assert.match(await table.innerText(), /Prefers the answer shown first too often/);
    assert.match(await row('anna').innerText(), /passed[\s\S]*100 %/);
    assert.match(await row('cleo').innerText(), /not tested/);
    // Of ten repeats two are a tie against what was a preference: 9 of 10.
    assert.match(await row('Bert').locator('td').nth(5).innerText(), /^90 %/);
    await row('cleo').getByRole('button', { name: 'Admit cleo' }).click();
    await row('cleo').getByText('admitted', { exact: true }).waitFor();
    const project = JSON.parse(await readFile(path.join(folder, '.plumbline', 'project.json'), 'utf8'));
    assert.deepEqual(project.labelers, [{ id: 'bert', name: 'Bert Ö.' }, { id: 'cleo', admitted: true }]);
    assert.equal(project.note, 'kept');
    assert.deepEqual(await violations(page), []);
    await code.screenshot('agreement-labelers');
  });

  it('follows new labels by itself', async () => {
    const page = await code.webview();
    await appendFile(path.join(folder, '.plumbline', 'labels', 'dora.jsonl'), generations.slice(0, 20).map((_, n) => `${JSON.stringify({ ...labelOf(n, 0), id: `dora-${n}`, labeler: 'dora' })}\n`).join(''));
    await page.getByText('200 labels by 4 labelers').waitFor({ timeout: 20_000 });
  });

  it('says what is needed where nobody has labeled', async () => {
    const page = await code.webview();
    await page.getByRole('tab', { name: 'Agreement' }).click();
    await page.getByLabel('Task').selectOption('alone');
    await page.getByRole('heading', { name: 'Nobody has labeled yet' }).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByLabel('Task').selectOption('judge');
    await page.getByRole('region', { name: 'Matrix of labelers' }).waitFor();
  });

  it('makes screening items of one’s own labels', async () => {
    await code.runCommand('Plumbline: Make a Screening Set from My Labels');
    await code.pick('Judge');
    await code.type('mine');
    await code.notification(/60 screening items written/);
    const made = (await readFile(path.join(folder, '.plumbline', 'screening', 'mine.jsonl'), 'utf8')).trim().split('\n').map((l) => JSON.parse(l));
    assert.equal(made.length, 60);
    assert.deepEqual(made[0].gold.by, ['anna']);
    assert.equal(made[0].task, 'judge');
  });

  it('is as it was after a reload', async () => {
    await (await code.webview()).getByRole('tab', { name: 'Labelers' }).click();
    await Promise.all([code.page.waitForEvent('load', { timeout: 60_000 }), code.runCommand('Developer: Reload Window')]);
    await code.page.locator('iframe.webview.ready').last().waitFor({ timeout: 90_000 });
    const page = await code.webview();
    await page.getByText('200 labels by 4 labelers').waitFor({ timeout: 60_000 });
    assert.equal(await page.getByRole('tab', { name: 'Labelers' }).getAttribute('aria-selected'), 'true');
  });

  it('looks right in light and in high contrast, and on 600 pixels', async () => {
    const settings = path.join(folder, '.vscode', 'settings.json');
    await mkdir(path.dirname(settings), { recursive: true });
    for (const [name, theme] of Object.entries(themes).filter(([n]) => n !== 'dark')) {
      await writeFile(settings, JSON.stringify({ 'workbench.colorTheme': theme }));
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const page = await code.webview();
      await page.getByRole('tab', { name: 'Agreement' }).click();
      await code.screenshot(`agreement-${name}`);
      assert.deepEqual(await violations(page), [], name);
      await page.getByRole('tab', { name: 'Labelers' }).click();
      await code.screenshot(`agreement-labelers-${name}`);
      assert.deepEqual(await violations(page), [], name);
    }
    await code.page.setViewportSize({ width: 990, height: 1000 });
    await (await code.webview()).getByRole('tab', { name: 'Agreement' }).click();
    await code.screenshot('agreement-narrow');
  });
});

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const two = (v) => v.toFixed(2).replace(/^(-?)0\./, '$1.');

function pairShare(units, same) {
  let [sum, n] = [0, 0];
  for (const votes of units) for (let a = 0; a < votes.length; a++) for (let b = a + 1; b < votes.length; b++) [sum, n] = [sum + same(votes[a], votes[b]), n + 1];
  return sum / n;
}
/** 1 − mean distance within units / mean distance of all pairs of values: α without a coincidence matrix, for complete data. */
function alpha(units, distance) {
  const all = units.flat();
  let expected = 0;
  for (let a = 0; a < all.length; a++) for (let b = a + 1; b < all.length; b++) expected += distance(all[a], all[b]);
  return 1 - pairShare(units, distance) / (expected / ((all.length * (all.length - 1)) / 2));
}
function kappa(x, y) {
  const same = x.filter((v, i) => v === y[i]).length / x.length;
  const share = (list, v) => list.filter((w) => w === v).length / list.length;
  const chance = [-1, 0, 1].reduce((sum, v) => sum + share(x, v) * share(y, v), 0);
  return (same - chance) / (1 - chance);
}
