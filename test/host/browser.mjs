// The browser in which VS Code is shown, with caches of its own, or with those of the windows before.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { ensureChromium } from '../../src/dev/chromium.mjs';

/** What a browser profile's folder may keep: what was fetched, and what was compiled of it. Neither says anything of a window before. */
const kept = ['Cache', 'Code Cache'];

/**
 * Opens a browser with one page.
 * @param {object} options
 * @param {{width: number, height: number}} options.size
 * @param {string} [options.caches] folder of a browser profile whose caches are used again; all else in it is removed
 * @returns {Promise<{page: import('playwright-core').Page, close(): Promise<void>}>}
 */
export async function openBrowser({ size, caches }) {
  const options = { executablePath: await ensureChromium(), args: ['--no-sandbox'], timeout: 120_000 };
  if (caches === undefined) {
    const browser = await chromium.launch(options);
    const context = await browser.newContext({ viewport: size });
    await context.addInitScript(withoutServersWorker);
    return { page: await context.newPage(), close: () => browser.close() };
  }
  await removeAllBut(caches, ['Default']);
  await removeAllBut(path.join(caches, 'Default'), kept);
  const context = await chromium.launchPersistentContext(caches, { ...options, viewport: size });
  await context.addInitScript(withoutServersWorker);
  // Such a browser opens with a page.
  return { page: context.pages()[0] ?? (await context.newPage()), close: () => context.close() };
}

/**
 * Runs in every page: the server's own service worker, which makes an app of it that one can install, stays away. Where one is at work, webviews
 * ask whether theirs is the newest before they show anything, and a browser that has just started answers after 3 to 4 seconds.
 */
function withoutServersWorker() {
  const { serviceWorker } = globalThis.navigator;
  if (!serviceWorker) return;
  const register = serviceWorker.register.bind(serviceWorker);
  serviceWorker.register = (script, options) => (/\/_static\/out\/browser\//.test(script) ? Promise.reject(new Error('not in tests')) : register(script, options));
}

async function removeAllBut(folder, names) {
  for (const name of await readdir(folder).catch(() => [])) if (!names.includes(name)) await rm(path.join(folder, name), { recursive: true, force: true, maxRetries: 5 });
}
