// The extension host dies while a person labels: a real VS Code, keys, and SIGKILL at random instants. No label that the page has
// called saved is lost, none stands there twice, and the person goes on where the host left off.
//
//   npx mocha --timeout 600000 test/host/person-kill.mjs        (PLUMBLINE_KILLS=20 for as many; 3 otherwise)
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { violations } from './axe.mjs';
import { extensionHost } from './extension-host.mjs';
import { addData, generation } from './small-workspace.mjs';
import { openWorkbench } from './workbench.mjs';

const version = process.env.PLUMBLINE_CODE ?? '1.139';
const kills = Number(process.env.PLUMBLINE_KILLS ?? 3);
const items = Array.from({ length: 400 }, (_, n) => generation(`g${n}`, `Question number ${n}?`, [{ text: `Yes, ${n}.`, source: 'base' }, { text: `No, not ${n}.`, source: 'tuned' }]));
let home;
let code;
let reloads = 0;
/** The questions that the page has called saved. */
const saved = [];

describe(`labeling while the extension host is killed, on VS Code ${version}`, function () {
  this.timeout(600_000);
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-kill-'));
    const folder = path.join(home, 'workspace');
    await addData(folder, { generations: { questions: items }, labels: {} });
    await writeFile(path.join(folder, '.plumbline', 'project.json'), '{"v":1}\n');
    code = await openWorkbench({ version, folder, settings: { 'plumbline.labeler': 'person' }, size: { width: 1300, height: 850 } });
  });
  after(async () => {
    await code?.close();
    if (home) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('says when nothing answers, and that nothing is lost, which holds', async () => {
    await code.page.locator('.activitybar [aria-label*="Plumbline"]').first().click({ timeout: 60_000 });
    await code.page.getByText('Label 400 items').first().waitFor({ timeout: 60_000 });
    await code.runCommand('Plumbline: Label Answers');
    let page = await panel();
    const banner = page.getByRole('alert').filter({ hasText: 'does not answer' });
    const asleep = await extensionHost(code.server.pid);
    process.kill(asleep, 'SIGSTOP');
    const first = await page.locator('.prompt').innerText();
    for (const key of ['2', '1', 'Enter']) await code.press(key);
    await banner.waitFor({ timeout: 10_000 });
    await code.screenshot('kill-silent');
    assert.deepEqual(await violations(page), []);
    process.kill(asleep, 'SIGCONT');
    await banner.waitFor({ state: 'detached', timeout: 10_000 });
    await page.locator('.prompt').filter({ hasNotText: first }).waitFor({ timeout: 10_000 });
    saved.push(/Question number \d+\?/.exec(first)[0]);
    await assertThere(saved);
    const second = await page.locator('.prompt').innerText();
    for (const key of ['2', '1']) await code.press(key);
    await onDisk((draft) => draft.said.ranks.every((rank) => rank !== null));
    process.kill(await extensionHost(code.server.pid), 'SIGKILL');
    await code.press('Enter');
    await banner.waitFor({ timeout: 10_000 });
    await code.reload();
    page = await shown();
    await page.locator('.prompt').getByText(second.trim()).waitFor({ timeout: 30_000 });
    // What was chosen stands there again: it needs no more than to be saved.
    await page.locator('.strip .place').nth(1).waitFor();
    const chosen = await page.locator('.strip').innerText();
    assert.match(chosen.replace(/\s/g, ''), /^1B2A/);
    await page.getByRole('button', { name: /^Save/ }).click();
    await page.locator('.prompt').filter({ hasNotText: second.trim() }).waitFor({ timeout: 10_000 });
    saved.push(/Question number \d+\?/.exec(second)[0]);
    await assertThere(saved);
  });

  it(`loses and doubles nothing: ${kills} kills`, async () => {
    for (let kill = 0; kill < kills; kill++) {
      const page = await panel();
      const pid = await extensionHost(code.server.pid);
      const before = saved.length;
      // Labels without a pause; the kill comes at some instant between two of them, or within one, once some have been saved.
      let dead;
      for (const end = Date.now() + 60_000; dead !== true; ) {
        const asked = await submit(page, dead === undefined ? 10_000 : 700);
        if (asked !== undefined) saved.push(asked);
        assert.ok(Date.now() < end, `no label was saved within a minute before kill ${kill + 1}`);
        if (dead === undefined && saved.length > before) {
          dead = false;
          void wait(300 + Math.random() * 1200).then(() => { process.kill(pid, 'SIGKILL'); dead = true; });
        }
      }
      await code.screenshot(`kill-${kill === 0 ? 'first' : 'later'}`);
      await assertThere(saved);
      const asked = await restarted(kill === 0);
      if (asked !== undefined) saved.push(asked);
      await code.screenshot('kill-restarted');
    }
    // And on it goes.
    const page = await panel();
    for (let n = 0; n < 3; ) {
      const asked = await submit(page, 20_000);
      if (asked === undefined) continue;
      saved.push(asked);
      n++;
    }
    await assertThere(saved);
    console.log(`      ${saved.length} labels were called saved, ${kills} kills, ${reloads} reloads`);
  });
});

