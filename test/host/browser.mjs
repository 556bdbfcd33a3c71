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
    return { page: await browser.newPage({ viewport: size }), close: () => browser.close() };
  }
  await removeAllBut(caches, ['Default']);
  await removeAllBut(path.join(caches, 'Default'), kept);
  const context = await chromium.launchPersistentContext(caches, { ...options, viewport: size });
  // Such a browser opens with a page.
  return { page: context.pages()[0] ?? (await context.newPage()), close: () => context.close() };
}

async function removeAllBut(folder, names) {
  for (const name of await readdir(folder).catch(() => [])) if (!names.includes(name)) await rm(path.join(folder, name), { recursive: true, force: true, maxRetries: 5 });
}
