// Runs test files with mocha and writes the counts: node test/mocha.mjs <reporter> <result.json> <files…>
import { renameSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import Mocha from 'mocha';

const [reporter, result, ...files] = process.argv.slice(2);
for (const [name, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.on(name, () => process.exit(code));

// The limit is for what hangs, not for what is slow: machines differ by three times, and by more under load.
const mocha = new Mocha({ reporter, timeout: 60_000, slow: 2000, forbidOnly: true });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();
const complaints = [];
const runner = mocha.run((failures) => {
  const { passes, pending } = runner.stats;
  // Renamed into place: a process killed while writing leaves no result, which the caller takes for what it is.
  writeFileSync(`${result}.part`, JSON.stringify({ passed: passes, failed: failures, skipped: pending, complaints }));
  renameSync(`${result}.part`, result);
  // A handle that a test left open must not keep the run alive.
  process.exit(failures ? 1 : 0);
});
runner.on('fail', (test, error) => complaints.push(`${test.fullTitle()} (${test.duration ?? '?'} ms): ${String(error?.stack ?? error).slice(0, 1500)}`));