/** Ranks the item that is shown and submits it; its question once the page says that it is saved, undefined when it does not say so in time. */
async function submit(page, patience = 700) {
  try {
    const prompt = page.locator('.prompt');
    const asked = /Question number \d+\?/.exec(await prompt.innerText({ timeout: patience }))[0];
    await code.press('1');
    await code.press('2');
    await code.press('Enter');
    await prompt.filter({ hasNotText: asked }).waitFor({ timeout: patience });
    return asked;
  } catch {
    return undefined;
  }
}

/** The page's document. A window that is reloaded right after a crash may have forgotten its tabs: the person opens the panel again. */
async function shown() {
  const there = await code.page.locator('iframe.webview.ready:visible').last().waitFor({ timeout: 15_000 }).then(() => true, () => false);
  if (!there) await code.runCommand('Plumbline: Label Answers');
  return code.webview();
}

/** The page's document, with an item shown and the focus in it. */
async function panel() {
  const page = await shown();
  const card = page.locator('.card').first();
  await card.waitFor({ timeout: 30_000 });
  await card.click({ position: { x: 120, y: 50 }, timeout: 10_000 });
  return page;
}

/**
 * Waits until the extension is up again. `byItself`: the window starts a host anew, or offers to; where this version of VS Code
 * leaves the page without a host all the same, and at all other times, the person reloads the window.
 */
async function restarted(byItself) {
  const button = code.page.locator('.notifications-toasts .notification-list-item').getByRole('button', { name: /Restart.*Extension Host/ });
  const up = code.page.getByText(/^(Rank|Label) \d+ item/).first();
  const end = Date.now() + (byItself ? 25_000 : 0);
  await wait(300);
  while (byItself && !(await up.isVisible())) {
    if (await button.first().isVisible()) await button.first().click({ timeout: 2000 }).catch(() => undefined);
    if (Date.now() > end) break;
    await wait(200);
  }
  const page = byItself ? await panel().catch(() => undefined) : undefined;
  const asked = page && (await submit(page, 6000));
  if (asked !== undefined) return asked;
  reloads++;
  await code.reload();
  await up.waitFor({ timeout: 60_000 });
  return undefined;
}

/** Waits until the extension has written a draft like this: what was entered survives from then on, whatever the window remembers. */
async function onDisk(wanted) {
  const end = Date.now() + 10_000;
  for (;;) {
    const files = (await readdir(code.profile, { recursive: true })).filter((file) => /drafts[\\/][0-9a-f]{32}\.json$/.test(file));
    const drafts = await Promise.all(files.map(async (file) => JSON.parse(await readFile(path.join(code.profile, file), 'utf8').catch(() => '{}')).draft));
    if (drafts.some((draft) => draft !== undefined && wanted(draft))) return;
    assert.ok(Date.now() < end, `no such draft came to the disk; there are ${JSON.stringify(drafts)}`);
    await wait(50);
  }
}

/** Every question that was called saved has one label that stands, no id is there twice, and the file is whole but for a line that was being written. */
async function assertThere(saved) {
  const text = await readFile(path.join(code.folder, '.plumbline', 'labels', 'person.jsonl'), 'utf8');
  const byId = new Map(items.map((i) => [i.promptHash, i.prompt]));
  const labels = [];
  let broken = 0;
  for (const line of text.split('\n').filter(Boolean)) {
    try {
      labels.push(JSON.parse(line));
    } catch {
      broken++;
    }
  }
  assert.ok(broken <= kills, `${broken} lines cannot be read`);
  assert.equal(new Set(labels.map((l) => l.id)).size, labels.length, 'an id stands there twice');
  const times = new Map();
  for (const label of labels) times.set(byId.get(label.promptHash), (times.get(byId.get(label.promptHash)) ?? 0) + 1);
  for (const asked of saved) assert.equal(times.get(asked), 1, `“${asked}” was called saved and has ${times.get(asked) ?? 0} labels`);
  assert.equal(new Set(saved).size, saved.length, 'what was saved came again');
}
