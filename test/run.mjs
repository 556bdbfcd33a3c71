// `npm test`: every level, in order, and one closing line. `npm test -- unit host` runs only those.
// A level that cannot run, or finds no tests, has failed: nothing is skipped in silence.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ensureChromium } from '../src/dev/chromium.mjs';
import { installPackages } from '../src/dev/npm.mjs';
import { ended, killTree, root, StepError } from '../src/dev/process.mjs';
import { ensureSoftwareVulkan } from '../src/dev/vulkan.mjs';
import { installServer } from '../src/dev/vscode-server.mjs';

const bin = (...parts) => path.join(root, 'node_modules', ...parts);

/** The VS Code versions of the host level: the oldest that is promised, and the newest. */
const versions = ['1.100', '1.139'];

/** Level → what it runs. Each gives {passed, failed, skipped}, or throws, which counts as one failure. */
const levels = {
  /** Type checks and lint: one check each. */
  static: async () => sum(
    await check('type check', bin('typescript', 'bin', 'tsc'), ['--noEmit', '-p', '.']),
    await check('type check of the webviews', bin('typescript', 'bin', 'tsc'), ['--noEmit', '-p', 'src/webview']),
    await check('lint', bin('eslint', 'bin', 'eslint.js'), ['--max-warnings', '0', '--cache', '.']),
  ),
  unit: async () => mocha(await tests('unit'), { reporter: 'dot', minutes: 10 }),
  process: async () => printed(async (print) => mocha(await tests('process'), { reporter: 'spec', minutes: 10, print })),
  /** WebGPU against the CPU, on a graphics processor made of software. The one level that may be left out, and it says so. */
  device: async () => {
    const { env, why } = await ensureSoftwareVulkan();
    return env === undefined ? { ...sum(), notRun: why } : printed(async (print) => mocha(await tests('device'), { reporter: 'spec', minutes: 15, env, print }));
  },
  /** The suite in the extension host of the oldest and the newest VS Code, and the scripts that drive one as a person does. */
  host: async () => {
    const { runHostSuite } = await import('./host/run-suite.mjs');
    const scripts = (await readdir(path.join(root, 'test', 'host'))).filter((name) => /^person.*\.mjs$/.test(name)).sort();
    // Each script in a process of its own: one that stops at its first failure hides no other. `npm start` builds, so it comes before the others.
    const start = await part('npm start', () => mocha([path.join(root, 'test', 'host', 'start.test.mjs')], { reporter: 'spec', minutes: 10 }));
    // One after the other: two editors at a time are too much for two cores, on which keys get lost and waits run out.
    const others = [];
    for (const name of scripts) others.push(await part(name, () => mocha([path.join(root, 'test', 'host', name)], { reporter: 'spec', minutes: 10 })));
    for (const version of versions) others.push(await part(`host suite on VS Code ${version}`, () => runHostSuite({ version })));
    return sum(start, ...others);
  },
  package: async () => {
    const { makePackage } = await import('../src/dev/package.mjs');
    const { runHostSuite } = await import('./host/run-suite.mjs');
    const vsix = await makePackage();
    return sum(one(), await part('host suite on VS Code 1.139, with the package installed', () => runHostSuite({ version: '1.139', vsix })));
  },
};

async function main(names) {
  const unknown = names.filter((name) => !(name in levels));
  if (unknown.length) throw new StepError(`there is no level "${unknown.join('", "')}"; there are ${Object.keys(levels).join(', ')}`);
  const chosen = names.length ? Object.keys(levels).filter((name) => names.includes(name)) : Object.keys(levels);
  const totals = [];
  if (await counted('install', async () => { await installPackages(); return one(); }, totals) && await counted('build', () => check('build', path.join(root, 'esbuild.js'), []), totals)) {
    const rest = chosen.filter((name) => name !== 'static' && name !== 'unit');
    // Side by side: the checks use one core, and so do the unit tests, and editors are fetched. The other levels watch the clock and want the
    // machine to themselves.
    await Promise.all([
      inTurn(chosen.filter((name) => name === 'static'), totals),
      inTurn(chosen.filter((name) => name === 'unit'), totals),
      rest.some((name) => name !== 'process' && name !== 'device') && counted('editors', installEditors, totals),
    ]);
    // Trainers of one thread that are killed and waited for, and one thread of a renderer: these two go side by side, too.
    await Promise.all(['process', 'device'].map((name) => inTurn(rest.filter((other) => other === name), totals)));
    await inTurn(rest.filter((name) => name !== 'process' && name !== 'device'), totals);
  }
  console.log('\nlevel        passed  failed  seconds');
  for (const { name, passed, failed, seconds, notRun } of totals) console.log(`${name.padEnd(11)} ${String(passed).padStart(7)} ${String(failed).padStart(7)} ${seconds.toFixed(0).padStart(8)}${notRun === undefined ? '' : `  did not run: ${notRun}`}`);
  // Said again at the end: what went wrong must not have to be looked for among two thousand lines.
  for (const { name, complaints } of totals) for (const complaint of complaints) console.log(`\n✗ ${name}: ${complaint}`);
  const { passed, failed } = sum(...totals);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed ? 1 : 0;
}

