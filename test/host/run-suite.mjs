// Runs the mocha suite of test/host/suite inside the extension host of a real VS Code, driven by a headless browser.
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { ensureChromium } from '../../src/dev/chromium.mjs';
import { root, sleep, StepError } from '../../src/dev/process.mjs';
import { sampleWorkspace } from '../../src/dev/sample-workspace.mjs';
import { extensionHostLogs, startServer } from '../../src/dev/server-process.mjs';

const entry = path.join(root, 'dist', 'test', 'host', 'index.js');
/** A suite that says nothing for so long hangs. */
const silenceMs = 180_000;

/**
 * @param {object} options
 * @param {'1.100'|'1.139'} options.version
 * @param {string} [options.vsix] test this package, installed, instead of the project's folder
 * @param {string} [options.extension] the extension's folder (the project)
 * @param {string} [options.folder] a workspace to copy; the sample by default
 * @param {(text: string) => void} [options.print]
 * @returns {Promise<{passed: number, failed: number, skipped: number}>}
 * @throws when the suite did not come to its end: no result file, a hang, a window that didn't open
 */
export async function runHostSuite({ version, vsix, extension = root, folder, print = (text) => process.stdout.write(text) }) {
  if (!existsSync(entry)) throw new StepError(`${path.relative(root, entry)} has not been built`);
  const executablePath = await ensureChromium();
  const home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-host-'));
  const test = { version, mode: vsix ? 'package' : 'development', root: extension, log: path.join(home, 'log.txt'), result: path.join(home, 'result.json') };
  await writeFile(test.log, '');
  const workspace = path.join(home, 'workspace');
  if (folder) await cp(folder, workspace, { recursive: true });
  else await sampleWorkspace(workspace);
  let server;
  let browser;
  try {
    server = await startServer({ version, profile: path.join(home, 'profile'), test: true, extensions: vsix ? [vsix] : [], env: { PLUMBLINE_HOST_TEST: JSON.stringify(test) } });
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 120_000 });
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    let exit;
    const printed = [];
    await page.exposeFunction('codeAutomationLog', (type, args) => { printed.push(`${type}: ${JSON.stringify(args)}`); });
    await page.exposeFunction('codeAutomationExit', (code) => { exit = code; });
    // VS Code takes test code only beside an extension under development: for a package, an empty one.
    const developed = vsix ? await emptyExtension(path.join(home, 'empty')) : extension;
    const remote = (file) => `vscode-remote://${server.authority}${file}`;
    const payload = JSON.stringify([['extensionDevelopmentPath', remote(developed)], ['extensionTestsPath', remote(entry)]]);
    await page.goto(`${server.url}?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(payload)}`, { waitUntil: 'commit', timeout: 120_000 });
    await follow(test.log, () => exit, print);
    const result = await readFile(test.result, 'utf8').then(JSON.parse, () => undefined);
    if (!result) {
      const logs = await Promise.all((await extensionHostLogs(path.join(home, 'profile'))).map((file) => readFile(file, 'utf8')));
      await mkdir(path.join(root, 'test', 'screenshots'), { recursive: true });
      await page.screenshot({ path: path.join(root, 'test', 'screenshots', `host-${version}-failed.png`) });
      const errors = [...printed, ...logs.join('\n').split('\n'), ...server.log().split('\n')].filter((line) => /error/i.test(line));
      throw new StepError(`no result was written (exit ${exit ?? 'none'}); what the window and its logs say of errors:\n${errors.slice(-15).map((line) => line.slice(0, 600)).join('\n')}`);
    }
    return result;
  } finally {
    await browser?.close();
    await server?.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Prints what the suite appends to its log until VS Code reports its end, or nothing is said for too long. */
async function follow(log, ended, print) {
  const file = await open(log);
  try {
    let last = Date.now();
    for (let over = false; !over; ) {
      over = ended() !== undefined;
      const buffer = Buffer.alloc(1 << 20);
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead) {
        print(buffer.toString('utf8', 0, bytesRead));
        last = Date.now();
      } else if (Date.now() - last > silenceMs) {
        return;
      }
      if (!over) await sleep(100);
    }
  } finally {
    await file.close();
  }
}

async function emptyExtension(folder) {
  await mkdir(folder);
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'empty', publisher: 'test', version: '0.0.1', engines: { vscode: '^1.100.0' } }));
  return folder;
}
