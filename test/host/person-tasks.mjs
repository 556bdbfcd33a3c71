// Makes a labeling task with every kind of part, by keyboard and by mouse, in a real VS Code, and looks at project.json.
//
//   npx mocha --timeout 600000 test/host/person-tasks.mjs
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { violations } from './axe.mjs';
import { addData, generation, label } from './small-workspace.mjs';
import { openWorkbench, themes } from './workbench.mjs';

let home;
let file;
let code;
let page;

describe('the task form', function () {
  this.timeout(120_000);
  // Each step stands on the one before it.
  this.bail(true);
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-tasks-'));
    const folder = path.join(home, 'workspace');
    await sampleWorkspace(folder);
    file = path.join(folder, '.plumbline', 'project.json');
    const item = generation('g1', 'What is a loom?', [{ text: 'A machine that weaves.', source: 'base' }, { text: 'No idea.', source: 'base' }]);
    await addData(folder, { generations: { first: [item] }, labels: { anna: [label('l1', 'anna', item, { task: 'rules', verdict: 'answered', ranks: undefined, rules: { 'no-insult': [false, true] } })] } });
    await writeFile(file, JSON.stringify({ ...(await project()), future: { kept: [1] } }, null, 2));
    code = await openWorkbench({ folder, settings: { 'plumbline.labeler': 'person' }, size: { width: 1500, height: 1000 } });
  });
  afterEach(async function () {
    if (!code || this.currentTest.state !== 'failed') return;
    await code.screenshot('tasks-failed');
    console.error((await code.hostLog()).split('\n').filter((l) => /plumbline|rror/i.test(l)).slice(-15).join('\n'));
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('opens from the list of tasks', async () => {
    // The palette knows the commands once the extensions are there.
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().waitFor({ timeout: 60_000 });
    await code.runCommand('Plumbline: Choose Labeling Task');
    await code.quickInput.locator('.monaco-list-row').filter({ hasText: 'Which rules are broken?' }).waitFor();
    await code.screenshot('tasks-choose');
    await code.pick('New task…');
    page = await code.webview();
    await page.getByRole('heading', { name: 'What should labelers be asked?' }).waitFor({ timeout: 30_000 });
    assert.deepEqual(await violations(page), []);
  });

  it('makes a task from a template by keyboard, and takes it back', async () => {
    await page.getByRole('button', { name: /^Pairwise with strength/ }).focus();
    await code.press('Enter');
    await field('Title').waitFor();
    assert.equal(await field('Title').inputValue(), 'Pairwise with strength');
    await code.press('Control+z');
    await until(() => page.locator('button.task').allInnerTexts(), (names) => !names.includes('Pairwise with strength'));
    await code.press('Control+y');
    await until(() => page.locator('button.task').allInnerTexts(), (names) => names.includes('Pairwise with strength'));
  });

  it('fills in every kind of part', async () => {
    await page.locator('button.task', { hasText: 'Pairwise with strength' }).click();
    await field('Title').fill('Everything');
    await until(() => page.locator('input.id').first().inputValue(), (id) => id === 'everything');
    await field('Guideline').first().fill('Read both.\n\nThen choose.');
    await page.getByLabel('first', { exact: true }).check();
    // Criteria: one ready-made by mouse, one of one's own by keyboard.
    await page.getByRole('button', { name: '+ Honest' }).or(page.getByRole('button', { name: '+ Helpful' })).first().click();
    await page.getByRole('button', { name: '+ New criterion' }).focus();
    await code.press('Enter');
    const own = page.locator('.element.is-open');
    await own.getByLabel('Title').fill('Kind');
    await own.getByLabel('Guideline').fill('Meets the one who asks with goodwill.');
    await own.getByLabel('What the lowest means').fill('cold');
    await own.getByLabel('What the highest means').fill('warm');
    await own.locator('.fold').click();
    // Questions: all six kinds, one with a condition.
    await question('Is it correct?', 'yes-no', 'answer');
    await question('What is wrong?', 'choice', 'answer', async (box) => {
      await box.getByLabel('Choices').fill('facts');
      await box.getByText('Two to twenty choices, one a line.').waitFor();
      await box.getByLabel('Choices').fill('facts\nstyle\n');
      await box.getByLabel('Asked', { exact: true }).selectOption({ label: 'after an answer to “Is it correct?”' });
      await box.getByLabel('yes', { exact: true }).uncheck();
      await box.getByLabel('no', { exact: true }).check();
    });
    await question('What does it lack?', 'multiple', 'pair', (box) => box.getByLabel('Choices').fill('length\nsources'));
    await question('How hard is the prompt?', 'scale', 'prompt', async (box) => {
      await box.getByLabel('Highest number').fill('5');
      await box.getByLabel('What the lowest means').fill('easy');
      await box.getByLabel('What the highest means').fill('hard');
    });
    await question('What would be better?', 'text', 'prompt', async (box) => {
      await box.getByLabel('Characters at least').fill('12');
      await box.getByLabel('Required').check();
    });
    await question('Where does it repeat itself?', 'span', 'answer', (box) => box.getByLabel('Tags').fill('again'));
    // Rules: one of the project, one new with examples and a pattern.
    await page.getByRole('button', { name: '+ Does not insult the person who asks.' }).click();
    await page.getByRole('button', { name: '+ New rule' }).click();
    const rule = page.locator('.element.is-open');
    await rule.getByLabel('Rule', { exact: true }).fill('Does not shout.');
    await rule.getByRole('button', { name: '+ Bad example' }).click();
    await rule.getByLabel('Example 1', { exact: true }).fill('NO!!!');
    await rule.getByLabel('Patterns').fill('!{3,}\n(');
    await rule.getByText('Line 2 is no regular expression').waitFor();
    await rule.getByLabel('Patterns').fill('!{3,}');
    await rule.locator('.fold').click();
    await page.getByRole('button', { name: '+ The eleven of InstructGPT' }).click();
    await page.getByLabel('Reason', { exact: true }).selectOption({ label: 'must be given' });
    await page.getByLabel('Characters at least').fill('20');
    await page.getByLabel('Ask how sure the labeler is').check();
    await page.getByLabel('Order', { exact: true }).selectOption({ label: 'where reward models are least sure' });
    await page.getByLabel('Labelers for each item').fill('3');
    await page.getByLabel('Repeats').fill('10');
    await page.getByLabel('Gold items').fill('5');
    await page.getByLabel('Left to chance').fill('20');
    await page.getByRole('button', { name: /^Save/ }).waitFor();
    assert.deepEqual(await violations(page), []);
  });

  it('shows in the preview what depends on what', async () => {
    const preview = page.getByRole('complementary', { name: 'Preview' });
    const asked = preview.getByRole('group', { name: 'What is wrong?' });
    assert.equal(await asked.count(), 0);
    await preview.getByRole('group', { name: 'Is it correct?' }).first().getByRole('button', { name: 'no' }).click();
    await asked.waitFor();
    assert.equal(await preview.getByRole('group', { name: 'How much better' }).count(), 1);
    assert.equal(await preview.getByRole('button', { name: 'hallucination' }).count(), 2);
  });

  it('saves with Ctrl+S, and keeps what it does not know', async () => {
    await page.getByLabel('Gold items').focus();
    await code.press('Control+s');
    await page.locator('.state', { hasText: 'saved in project.json' }).waitFor();
    const saved = await project();
    assert.deepEqual(saved.future, { kept: [1] });
    assert.equal(saved.tasks.length, 5);
    const task = saved.tasks.find((t) => t.id === 'everything');
    assert.deepEqual(task, {
      ...{ id: 'everything', title: 'Everything', rationale: 'required', preference: { form: 'pairwise', strength: true }, guideline: 'Read both.\n\nThen choose.', sets: ['first'] },
      ...{ criteria: [task.criteria[0], 'kind'], questions: ['is-it-correct', 'what-is-wrong', 'what-does-it-lack', 'how-hard-is-the-prompt', 'what-would-be-better', 'where-does-it-repeat-itself'] },
      ...{ rules: ['no-insult', 'does-not-shout'], flags: task.flags, rationaleMinLength: 20, confidence: true, queue: { order: 'uncertainty', overlap: 3, repeats: 0.1, gold: 0.05, floor: 0.2 } },
    });
    assert.equal(task.flags.length, 11);
    const of = (part, id) => saved[part].find((e) => e.id === id);
    assert.deepEqual(of('criteria', 'kind'), { id: 'kind', scale: { min: 1, max: 7, labels: { 1: 'cold', 7: 'warm' } }, title: 'Kind', description: 'Meets the one who asks with goodwill.' });
    assert.deepEqual(of('questions', 'what-is-wrong'), { id: 'what-is-wrong', text: 'What is wrong?', kind: 'choice', per: 'answer', choices: ['facts', 'style'], when: { question: 'is-it-correct', is: [false] } });
    assert.deepEqual(of('questions', 'how-hard-is-the-prompt').scale, { min: 1, max: 5, labels: { 1: 'easy', 5: 'hard' } });
    assert.deepEqual(of('questions', 'what-would-be-better'), { id: 'what-would-be-better', text: 'What would be better?', kind: 'text', per: 'prompt', minLength: 12, required: true });
    assert.deepEqual(of('questions', 'where-does-it-repeat-itself').tags, ['again']);
    assert.deepEqual(of('rules', 'does-not-shout'), { id: 'does-not-shout', text: 'Does not shout.', examples: [{ text: 'NO!!!', violates: true }], patterns: ['!{3,}'] });
    for (const theme of ['light', 'high-contrast', 'dark']) {
      await writeTheme(theme);
      await page.getByRole('heading', { name: theme === 'light' ? 'Questions' : theme === 'dark' ? 'Task' : 'Criteria', exact: true }).scrollIntoViewIfNeeded();
      await code.screenshot(`tasks-${theme}`);
      assert.deepEqual(await violations(page), []);
    }
  });

  it('deletes a task and brings it back; an id that labels name is locked', async () => {
    await page.locator('button.task', { hasText: 'Everything' }).focus();
    await code.press('Delete');
    await until(() => page.locator('button.task').count(), (n) => n === 4);
    await code.press('Control+z');
    await until(() => page.locator('button.task').count(), (n) => n === 5);
    await page.locator('button.task', { hasText: 'Which rules are broken?' }).click();
    await page.getByText('One label names it by this id.').first().waitFor();
    assert.equal(await page.locator('input.id').first().getAttribute('readonly'), '');
    await page.getByRole('button', { name: 'Change…' }).first().click();
    await page.getByText('With another id they no longer belong to it').waitFor();
  });

  it('does not overwrite what was written meanwhile', async () => {
    await field('Title').fill('Mine');
    const now = await project();
    now.tasks[0].title = 'Theirs';
    await writeFile(file, JSON.stringify(now, null, 2));
    await page.getByText('project.json was changed meanwhile').waitFor();
    await page.getByRole('button', { name: /^Save/ }).click();
    assert.equal((await project()).tasks[0].title, 'Theirs');
    await page.getByRole('button', { name: 'Take the file’s' }).click();
    await page.locator('button.task', { hasText: 'Theirs' }).waitFor();
  });

  it('keeps a draft over a reload, and says what must be mended', async () => {
    await page.locator('button.task', { hasText: 'Everything' }).click();
    await page.getByRole('button', { name: '+ New rule' }).click();
    await page.locator('.element.is-open').getByLabel('Description').fill('without the rule itself');
    await page.locator('.element.is-open .fold').click();
    await page.locator('.state', { hasText: '1 to mend' }).waitFor();
    await Promise.all([code.page.waitForEvent('load', { timeout: 60_000 }), code.runCommand('Developer: Reload Window')]);
    await code.page.locator('iframe.webview.ready').last().waitFor({ timeout: 90_000 });
    page = await code.webview();
    await page.locator('.state', { hasText: '1 to mend' }).waitFor({ timeout: 60_000 });
    await page.locator('button.task.current', { hasText: 'Everything' }).waitFor();
    await page.getByRole('button', { name: /^Save/ }).click();
    await page.getByRole('alert').filter({ hasText: 'The rule itself is missing' }).waitFor();
    await until(() => page.locator('.element.is-open').getByLabel('Rule', { exact: true }).evaluate((input) => input === globalThis.document.activeElement), Boolean);
    await code.page.keyboard.type('Is short.');
    await code.press('Control+s');
    await until(async () => (await project()).rules.at(-1), (rule) => rule.id === 'is-short' && rule.description === 'without the rule itself');
  });

  it('is narrow', async () => {
    await code.page.setViewportSize({ width: 900, height: 900 });
    await page.locator('button.task', { hasText: 'Everything' }).click();
    await page.getByRole('heading', { name: 'Preference' }).scrollIntoViewIfNeeded();
    await sleep(300);
    await code.screenshot('tasks-narrow');
    await code.page.setViewportSize({ width: 1500, height: 1000 });
  });

  it('JSON: squiggles and problems where something is wrong', async () => {
    await page.getByRole('button', { name: 'Open project.json' }).click();
    await code.page.locator('.tab', { hasText: 'project.json' }).waitFor();
    const now = await project();
    now.tasks[1].preference.form = 'worst';
    await writeFile(file, JSON.stringify(now, null, 2));
    await code.runCommand('View: Focus Problems');
    const problems = code.page.locator('.markers-panel');
    await problems.getByText(/Value is not accepted/).first().waitFor({ timeout: 20_000 });
    await problems.getByText(/tasks\.1\.preference\.form/).first().waitFor();
    await problems.getByText(/Value is not accepted/).first().click();
    await code.page.locator('.squiggly-warning').first().waitFor();
    // Before the wrong word, completion offers the right ones.
    await problems.getByText(/Value is not accepted/).first().dblclick();
    await until(() => code.page.evaluate(() => globalThis.document.activeElement?.closest('.monaco-editor') !== null), Boolean);
    await code.press('ArrowLeft');
    await code.press('Control+Space');
    await code.page.locator('.suggest-widget .monaco-list-row', { hasText: 'pairwise' }).waitFor();
    await code.screenshot('tasks-json');
    await code.press('Escape');
    now.tasks[1].preference.form = 'best';
    now.tasks[1].criteria.push('gone');
    await writeFile(file, JSON.stringify(now, null, 2));
    await problems.getByText(/names the criterion "gone"/).first().waitFor();
  });
});

/** A field of the task itself. */
function field(name) {
  return page.locator('main > section').first().getByLabel(name, { exact: true });
}

/** Adds a question and fills it in. */
async function question(text, kind, per, more) {
  await page.getByRole('button', { name: '+ New question' }).click();
  const box = page.locator('.element.is-open');
  await box.getByLabel('Question', { exact: true }).fill(text);
  await box.getByLabel('Answered by').selectOption(kind);
  await box.getByLabel('About').selectOption(per);
  await more?.(box);
  await box.locator('.fold').click();
}

async function writeTheme(theme) {
  await mkdir(path.join(code.folder, '.vscode'), { recursive: true });
  await writeFile(path.join(code.folder, '.vscode', 'settings.json'), JSON.stringify({ 'workbench.colorTheme': themes[theme] }));
  const kind = { dark: 'vscode-dark', light: 'vscode-light', 'high-contrast': 'vscode-high-contrast' }[theme];
  await until(async () => (await page.locator('body').getAttribute('class')) ?? '', (name) => name.split(' ').includes(kind));
}

async function project() {
  return JSON.parse(await readFile(file, 'utf8'));
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
