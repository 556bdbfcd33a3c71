// A browser that speaks Chromium's protocol: the one that is there, else Debian's, when we may install it.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { seconds } from './npm.mjs';
import { run, say, StepError, which } from './process.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge-stable', 'microsoft-edge', 'chrome', 'msedge'];

/**
 * The path of a Chromium, Chrome or Edge. `PLUMBLINE_BROWSER` names one by hand. On Debian as root a missing one is installed with apt-get.
 * @throws {StepError} that says what to install
 */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  if (!isDebian() || process.getuid?.() !== 0) {
    throw new StepError('no Chromium, Chrome or Edge was found, and the tests in a real VS Code need one: install one (Debian: apt-get install chromium), or name its program in PLUMBLINE_BROWSER');
  }
  const started = Date.now();
  say('installing chromium with apt-get: about 100 MB to fetch, once');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env });
  say(`chromium is installed (${seconds(started)} s)`);
  const installed = findChromium();
  if (!installed) throw new StepError('apt-get installed the package chromium, but no program of that name is on the path');
  return installed;
}

/** The path of a browser that is here, or undefined. */
export function findChromium() {
  const given = process.env.PLUMBLINE_BROWSER;
  if (given && !existsSync(given)) throw new StepError(`PLUMBLINE_BROWSER names ${given}, which is not there`);
  return given ?? usual().find(existsSync) ?? names.map(which).find(Boolean);
}

function usual() {
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  }
  if (process.platform !== 'win32') return [];
  const homes = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA].filter(Boolean);
  const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe', 'Chromium\\Application\\chrome.exe'];
  return homes.flatMap((home) => programs.map((program) => path.join(home, program)));
}

/** Debian itself: Ubuntu's package of this name is a snap. */
export function isDebian() {
  return existsSync('/etc/debian_version') && !/^ID=ubuntu$/m.test(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '');
}
