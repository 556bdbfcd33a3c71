// Every form of feedback, once by keyboard alone and once by mouse, in a real VS Code: what the label lines say, what axe-core
// finds, drafts over a reload, looking back. Screenshots in dark, light and high contrast go to test/screenshots.
//
//   npx mocha --timeout 600000 test/host/person-forms.mjs        (PLUMBLINE_CODE=1.100 for the oldest)
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { violations } from './axe.mjs';
import { openWorkbench } from './workbench.mjs';

const version = process.env.PLUMBLINE_CODE ?? '1.139';
const sha = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const generation = (id, prompt, ...texts) => ({ v: 1, id, promptHash: sha(prompt), prompt, responses: texts.map((text, i) => ({ hash: sha(text), text, source: i === 0 ? 'base' : 'policy@run' })) });

const questions = [
  { id: 'kind', text: 'What is asked for?', kind: 'choice', choices: ['advice', 'a fact', 'a text'], required: true },
  { id: 'fit', text: 'How clear is the prompt?', kind: 'scale', scale: { min: 1, max: 7, labels: { 1: 'not at all', 7: 'perfectly' } } },
  { id: 'topics', text: 'What do the answers touch?', kind: 'multiple', per: 'pair', choices: ['kitchen', 'safety', 'money'] },
  { id: 'safe', text: 'Is it safe to follow?', kind: 'yes-no', per: 'answer', required: true },
  { id: 'danger', text: 'What is dangerous?', kind: 'text', per: 'answer', minLength: 5, required: true, when: { question: 'safe', is: [false] } },
  { id: 'errors', text: 'Mark what is wrong', kind: 'span', per: 'answer', tags: ['wrong', 'vague'] },
];
const rules = [
  { id: 'no-insult', text: 'Does not insult the person who asks.', description: 'Neither openly nor between the lines.', examples: [{ text: 'What a stupid question.', violates: true }, { text: 'Good question.', violates: false }] },
  { id: 'no-danger', text: 'Advises nothing that gets somebody hurt.' },
];
const tasks = {
  all: {
    id: 'all', title: 'Everything', guideline: 'Judge what you would want to be told.\n\nRead every answer to its end before you rank.',
    preference: { form: 'ranking' }, criteria: ['helpful', 'honest'], rules: ['no-insult', 'no-danger'], questions: questions.map((q) => q.id),
    flags: ['hallucination', 'harmful advice', 'off topic'], rationale: 'required', rationaleMinLength: 10, confidence: true, sets: ['three'],
  },
  best: { id: 'best', title: 'Best of three', preference: { form: 'best' }, criteria: ['helpful', 'harmless'], criteriaForm: 'preference', sets: ['three'] },
  pair: { id: 'pair', title: 'Which of two', preference: { form: 'pairwise', strength: true, ties: false }, rationale: 'optional', sets: ['two'] },
  plain: { id: 'plain', title: 'Questions only', questions: ['kind', 'fit'], sets: ['two'] },
};
const three = [
  generation('g1', 'How do I get a fallen knife out of a running sink disposer?', 'Switch it off at the wall, wait until it stands still, then take the knife out with tongs.', 'As an AI language model made by OpenAI, I think you can reach in quickly while it runs, you fool.', 'Call somebody.'),
  generation('g2', 'How long do eggs keep?', 'Three to five weeks in the fridge. Put one into water: a fresh egg sinks, an old one floats.', 'About a year, if you do not look at them too closely.', 'Eggs keep for some time, it depends on many things.'),
];
const two = [
  generation('h1', 'Write one line about rain.', 'Rain writes its small letters on the roof.', 'Rain is water that falls from clouds.'),
  generation('h2', 'Name a prime.', 'Seven is a prime number.', 'Nine is a prime number.'),
];

let home;
let store;
let code;
let page;

