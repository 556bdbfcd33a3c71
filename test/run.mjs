// `npm test`: every level, and one closing line. `npm test -- unit host` runs only those.
// A level that cannot run, or finds no tests, has failed: nothing is skipped in silence.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ensureChromium } from '../src/dev/chromium.mjs';
import { installPackages } from '../src/dev/npm.mjs';
import { root, StepError } from '../src/dev/process.mjs';
import { ensureSoftwareVulkan } from '../src/dev/vulkan.mjs';
import { installServer } from '../src/dev/vscode-server.mjs';
import { builtTests, check, counting, inLanes, mocha, one, part, printed, sum } from './parts.mjs';

/** The VS Code versions of the host level: the oldest that is promised, and the newest. */
const versions = ['1.100', '1.139'];
/** Unit tests run in so many processes: small enough for lanes to end together, few enough for their start to cost little. */
const unitParts = 6;
/** Files of the process level that take longest: they go first, so that none is left alone at the end. */
const long = ['loop', 'trainer', 'trainer-families'];

/**
 * Level → its parts, each {name, run, alone?}. `run` gives {passed, failed, skipped, complaints}, or throws, which counts as one failure.
 * In the order in which lanes take them: what takes longest goes first, and small parts come last. `last`: after all others.
 */
const levels = {
  /** A process for every file: they are few and long, and start trainers that are killed and waited for. */
  process: async () => {
    const files = (await builtTests('process')).map((file) => ({ file, name: path.basename(file, '.test.js') }));
    return longFirst(files).map(({ file, name }) => ({ name, run: () => mocha([file], { reporter: 'spec', minutes: 15 }) }));
  },
  /** WebGPU against the CPU, on a graphics processor made of software. The one level that may be left out, and it says so. */
  device: async () => [{ name: 'all', run: () => device() }],
  static: async () => [{ name: 'type checks and lint', run: () => counting('the checks', ['test/static.mjs'], [], { minutes: 15 }) }],
  unit: async () => split(await builtTests('unit'), unitParts).map((files, n) => ({ name: `${n + 1} of ${unitParts}`, run: () => mocha(files, { reporter: 'dot', minutes: 15 }) })),
  /** The scripts that drive a VS Code as a person does, and the suite in the extension host of the oldest. */
  host: async () => {
    const { runHostSuite } = await import('./host/run-suite.mjs');
    const scripts = (await readdir(path.join(root, 'test', 'host'))).filter((name) => /^person.*\.mjs$/.test(name)).sort();
    // Each in a process of its own: one that stops at its first failure hides no other.
    const script = (name, env) => mocha([path.join(root, 'test', 'host', name)], { reporter: 'spec', minutes: 10, env });
    const server = await sharedByScripts(scripts.length);
    return [
      ...scripts.map((name) => ({ name, run: () => server((env) => script(name, env)) })),
      // On the newest it runs with the package installed: see the level `package`.
      { name: `suite on VS Code ${versions[0]}`, run: () => printed((print) => runHostSuite({ version: versions[0], print })) },
      // `npm start` builds, under what others would be running.
      { name: 'start.test.mjs', run: () => script('start.test.mjs'), last: true },
    ];
  },
  package: async () => {
    const { makePackage } = await import('../src/dev/package.mjs');
    const { runHostSuite } = await import('./host/run-suite.mjs');
    let vsix;
    return [
      { name: 'is made', run: async () => { vsix = await makePackage(); return one(); } },
      { name: `suite on VS Code ${versions[1]}, with the package installed`, run: () => (vsix ? printed((print) => runHostSuite({ version: versions[1], vsix, print })) : Promise.reject(new StepError('there is no package'))) },
    ];
  },
};
/**
 * These drive editors: one at a time and with nothing beside, because more is too much for two cores: keys get lost and waits run out (also beside other
 * levels at low priority, which was tried: 1,200 instead of 1,500 s, but three of twelve scripts failed in two runs).
 */
const driving = ['host', 'package'];

/** The browser, once somebody has begun to fetch it. */
let browser = Promise.resolve();

async function main(names) {
  const unknown = names.filter((name) => !(name in levels));
  if (unknown.length) throw new StepError(`there is no level "${unknown.join('", "')}"; there are ${Object.keys(levels).join(', ')}`);
  const chosen = Object.keys(levels).filter((name) => !names.length || names.includes(name));
  const started = Date.now();
  const totals = new Map();
  const drives = chosen.filter((name) => driving.includes(name));
  // Begun first, and beside the rest, because it waits for others most of its time.
  const editors = drives.length > 0 ? counted(totals, 'editors', { run: installEditors }) : undefined;
  if (await counted(totals, 'install', { run: () => installPackages().then(one) }) && await counted(totals, 'build', { run: () => check('build', 'esbuild.js') })) {
    const parts = async (wanted) => (await Promise.all(wanted.map(async (level) => (await partsOf(level)).map((job) => ({ ...job, level }))))).flat();
    const jobs = (list) => list.map(({ level, ...job }) => () => counted(totals, level, job));
    await inLanes(jobs(await parts(chosen.filter((name) => !driving.includes(name)))));
    await editors;
    // An editor answers keys late while others are at work: nothing runs beside it.
    const driven = await parts(drives);
    await inLanes(jobs([...driven.filter(({ last }) => !last), ...driven.filter(({ last }) => last)]), 1);
  }
  await editors;
  return report(totals, started);
}

