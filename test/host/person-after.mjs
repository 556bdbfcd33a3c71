// What comes after tuning, as a person meets it: each command of that is clicked by the palette on a small workspace, and what lands in the workspace is
// looked at; reports of runs, too. Pictures of a reward run's panel in dark, light and high contrast go to test/screenshots.
//
//   npx mocha --timeout 900000 test/host/person-after.mjs        (PLUMBLINE_CODE=1.100 for the oldest)
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { violations } from './axe.mjs';
import { addData, generation, label } from './small-workspace.mjs';
import { openWorkbench, themes } from './workbench.mjs';

const version = process.env.PLUMBLINE_CODE ?? '1.139';
const questions = ['How do I boil an egg?', 'How do I make tea?', 'How do I sharpen a pencil?', 'How do I water a plant?', 'How do I fold a shirt?', 'How do I clean a window?', 'How do I light a candle?', 'How do I wash my hands?', 'How do I make a bed?', 'How do I cook rice?', 'How do I peel an apple?', 'How do I open a jar?'];
const good = ['Take it slowly: first get everything ready, then do one step after the other.', 'Get ready what you need, and do it with care.'];
const bad = ['No.', 'What a stupid question.'];

describe(`after tuning, on VS Code ${version}`, function () {
  this.timeout(900_000);
  this.bail(true);
  let home;
  let store;
  let code;
  const runs = async (kind) => (await readdir(path.join(store, 'runs')).catch(() => [])).filter((name) => name.includes(`-${kind}-`)).sort();
  const lastEvent = async (run) => {
    const text = await readFile(path.join(store, 'runs', run, 'events.jsonl'), 'utf8').catch(() => '');
    // The last line may be on its way.
    return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line) => JSON.parse(line)).at(-1);
  };
  /** Waits until so many runs of a kind have ended; gives their names. */
  const finished = async (kind, count) => {
    const names = await until(async () => {
      const all = await runs(kind);
      const ends = await Promise.all(all.map(lastEvent));
      const failed = ends.find((e) => e?.type === 'failed');
      assert.ok(!failed, failed?.message);
      return ends.filter((e) => e?.type === 'finished').length >= count ? all : undefined;
    }, 800_000, `${count} runs of ${kind} to finish`);
    await code.runCommand('Notifications: Clear All Notifications');
    return names;
  };
  const jsonOf = async (...parts) => JSON.parse(await readFile(path.join(store, ...parts), 'utf8'));
  /** The last tab is the one with that name: what is shown is what was asked for. */
  const tab = (name) => code.page.locator('.tab.active').filter({ hasText: name }).first().waitFor({ timeout: 60_000 });

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-after-'));
    const folder = path.join(home, 'workspace');
    await sampleWorkspace(folder);
    store = path.join(folder, '.plumbline');
    await rm(path.join(store, 'prompts'), { recursive: true });
    const project = await jsonOf('project.json');
    const sampling = { maxNewTokens: 12 };
    // As little as a run can be: what is looked at is that each command does its work, not how good the models get.
    const defaults = { reward: { maxSteps: 3 }, bestOfN: { sampling, evalPrompts: 4, evalSamples: 1 }, evaluate: { sampling }, generate: { sampling } };
    await writeFile(path.join(store, 'project.json'), JSON.stringify({ ...project, defaults, evaluation: {} }, undefined, 2));
    const items = questions.map((prompt, i) => generation(`g${i}`, prompt, [...good, ...bad].map((text) => ({ text, source: 'tiny-assistant' }))));
    // Every third label is the other way round: somebody was not attentive.
    const labels = items.map((item, i) => label(`l${i}`, 'person', item, i % 3 === 2 ? { ranks: [4, 3, 2, 1] } : {}));
    await addData(folder, { prompts: { few: questions.map((prompt, i) => ({ v: 1, id: `p${i}`, prompt, split: i % 3 === 0 ? 'test' : 'train' })) }, generations: { first: items }, labels: { person: labels } });
    code = await openWorkbench({ version, folder, settings: { 'plumbline.labeler': 'person' }, size: { width: 1440, height: 1000 } });
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().waitFor({ timeout: 60_000 });
  });
  afterEach(async function () {
    if (this.currentTest.state !== 'failed' || !code) return;
    await code.screenshot(`after-${version}-failed`);
    console.error(JSON.stringify(await code.notifications()));
    console.error((await code.hostLog()).split('\n').filter((l) => /plumbline|rror/i.test(l)).slice(-15).join('\n'));
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('Over-Optimisation Report: says that two reward models are needed, and trains them', async () => {
    await code.runCommand('Plumbline: Over-Optimisation Report');
    await code.pick('Train Two, Each on Half of the Labels');
    const rewards = await finished('reward', 2);
    assert.deepEqual((await Promise.all(rewards.map((run) => jsonOf('runs', run, 'run.json')))).map((spec) => spec.name).sort(), ['reward model of half 1', 'reward model of half 2']);
  });

  it('Open Report of a reward run: beside the report that the trainer wrote', async () => {
    const [run] = await runs('reward');
    const own = await readFile(path.join(store, 'runs', run, 'report.json'), 'utf8');
    await code.runCommand('Plumbline: Open Run');
    await code.pick('reward model of half 1');
    const page = await code.webview();
    await page.locator('.is-finished').waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: 'Accuracy on held-out comparisons' }).waitFor();
    await mkdir(path.join(code.folder, '.vscode'), { recursive: true });
    for (const theme of ['light', 'high-contrast', 'dark']) {
      await writeFile(path.join(code.folder, '.vscode', 'settings.json'), JSON.stringify({ 'workbench.colorTheme': themes[theme] }));
      await page.locator(`body.${{ dark: 'vscode-dark', light: 'vscode-light', 'high-contrast': 'vscode-high-contrast' }[theme]}`).waitFor({ timeout: 40_000 });
      assert.deepEqual(await violations(page), [], theme);
      await code.screenshot(`after-${version}-reward-${theme}`);
    }
    await page.getByRole('button', { name: 'Open Report' }).click();
    await tab(/report\.md/);
    assert.equal((await jsonOf('runs', run, 'loop-report.json')).v, 1);
    assert.match(await readFile(path.join(store, 'runs', run, 'report.html'), 'utf8'), /^<!doctype html>/i);
    const text = await readFile(path.join(store, 'runs', run, 'report.md'), 'utf8');
    assert.ok(text.includes(`labels, as frozen in ${run}`), 'of this run, though there is a newer reward model');
    assert.equal(await readFile(path.join(store, 'runs', run, 'report.json'), 'utf8'), own, "the trainer's own report stays");
    await code.screenshot(`after-${version}-reward-report`);
  });

  it('Score Answers, Labels That Reward Models Contradict, Ask Contradicted Labels Again', async () => {
    await code.runCommand('Plumbline: Score Answers with Reward Models');
    await code.pick(/^All 2 reward models/);
    await finished('score', 1);
    await code.runCommand('Plumbline: Labels That Reward Models Contradict');
    const text = code.page.locator('.monaco-editor .view-lines').filter({ hasText: 'Labels that reward models contradict' });
    await text.waitFor({ timeout: 60_000 });
    await text.getByText('None was asked again yet').waitFor();
    await code.screenshot(`after-${version}-contradictions`);
    await code.runCommand('Plumbline: Ask Contradicted Labels Again');
    const page = await code.webview();
    // The labels were made so that some look wrong to whatever model: there is something to ask, or it is said that there is nothing.
    // The report that is still shown has headings, too, but is no page of ours.
    await page.locator('#app .card').or(page.locator('#app').getByRole('heading')).first().waitFor({ timeout: 60_000 });
    await code.screenshot(`after-${version}-contradicted`);
  });

  it('Best-of-n Fine-Tuning', async () => {
    await code.runCommand('Plumbline: Best-of-n Fine-Tuning');
    await code.pick('reward model of half 1');
    // There is one model to tune: nothing is asked about it.
    await code.pick(/^Best of 4/);
    await code.pick(/^1 round/);
    const [run] = await finished('bestOfN', 1);
    const files = await readdir(path.join(store, 'runs', run));
    for (const name of ['model', 'control', 'answers.jsonl']) assert.ok(files.includes(name), `${name} among ${files}`);
  });

  it('Evaluate a Model, and the report of the evaluation', async () => {
    await code.runCommand('Plumbline: Evaluate a Model');
    await code.pick(/best of 4|tiny-assistant/i);
    const [run] = await finished('evaluate', 1);
    await code.runCommand('Plumbline: Open Report');
    await code.pick((await jsonOf('runs', run, 'run.json')).name);
    await tab(/report\.md/);
    assert.match(await readFile(path.join(store, 'runs', run, 'report.md'), 'utf8'), /win rate/i);
  });

  it('Compare Two Models Blind: a set of its own, without sources', async () => {
    await code.runCommand('Plumbline: Compare Two Models Blind');
    const page = await code.webview();
    // The report that is still shown has headings, too, but is no page of ours.
    await page.locator('#app .card').or(page.locator('#app').getByRole('heading')).first().waitFor({ timeout: 60_000 });
    const sets = (await readdir(path.join(store, 'generations'))).filter((name) => name !== 'first.jsonl');
    assert.equal(sets.length, 1, sets.join());
    assert.doesNotMatch(await page.locator('body').innerText(), /tiny-assistant|best of/i);
    await code.screenshot(`after-${version}-blind`);
  });

  it('Sample from the Tuned Policy: new items, the least sure ones first', async () => {
    await code.runCommand('Plumbline: Sample from the Tuned Policy');
    await code.pick(/best of|tiny/i);
    await code.pick(/^One for each of 12 prompts/);
    const [run] = await finished('generate', 1);
    const spec = await jsonOf('runs', run, 'run.json');
    assert.ok(spec.models.beside && spec.models.reward, JSON.stringify(spec.models));
    await until(async () => (await readdir(path.join(store, 'generations'))).length === 3 || undefined, 60_000, 'the answers to be collected');
  });

  it('Over-Optimisation Report: measures what is missing, then shows the curves', async () => {
    const ask = async () => {
      await code.runCommand('Plumbline: Over-Optimisation Report');
      await code.pick('tiny-assistant');
      await code.pick('reward model of half 1');
      await code.pick('reward model of half 2');
    };
    await ask();
    await code.pick(/^Measure \d model/);
    await finished('evaluate', 3);
    await ask();
    await tab(/over-optimization\.md/);
    const found = await until(async () => {
      for (const run of await runs('evaluate')) if ((await readdir(path.join(store, 'runs', run))).includes('over-optimization.json')) return run;
      return undefined;
    }, 30_000, 'the report');
    const report = await jsonOf('runs', found, 'over-optimization.json');
    assert.ok(report.points.length >= 7, `${report.points.length} points`);
    assert.match(await readFile(path.join(store, 'runs', found, 'over-optimization.svg'), 'utf8'), /^<svg /);
    await new Promise((done) => setTimeout(done, 1500));
    await code.screenshot(`after-${version}-over-optimisation`);
  });

  it('Copy lm_eval Command', async () => {
    await code.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await code.runCommand('Plumbline: Copy lm_eval Command');
    await code.pick('tiny-assistant');
    const says = await code.statusItem(/The command line is copied/);
    assert.match(says, /lm_eval.*pretrained=.*tiny-assistant/s);
  });

  it('Run with Several Seeds: a group, with what became of it in the panels', async () => {
    await code.runCommand('Plumbline: Run with Several Seeds');
    await code.pick('Reward model');
    await code.pick('tiny-assistant');
    await code.pick(/^3 seeds/);
    const sure = await code.dialog();
    await sure.getByRole('button', { name: 'Queue Them' }).click();
    const all = await finished('reward', 5);
    const specs = await Promise.all(all.map((run) => jsonOf('runs', run, 'run.json')));
    const group = specs.filter((spec) => spec.seedGroup !== undefined);
    assert.deepEqual(group.map((spec) => spec.seed).sort(), [0, 1, 2]);
    assert.equal(new Set(group.map((spec) => spec.seedGroup)).size, 1);
    await code.runCommand('Plumbline: Experiments');
    const page = await code.webview();
    await page.getByText(/3 of 3 runs finished: accuracy .* ± .* \(mean ± standard deviation over seeds\)/).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: /^Compare These/ }).click();
    await page.getByText('3 compared').waitFor();
    assert.deepEqual(await violations(page), []);
    await code.screenshot(`after-${version}-seeds`);
    await page.getByRole('button', { name: 'Reward model, seed 2', exact: true }).click();
    const view = await code.webview();
    await view.getByText('With several seeds:').waitFor({ timeout: 60_000 });
  });
});

async function until(get, timeout, what) {
  for (const end = Date.now() + timeout; ; await new Promise((done) => setTimeout(done, 300))) {
    const value = await get();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`still waiting for ${what} after ${timeout / 1000} s`);
  }
}