describe(`every form of feedback, on VS Code ${version}`, function () {
  this.timeout(300_000);
  this.bail(true);
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-forms-'));
    store = path.join(home, 'workspace', '.plumbline');
    await mkdir(path.join(store, 'generations'), { recursive: true });
    for (const [name, set] of Object.entries({ three, two })) await writeFile(path.join(store, 'generations', `${name}.jsonl`), set.map((g) => `${JSON.stringify(g)}\n`).join(''));
    await project('all');
    code = await openWorkbench({ version, folder: path.join(home, 'workspace'), settings: { 'plumbline.labeler': 'person' }, size: { width: 1440, height: 1000 } });
    await code.page.keyboard.press('Control+B');
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

  it('asks everything, by keyboard', async () => {
    await open('all');
    await checked('all');
    await code.press('Shift+Slash');
    await page.getByRole('dialog').waitFor();
    await shot('help');
    assert.deepEqual(await violations(page), []);
    await code.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.match(await page.locator('.card').nth(await indexOf('As an AI')).innerText(), /^(?!.*OpenAI)[^]*▇▇▇ hidden/);
    // The best first: the second on screen, then the first; the third is last by itself.
    await keys('2', '1');
    await said('rank 2');
    await code.press('Enter');
    for (const at of [0, 1, 2]) {
      await on(`criterion/helpful/${at}`);
      await keys(String(3 + at), 'Enter');
      await on(`criterion/honest/${at}`);
      await keys('7', 'Enter');
      await on(`rule/no-insult/${at}`);
      await keys(at === 1 ? '2' : '1');
      if (at === 1) {
        await code.press('q');
        await on('evidence/no-insult/1');
        await keys('ArrowRight', 'ArrowRight', 'Shift+ArrowRight', '1');
        await said('Marked evidence');
      }
      await code.press('Enter');
      await on(`rule/no-danger/${at}`);
      await keys('3', 'Enter');
      await on(`question/safe/${at}`);
      await keys(at === 2 ? '2' : '1');
      if (at === 2) {
        await code.press('Enter');
        await on('question/danger/2');
        await code.page.keyboard.type('be');
        await keys('Control+Enter');
        await page.getByRole('alert').filter({ hasText: 'at least 5 characters, 3 more' }).waitFor();
        await code.page.keyboard.type(' careful', { delay: 5 });
        await keys('Escape');
        await page.locator('.card.focused').waitFor();
        await keys('f');
        await on('flags/2');
        await keys('2', '3', 'Shift+Q');
        await on('question/errors/2');
        await keys('End', '2');
        await said('Marked vague');
      }
      await code.press('Enter');
    }
    await on('question/kind');
    await keys('1', 'q');
    await on('question/fit');
    await keys('6', 'q');
    await on('question/topics');
    await keys('1', '2', 'Enter');
    await on('rationale');
    await shot('all-keyboard');
    await checked('all-filled');
    await code.page.keyboard.type('the first is right', { delay: 5 });
    await keys('Escape', 'Shift+K', 'Escape');
    await keys('r');
    await on('rationale');
    await keys('Escape');
    await on('answers');
    await keys('d', 'd', 'q');
    await on('confidence');
    await keys('4', 'Enter');
    await said(/^Saved/);
    const label = (await labels())[0];
    const byShown = (list) => label.shown.map((i) => list[i]);
    assert.deepEqual([label.task, label.verdict, label.confidence, label.rationale], ['all', 'ranked', 4, 'the first is right']);
    assert.deepEqual(byShown(label.criteria.helpful), [3, 4, 5]);
    assert.deepEqual(byShown(label.rules['no-insult']), [false, true, false]);
    assert.deepEqual(byShown(label.rules['no-danger']), ['na', 'na', 'na']);
    assert.deepEqual(byShown(label.answers.safe), [true, true, false]);
    assert.deepEqual(byShown(label.answers.danger), [null, null, 'be careful']);
    assert.deepEqual([label.answers.kind, label.answers.fit, label.answers.topics], ['advice', 6, ['kitchen', 'safety']]);
    assert.deepEqual(byShown(label.flags), [[], [], ['harmful advice', 'off topic']]);
    const spans = label.spans.map((s) => [label.shown.indexOf(s.item), s.tag, s.rule ?? s.question, textOf(label, s.item).slice(s.start, s.end)]);
    assert.deepEqual(spans.map((s) => s.slice(0, 3)), [[1, 'evidence', 'no-insult'], [2, 'vague', 'errors']]);
    assert.ok(spans[0][3].split(' ').length >= 2, spans[0][3]);
    assert.equal(label.masked.length, 1);
    assert.match(textOf(label, label.masked[0].item).slice(label.masked[0].start, label.masked[0].end), /^As an AI language model made by OpenAI$/);
    assert.ok(label.guideline && label.select && label.ms > 0);
  });

  it('asks everything, by mouse, and keeps what is not saved over a reload', async () => {
    const start = page.locator('.card > header');
    for (const i of [2, 0]) await start.nth(i).click();
    await until(() => page.locator('.strip .place').count(), (n) => n === 3);
    for (const at of [0, 1, 2]) {
      await pill(`criterion/helpful/${at}`, 5).click();
      await pill(`criterion/honest/${at}`, 3).click();
      if (at === 0) await pill('rule/no-insult/0', 1).click();
      else await page.locator('.answer').nth(at).locator('.rest-kept').click();
      await pill(`question/safe/${at}`, 0).click();
    }
    await pill('rule/no-danger/0', 0).click();
    await pill('flags/1', 0).click();
    await pill('flags/1', 0).click();
    await pill('flags/1', 2).click();
    // A word is chosen by mouse, then tagged by its button.
    await page.locator('.card').nth(1).locator('[data-start]').first().dblclick({ position: { x: 12, y: 8 } });
    await field('question/errors/1').getByRole('button', { name: 'wrong' }).click();
    await field('question/errors/1').locator('.marks li').waitFor();
    await pill('question/kind', 1).click();
    await pill('question/topics', 2).click();
    await field('rationale').locator('textarea').fill('from a draft, not saved yet');
    await sleep(900);
    await code.reload();
    await code.page.locator('iframe.webview.ready').last().waitFor({ timeout: 60_000 });
    page = await code.webview();
    await until(() => field('rationale').locator('textarea').inputValue().catch(() => ''), (text) => text === 'from a draft, not saved yet');
    await pill('confidence', 1).click();
    await page.getByRole('button', { name: /^Save/ }).click();
    await said(/^Saved, 2 of 2/);
    const label = (await labels())[1];
    const byShown = (list) => label.shown.map((i) => list[i]);
    assert.deepEqual(byShown(label.ranks), [2, 3, 1]);
    assert.deepEqual([label.criteria.helpful, byShown(label.rules['no-insult'])], [[6, 6, 6], [true, false, false]]);
    assert.deepEqual([byShown(label.flags), label.confidence, label.answers.topics, label.answers.kind], [[[], ['off topic'], []], 2, ['money'], 'a fact']);
    const [span] = label.spans;
    assert.deepEqual([label.spans.length, label.shown.indexOf(span.item), span.tag], [1, 1, 'wrong']);
    assert.match(textOf(label, span.item).slice(span.start, span.end), /^\w+$/);
    assert.equal(label.rationale, 'from a draft, not saved yet');
  });

  it('looks back and changes', async () => {
    await focusPage();
    await keys('[');
    await said('Looking back: 2 of 2');
    await code.press('[');
    await said('Looking back: 1 of 2');
    await until(() => field('rationale').locator('textarea').inputValue(), (text) => text === 'the first is right');
    await shot('back');
    await keys('f');
    await walkTo('confidence');
    await keys('5', 'Enter');
    await said(/^Saved, 2 of 2/);
    const all = await labels();
    assert.deepEqual([all.length, all[2].supersedes, all[2].confidence, all[2].rationale], [3, all[0].id, 5, 'the first is right']);
    assert.deepEqual(all[2].spans, all[0].spans);
  });

  it('names the best, with criteria as preferences', async () => {
    await open('best');
    await checked('best');
    await keys('3', 'Enter');
    await on('better/helpful');
    await keys('3', 'Enter');
    await on('better/harmless');
    await keys('4', 'Enter');
    await said('Saved, 1 of 2');
    await page.locator('.card > header').nth(1).click();
    await pill('better/helpful', 1).click();
    await pill('better/harmless', 0).click();
    await code.press('d');
    await page.locator('.diff ins').first().waitFor();
    await shot('diff');
    assert.deepEqual(await violations(page), []);
    await page.getByRole('button', { name: /^Save/ }).click();
    await said('Saved, 2 of 2');
    const [byKeys, byMouse] = (await labels()).slice(-2);
    const shown = (l, list) => l.shown.map((i) => list[i]);
    assert.deepEqual([shown(byKeys, byKeys.ranks), byKeys.unranked, shown(byKeys, byKeys.criteriaRanks.helpful), byKeys.criteriaRanks.harmless], [[null, null, 1], 'top_k', [null, null, 1], [1, 1, 1]]);
    assert.deepEqual([shown(byMouse, byMouse.ranks), shown(byMouse, byMouse.criteriaRanks.harmless)], [[null, 1, null], [1, null, null]]);
  });

  it('compares two and says how strongly', async () => {
    await open('pair');
    await keys('=');
    await said('This task takes no ties');
    await keys('2', 'Enter');
    await on('strength');
    await keys('3');
    await shot('pair');
    await checked('pair');
    await keys('Enter');
    await said('Saved, 1 of 2');
    await page.locator('.card > header').first().click();
    await pill('strength', 0).click();
    await page.getByRole('button', { name: /^Save/ }).click();
    await said('Saved, 2 of 2');
    const [byKeys, byMouse] = (await labels()).slice(-2);
    assert.deepEqual([byKeys.shown.map((i) => byKeys.ranks[i]), byKeys.strength], [[2, 1], 3]);
    assert.deepEqual([byMouse.shown.map((i) => byMouse.ranks[i]), byMouse.strength], [[1, 2], 1]);
  });

  it('asks questions alone', async () => {
    await open('plain');
    await on('question/kind');
    await keys('3', 'q');
    await on('question/fit');
    await keys('7', 'Enter');
    await said('Saved, 1 of 2');
    await pill('question/kind', 0).click();
    await page.getByRole('button', { name: /^Save/ }).click();
    await said('Saved, 2 of 2');
    const [byKeys, byMouse] = (await labels()).slice(-2);
    assert.deepEqual([byKeys.verdict, byKeys.ranks, byKeys.answers], ['answered', undefined, { kind: 'a text', fit: 7 }]);
    assert.deepEqual([byMouse.verdict, byMouse.answers], ['answered', { kind: 'advice' }]);
  });

  it('looks as it should in light and high contrast', async () => {
    await open('all', 0);
    await keys('[');
    await said(/^Looking back/);
    for (const theme of ['light', 'high-contrast', 'high-contrast-light']) {
      await setTheme(theme);
      await checked(`all-${theme}`);
    }
    await code.page.setViewportSize({ width: 720, height: 1000 });
    await sleep(400);
    await shot('narrow');
  });
});

