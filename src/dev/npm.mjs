// npm, run by a chosen Node: `npm.cmd` cannot be spawned without a shell on Windows, and native modules are built for the Node that runs npm.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { root, run, say, StepError, which } from './process.mjs';

/**
 * Runs npm.
 * @param {string[]} args
 * @param {{cwd?: string, env?: Record<string, string|undefined>, node?: string, show?: boolean}} [options] `node`: the Node to run it with
 */
export async function npm(args, { node = process.execPath, env = process.env, ...options } = {}) {
  const separator = path.delimiter;
  const quiet = ['--no-fund', '--no-audit', '--no-update-notifier', '--loglevel=error'];
  await run(node, [npmScript(), ...args, ...quiet], { ...options, env: { ...env, PATH: `${path.dirname(node)}${separator}${env.PATH ?? ''}` } });
}

/** Installs the project's packages when they are missing or another lock file was installed last. */
export async function installPackages() {
  const wanted = createHash('sha256').update(await readFile(path.join(root, 'package-lock.json'))).digest('hex');
  const stamp = path.join(root, 'node_modules', '.plumbline-lock');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  say(existsSync(path.join(root, 'node_modules')) ? 'updating npm packages (package-lock.json has changed)' : 'installing npm packages');
  const started = Date.now();
  await npm(['ci']);
  await writeFile(stamp, wanted);
  say(`npm packages are installed (${seconds(started)} s)`);
}

/** Seconds since `started` (a `Date.now()`), for a progress line. */
export function seconds(started) {
  return ((Date.now() - started) / 1000).toFixed(started && Date.now() - started < 10_000 ? 1 : 0);
}

/** npm's own script, next to the running Node or as npm tells the scripts it starts. */
function npmScript() {
  const given = process.env.npm_execpath;
  if (given && /^npm-cli\.c?js$/.test(path.basename(given))) return given;
  const bin = path.dirname(process.execPath);
  const onPath = which('npm');
  const places = [
    path.join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(bin, '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
    ...(onPath ? [path.join(path.dirname(onPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'), path.join(path.dirname(onPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')] : []),
  ];
  const found = places.find(existsSync);
  if (!found) throw new StepError(`npm was not found beside Node (${process.execPath}); install Node 20.19 or newer with npm, and start this as an npm script`);
  return found;
}
