// Runs test files with mocha and writes the counts: node test/mocha.mjs <reporter> <result.json> <files…>
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import Mocha from 'mocha';

const [reporter, result, ...files] = process.argv.slice(2);
for (const [name, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.on(name, () => process.exit(code));

// Properties are tried on the same cases every time: what fails here fails for everybody. PLUMBLINE_SEED=N tries others, and "random" new ones.
const given = process.env.PLUMBLINE_SEED ?? '1';
const seed = given === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(given);
if (!Number.isInteger(seed)) throw new Error(`PLUMBLINE_SEED is "${given}"; it has to be a whole number or "random"`);
if (given !== '1') console.log(`PLUMBLINE_SEED=${seed}`);
createRequire(import.meta.url)('fast-check').configureGlobal({ seed });

// The limit is for what hangs, not for what is slow: machines differ by three times, and by more under load.
const mocha = new Mocha({ reporter, timeout: 60_000, slow: 2000, forbidOnly: true });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();
const complaints = [];
/** Seconds by file, hooks included: all that passes from one event to the next is its file's. */
const seconds = new Map();
let last = performance.now();
const lap = ({ file }) => {
  const now = performance.now();
  if (file) seconds.set(file, (seconds.get(file) ?? 0) + (now - last) / 1000);
  last = now;
};
const runner = mocha.run((failures) => {
  const { passes, pending } = runner.stats;
  const slowest = [...seconds].map(([file, took]) => ({ file: named(file), seconds: took }));
  // Renamed into place: a process killed while writing leaves no result, which the caller takes for what it is.
  writeFileSync(`${result}.part`, JSON.stringify({ passed: passes, failed: failures, skipped: pending, complaints, files: slowest }));
  renameSync(`${result}.part`, result);
  // A handle that a test left open must not keep the run alive.
  process.exit(failures ? 1 : 0);
});
runner.on('test end', lap);
runner.on('suite end', lap);
runner.on('fail', (test, error) => complaints.push(`${test.fullTitle()} (${test.duration ?? '?'} ms): ${String(error?.stack ?? error).slice(0, 1500)}`));

/** A file's level and name, without what all have in common. */
function named(file) {
  return path.relative(path.resolve(import.meta.dirname, '..'), file).replaceAll('\\', '/').replace(/^(dist\/)?test\//, '').replace(/(\.test)?\.m?js$/, '');
}