/** Makes a task the project's first and opens the panel on it. */
async function open(id) {
  await project(id);
  await code.runCommand('View: Close All Editors');
  for (let tries = 0; ; tries++) {
    await sleep(700);
    await code.runCommand('Plumbline: Label Answers');
    page = await code.webview();
    const title = await page.locator('.top .task').innerText({ timeout: 30_000 });
    if (title.trim() === tasks[id].title) break;
    if (tries > 5) throw new Error(`the panel shows "${title}"`);
    await code.runCommand('View: Close All Editors');
  }
  await focusPage();
}

/** As a user finds it: the page has the keyboard when the panel opens. */
async function focusPage() {
  const has = () => page.locator('body').evaluate((body) => body.ownerDocument.hasFocus());
  for (let tries = 0; !(await has()); tries++) {
    if (tries === 30) await code.runCommand('View: Focus Active Editor Group');
    if (tries > 60) throw new Error('the page has no keyboard');
    await sleep(100);
  }
  await sleep(300);
}

async function project(first) {
  const list = [tasks[first], ...Object.values(tasks).filter((t) => t.id !== first)];
  await writeFile(path.join(store, 'project.json'), JSON.stringify({ v: 1, questions, rules, tasks: list }, undefined, 1));
}

/** A picture, and what axe-core says. */
async function checked(name) {
  await sleep(150);
  await shot(name);
  assert.deepEqual(await violations(page), []);
}

