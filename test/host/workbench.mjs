// Drives a real VS Code in a real browser as a person does: palette, keys, clicks, status bar, screenshots.
//
//   import { openWorkbench } from './workbench.mjs';
//   const code = await openWorkbench({ version: '1.139', folder: '/tmp/ws', theme: 'dark' });   // extension: this project
//   await code.runCommand('Plumbline: Generate Answers');       // F1, the title as the palette shows it, Enter
//   await code.pick('stories');                                 // an item of the quick pick that is open (text or RegExp)
//   await code.type('8');                                       // into the open input box, then Enter
//   const page = await code.webview();                          // Playwright FrameLocator of the shown webview's document
//   await page.getByRole('button', { name: 'Submit' }).click();
//   await code.press('1');                                      // a key to whatever has the focus
//   await code.statusItem(/Generating/);                        // waits for a status bar item, gives its text
//   await code.notification(/failed/);                          // waits for a notification, gives its Locator
//   await code.screenshot('rank-dark');                         // → test/screenshots/rank-dark.png
//   await code.reload();                                        // the window, as the editor's own reload does
//   code.page, code.folder, code.profile                        // Playwright's Page; paths
//   await code.close();                                         // nothing is left running
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../src/dev/process.mjs';
import { extensionHostLogs, startServer } from '../../src/dev/server-process.mjs';
import { openBrowser } from './browser.mjs';
import { enterShared, sharedServer } from './shared.mjs';

/** Names of VS Code's own themes. */
export const themes = { dark: 'Default Dark Modern', light: 'Default Light Modern', 'high-contrast': 'Default High Contrast', 'high-contrast-light': 'Default High Contrast Light' };

/** Loaded machines are slow; what is asked for either comes or it doesn't. */
const wait = { timeout: 40_000 };

/**
 * Opens a folder in VS Code.
 * @param {object} options
 * @param {'1.100'|'1.139'} [options.version]
 * @param {string} options.folder absolute path of the folder to open
 * @param {string} [options.extension] folder of the extension under development (this project), or a `.vsix` to install
 * @param {keyof typeof themes} [options.theme]
 * @param {boolean} [options.trust] false: the folder opens in Restricted Mode
 * @param {Record<string, unknown>} [options.settings] user settings
 * @param {Record<string, string>} [options.env] environment of the server, its extension host and what that starts
 * @param {{width: number, height: number}} [options.size] of the window
 * @param {string} [options.profile] user data of an earlier window, to come back to it; else a new one, removed at the end
 */
export async function openWorkbench({ version = '1.139', folder, extension = root, theme = 'dark', trust = true, settings = {}, env = {}, size = { width: 1400, height: 900 }, profile }) {
  const opened = Date.now();
  const user = { 'workbench.colorTheme': themes[theme] ?? theme, 'window.autoDetectColorScheme': false, ...settings };
  const ordinary = extension === root && trust && profile === undefined && Object.keys(env).length === 0;
  const shared = ordinary ? sharedServer(version) : undefined;
  const home = shared?.profile ?? profile ?? (await mkdtemp(path.join(os.tmpdir(), 'plumbline-code-')));
  const server = shared ? await enterShared(shared, user) : await startServer({ version, profile: home, trust, settings: user, extensions: [extension], env });
  const browser = await openBrowser({ size, caches: shared?.caches }).catch(async (error) => {
    await server.stop();
    throw error;
  });
  const { page } = browser;
  const close = async () => {
    await browser.close();
    await server.stop();
    if (!profile && !shared) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await page.goto(`${server.url}?folder=${encodeURIComponent(folder)}`, { waitUntil: 'commit', timeout: 120_000 });
    await ready(page);
  } catch (error) {
    await close();
    throw new Error(`VS Code ${version} did not open: ${error.message}\n${server.log().slice(-3000)}`, { cause: error });
  }
  return { ...actions(page), server, profile: home, folder, close, hostLog: () => hostLog(home, opened) };
}