async function inTurn(names, totals) {
  for (const name of names) await counted(name, levels[name], totals);
}

/** What the levels `host` and `package` drive: fetched while the checks are still at work. */
async function installEditors() {
  await ensureChromium();
  for (const version of versions) await installServer(version);
  return one();
}

/** Runs one level and adds its counts to `totals`; true when nothing failed. */
async function counted(name, level, totals) {
  const started = Date.now();
  console.log(`\n── ${name} ${'─'.repeat(70 - name.length)}`);
  const result = await part(name, level);
  if (result.skipped) result.complaints.push(`${result.skipped} tests were skipped, which proves nothing: they count as failed`);
  const total = { name, passed: result.passed, failed: result.failed + result.skipped, skipped: 0, seconds: (Date.now() - started) / 1000, complaints: result.complaints };
  if (result.notRun !== undefined) {
    total.notRun = result.notRun;
    console.log(`the level ${name} DID NOT RUN: ${result.notRun}`);
  }
  totals.push(total);
  return total.failed === 0;
}

/** Runs a part of a level; an error, or no tests at all, is one failure. */
async function part(name, run) {
  try {
    const result = await run();
    if (result.passed + result.failed + result.skipped > 0 || result.notRun !== undefined) return result;
    return failure(`${name}: no tests were found`);
  } catch (error) {
    return failure(`${name} could not be run: ${error instanceof StepError ? error.message : error.stack}`);
  }
}

/** Runs a Node script that passes by ending with 0. What it says is printed when it has ended: others may be printing meanwhile. */
async function check(name, script, args) {
  const started = Date.now();
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const { code, output } = await limited(child, 10);
  process.stdout.write(output);
  console.log(`  ${code === 0 ? '✓' : '✗'} ${name} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
  return code === 0 ? one() : failure(`${name} failed`);
}

/** Runs a job; what it prints appears when it has ended, so that the lines of two are not mixed. */
async function printed(job) {
  let text = '';
  try {
    return await job((more) => { text += more; });
  } finally {
    process.stdout.write(text);
  }
}

/**
 * Runs test files with mocha in a process of their own; the counts come from the result file it writes at its end. What it prints goes
 * to `print`, or straight on.
 */
async function mocha(files, { reporter, minutes, print, env = {} }) {
  if (!files.length) return sum();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'plumbline-test-'));
  const result = path.join(folder, 'result.json');
  try {
    const child = spawn(process.execPath, [path.join(root, 'test', 'mocha.mjs'), reporter, result, ...files], { cwd: root, stdio: print ? ['ignore', 'pipe', 'pipe'] : 'inherit', env: { ...process.env, ...env } });
    const { code, output } = await limited(child, minutes);
    print?.(output);
    if (!existsSync(result)) throw new StepError(`mocha ended (${code}) before its tests did`);
    return JSON.parse(await readFile(result, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits for a child, `minutes` at most. */
async function limited(child, minutes) {
  const timer = setTimeout(() => {
    console.error(`ended after ${minutes} minutes`);
    void killTree(child.pid);
  }, minutes * 60_000);
  const end = await ended(child);
  clearTimeout(timer);
  return end;
}

/** The built test files of a level, by glob: none can be forgotten. */
async function tests(level) {
  const folder = path.join(root, 'dist', 'test', level);
  const files = existsSync(folder) ? await readdir(folder, { recursive: true }) : [];
  return files.filter((file) => file.endsWith('.test.js')).sort().map((file) => path.join(folder, file));
}

/** What a level, or a part of one, comes to: counts, and what is to be said of its failures. */
const one = () => ({ passed: 1, failed: 0, skipped: 0, complaints: [] });

function failure(complaint) {
  console.error(complaint);
  return { passed: 0, failed: 1, skipped: 0, complaints: [complaint] };
}

function sum(...results) {
  const total = (key) => results.reduce((count, result) => count + result[key], 0);
  return { passed: total('passed'), failed: total('failed'), skipped: total('skipped'), complaints: results.flatMap((result) => result.complaints) };
}

// Ctrl-C: children in our group have it too, servers are ended on exit.
for (const [name, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.on(name, () => process.exit(code));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof StepError ? error.message : error);
  console.log('\n0 passed, 1 failed');
  process.exitCode = 1;
}