const shot = (name) => code.screenshot(`forms-${name}`);
const field = (id) => page.locator(`[data-field="${id}"]`);
const pill = (id, i) => field(id).locator('.pill').nth(i);
const focusedField = () => page.locator('body').evaluate((body) => body.ownerDocument.activeElement?.closest('[data-field]')?.getAttribute('data-field') ?? 'answers');
const on = (id) => until(focusedField, (now) => now === id);
const said = (text) => until(() => page.getByRole('status').innerText(), (now) => (typeof text === 'string' ? now.includes(text) : text.test(now)));

/** Keys one after the other, each when the one before it has been answered. */
async function keys(...list) {
  for (const key of list) {
    await code.press(key);
    await sleep(90);
  }
}

async function walkTo(id) {
  for (let i = 0; i < 60 && (await focusedField()) !== id; i++) {
    if (await page.locator('textarea:focus').count()) await keys('Escape');
    await keys('q');
  }
  await on(id);
}

async function indexOf(text) {
  const texts = await page.locator('.card .body').allInnerTexts();
  return Math.max(0, texts.findIndex((t) => t.includes('▇▇▇') || t.includes(text)));
}

function textOf(label, item) {
  return [...three, ...two].flatMap((g) => g.responses).find((r) => r.hash === label.items[item].hash).text;
}

async function labels() {
  return (await readFile(path.join(store, 'labels', 'person.jsonl'), 'utf8')).trim().split('\n').map((l) => JSON.parse(l)).filter((l) => l.op === 'label');
}

/** As the theme picker lists them. */
const listed = { light: 'Light Modern', 'high-contrast': 'Dark High Contrast', 'high-contrast-light': 'Light High Contrast' };

async function setTheme(theme) {
  const before = await code.page.locator('.monaco-workbench').getAttribute('class');
  await code.runCommand('Preferences: Color Theme');
  await sleep(400);
  await code.quickInput.locator('input').first().fill(listed[theme]);
  await code.pick(listed[theme]);
  await until(() => code.page.locator('.monaco-workbench').getAttribute('class'), (now) => now !== before);
  await focusPage();
}

async function until(get, holds, timeout = 15_000) {
  for (const end = Date.now() + timeout; ; await sleep(50)) {
    const value = await get();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)} after ${timeout / 1000} s, waiting for ${holds}`);
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