/** The parts of a level; one without any has one, which fails. */
async function partsOf(level) {
  const parts = await levels[level]();
  return parts.length ? parts : [{ run: async () => sum() }];
}

/** Runs a part of a level and adds its counts to the level's in `totals`; true when nothing failed. */
async function counted(totals, level, { name, run }) {
  const started = Date.now();
  const result = await part(name ? `${level}, ${name}` : level, run);
  if (result.skipped) result.complaints.push(`${result.skipped} tests were skipped, which proves nothing: they count as failed`);
  const seconds = (Date.now() - started) / 1000;
  console.log(`── ${level}${name ? `: ${name}` : ''} (${seconds.toFixed(0)} s)`);
  if (result.notRun !== undefined) console.log(`the level ${level} DID NOT RUN: ${result.notRun}`);
  const files = result.files?.length ? result.files : [{ file: name ? `${level}: ${name}` : level, seconds }];
  const total = totals.get(level);
  totals.set(level, { ...sum(...(total ? [total] : []), { ...result, failed: result.failed + result.skipped, skipped: 0, files }), seconds: (total?.seconds ?? 0) + seconds });
  return result.failed + result.skipped === 0;
}

/** The closing table, what takes longest, every failure again, and the line that CI reads. */
function report(totals, started) {
  const columns = (name, ...numbers) => console.log(`${name.padEnd(11)} ${numbers.map((text) => String(text).padStart(7)).join(' ')}`);
  console.log('\nlevel        passed  failed seconds (levels go side by side: what each took of the clock adds up to more than all)');
  for (const [name, { passed, failed, seconds, notRun }] of totals) columns(name, passed, failed, `${seconds.toFixed(0)}${notRun === undefined ? '' : `  did not run: ${notRun}`}`);
  console.log(`in all ${((Date.now() - started) / 1000).toFixed(0)} s; the slowest:`);
  const files = [...totals.values()].flatMap((total) => total.files).sort((a, b) => b.seconds - a.seconds);
  for (const { file, seconds } of files.slice(0, 10)) console.log(`${seconds.toFixed(0).padStart(6)} s  ${file}`);
  // Said again at the end: what went wrong must not have to be looked for among two thousand lines.
  for (const [name, { complaints }] of totals) for (const complaint of complaints) console.log(`\n✗ ${name}: ${complaint}`);
  const { passed, failed } = sum(...totals.values());
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed ? 1 : 0;
}

async function device() {
  // Its driver comes with the browser: two must not install at the same time. If the browser doesn't come, `editors` has failed.
  await browser.catch(() => undefined);
  const { env, why } = await ensureSoftwareVulkan();
  return env === undefined ? { ...sum(), notRun: why } : mocha(await builtTests('device'), { reporter: 'spec', minutes: 15, env });
}

/** What the levels `host` and `package` drive. All are waited for, so that nothing is half fetched when another has failed. */
async function installEditors() {
  browser = ensureChromium();
  const ends = await Promise.allSettled([browser, ...versions.map((version) => installServer(version))]);
  const refused = ends.find((end) => end.status === 'rejected');
  if (refused) throw refused.reason;
  return one();
}

/**
 * Runs `count` scripts, one after the other, with one server: started for the first, stopped after the last, and started anew when a
 * script has ended it.
 */
async function sharedByScripts(count) {
  const { shareServer } = await import('./host/shared.mjs');
  let [shared, left] = [undefined, count];
  return async (run) => {
    try {
      if (shared && !(await shared.answers())) {
        console.error(`the server does not answer any more; it said:\n${shared.log().slice(-2000)}`);
        await shared.stop();
        shared = undefined;
      }
      shared ??= await shareServer(versions.at(-1));
      return await run(shared.env);
    } finally {
      if (--left === 0) await shared?.stop();
    }
  };
}

/** Files in `count` groups, neighbours apart: those of one folder are alike in what they cost. */
function split(files, count) {
  return Array.from({ length: count }, (_, group) => files.filter((_file, n) => n % count === group)).filter((group) => group.length);
}

function longFirst(files) {
  const rank = ({ name }) => (long.includes(name) ? long.indexOf(name) : long.length);
  return files.sort((a, b) => rank(a) - rank(b));
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
