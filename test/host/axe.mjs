// Accessibility check of a webview's page, in the real VS Code.
//
//   import { violations } from './axe.mjs';
//   assert.deepEqual(await violations(await code.webview()), []);
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';

const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Runs axe-core in a page and gives what is serious or critical, as one line each. The page's policy lets no script be added;
 * what the debugger's protocol evaluates is not bound by it.
 * @param {import('playwright-core').FrameLocator} page what `code.webview()` gives
 * @param {string} [within] CSS selector of the part to look at
 * @returns {Promise<string[]>} `impact rule: element (what to mend)`
 */
export async function violations(page, within = 'body') {
  const frame = await (await page.locator('body').elementHandle()).ownerFrame();
  if (!(await frame.evaluate(() => 'axe' in globalThis))) await frame.evaluate(await source);
  const found = await frame.evaluate(async (selector) => {
    const { violations: all } = await globalThis.axe.run(selector, { resultTypes: ['violations'], iframes: false });
    return all.flatMap(({ id, impact, help, nodes }) => nodes.map(({ target, failureSummary, html }) => ({ id, impact, help, target: target.join(' '), summary: failureSummary, html })));
  }, within);
  return found.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.impact} ${v.id}: ${v.target} ${v.html.slice(0, 160)} (${v.summary?.replace(/\s+/g, ' ').slice(0, 300) ?? v.help})`);
}