/** What a person can do with the window. */
function actions(page) {
  const input = page.locator('.quick-input-widget:visible');
  return {
    page,

    /** Runs a command by the title that the palette shows ("Category: Title"). Fails when there is no such command, or it isn't offered now. */
    async runCommand(title) {
      // The palette opens from anywhere but a native text field of a webview; a click on the title bar brings the focus back.
      // Whatever takes the focus while it opens (a panel, a notification) closes it again: it is opened anew then.
      const open = async (patience) => {
        await page.keyboard.press('F1');
        await input.waitFor({ state: 'visible', timeout: patience });
        await input.locator('input').first().fill(`>${title}`, { timeout: patience });
      };
      const until = Date.now() + 5 * wait.timeout / 4;
      for (;;) {
        for (let opening = 1; !(await open(3000).then(() => true, () => false)); opening++) {
          await page.locator('.part.titlebar').click({ position: { x: 60, y: 8 } });
          if (opening === 5) await open(wait.timeout);
        }
        const row = input.locator('.monaco-list-row').filter({ has: page.getByText(title, { exact: true }) }).or(input.locator(`.monaco-list-row[aria-label^="${title.replaceAll('"', '\\"')}"]`));
        // Commands come when their extensions have been read, and a palette that is open does not hear of them: then it is opened anew.
        const there = await row.first().waitFor({ state: 'visible', timeout: 1500 }).then(() => true, () => false);
        if (!there) {
          const offered = await input.locator('.monaco-list-row').evaluateAll((rows) => rows.map((r) => r.getAttribute('aria-label')));
          if (Date.now() > until) throw new Error(`the palette offers no command "${title}"; it offers ${JSON.stringify(offered.slice(0, 8))}`);
          await page.keyboard.press('Escape');
          continue;
        }
        // It may close between being there and being clicked.
        const refused = await row.first().click({ timeout: 8000 }).then(() => undefined, (error) => error);
        if (!refused) return;
        if (Date.now() > until) throw refused;
      }
    },

    /** Chooses an item of the open quick pick by a part of its label (or a RegExp). */
    async pick(label) {
      const row = input.locator('.monaco-list-row').filter({ hasText: label }).first();
      await row.waitFor({ state: 'visible', ...wait });
      await row.click();
    },

    /** Accepts what the open quick pick or input box proposes. */
    async accept() {
      await input.waitFor({ state: 'visible', ...wait });
      await page.keyboard.press('Enter');
    },

    /** Fills the open input box and accepts it. */
    async type(text) {
      await input.waitFor({ state: 'visible', ...wait });
      await input.locator('input').first().fill(text);
      await page.keyboard.press('Enter');
    },

    /** The quick pick or input box that is open: a Locator. */
    quickInput: input,

    /** Presses a key (Playwright's names: 'Shift+J', 'Enter'), going to whatever has the focus, webviews included. */
    press: (key) => page.keyboard.press(key),

    /** The document inside the webview that is shown (the last opened, when several are). */
    async webview() {
      const frame = page.locator('iframe.webview.ready:visible').last();
      await frame.waitFor({ state: 'visible', ...wait });
      const inner = frame.contentFrame().frameLocator('#active-frame');
      await inner.locator('body').waitFor({ state: 'attached', ...wait });
      return inner;
    },

    /** Waits for a status bar item with that text (string or RegExp) and gives its text. */
    async statusItem(text, { timeout = wait.timeout } = {}) {
      const item = page.locator('.statusbar-item:visible').filter({ hasText: text }).first();
      await item.waitFor({ state: 'visible', timeout });
      return (await item.innerText()).trim();
    },

    /** The texts of all status bar items that show now. */
    statusBar: () => page.locator('.statusbar-item:visible').evaluateAll((items) => items.map((item) => item.innerText.trim()).filter(Boolean)),

    /** Waits for a notification with that text and gives its Locator (buttons inside: `.getByRole('button', …)`). */
    async notification(text, { timeout = wait.timeout } = {}) {
      const toast = page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text }).first();
      await toast.waitFor({ state: 'visible', timeout });
      return toast;
    },

    /** Texts of the notifications that show now. */
    notifications: () => page.locator('.notifications-toasts .notification-list-item').allInnerTexts(),

    /** A modal dialog (trust, confirmations): its Locator, once it shows. */
    async dialog() {
      const box = page.locator('.monaco-dialog-box');
      await box.waitFor({ state: 'visible', ...wait });
      return box;
    },

    /** Saves a picture of the window as test/screenshots/<name>.png and gives its path. */
    async screenshot(name) {
      const file = path.join(root, 'test', 'screenshots', `${name}.png`);
      await mkdir(path.dirname(file), { recursive: true });
      await page.screenshot({ path: file });
      return file;
    },

    /** Reloads the window: the extension host starts anew, panels come back from their serializers. */
    async reload() {
      await page.reload({ waitUntil: 'commit', timeout: 120_000 });
      await ready(page);
    },
  };
}

/** The workbench is there when its status bar is, and its extension host when the remote's commands answer. */
async function ready(page) {
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ state: 'visible', timeout: 120_000 });
  await page.locator('.statusbar-item:visible').first().waitFor({ state: 'visible', timeout: 120_000 });
}

/** What the extension hosts of this window have logged: those of windows before it have been silent since. */
async function hostLog(profile, opened) {
  const logs = await Promise.all((await extensionHostLogs(profile)).map(async (file) => ({ file, at: (await stat(file)).mtimeMs })));
  return (await Promise.all(logs.filter(({ at }) => at >= opened).map(({ file }) => readFile(file, 'utf8')))).join('\n');
}
