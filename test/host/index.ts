// Runs inside the extension host: every suite file beside this one, with mocha, writing what happened as it happens.
import { appendFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type Mocha from 'mocha';
import { stackOf } from '../../src/base/errors.js';
import type { HostTest, HostTestResult } from './contract.js';

/** Called by VS Code (`extensionTestsPath`). Rejects when a test failed; the result file, not this, is what the harness believes. */
export async function run(): Promise<void> {
  const told = process.env['PLUMBLINE_HOST_TEST'];
  if (!told) throw new Error('PLUMBLINE_HOST_TEST is not set: start this suite with `npm test -- host`');
  const test = JSON.parse(told) as HostTest;
  const say = (line: string) => {
    appendFileSync(test.log, `${line}\n`);
  };
  try {
    const result = await runMocha(say);
    // Renamed into place, so that a host killed while writing leaves no result at all.
    writeFileSync(`${test.result}.part`, JSON.stringify(result));
    renameSync(`${test.result}.part`, test.result);
  } catch (error) {
    say(`the suite could not be run: ${stackOf(error)}`);
    throw error;
  }
}

async function runMocha(say: (line: string) => void): Promise<HostTestResult> {
  // mocha is an ES module; under `require` on Node 20 its exports arrive in `default`.
  const module = (await import('mocha')) as unknown as { default: typeof Mocha & { default?: typeof Mocha } };
  const MochaClass = module.default.default ?? module.default;
  const mocha = new MochaClass({ ui: 'bdd', timeout: 60_000, color: false, forbidOnly: true });
  const folder = path.join(__dirname, 'suite');
  const load = createRequire(__filename);
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.test.js')).sort()) {
    const file = path.join(folder, name);
    // Not mocha's own loader: VS Code answers `require('vscode')` only for modules that come through `require`.
    mocha.suite.emit('pre-require', globalThis as never, file, mocha);
    mocha.suite.emit('require', load(file), file, mocha);
    mocha.suite.emit('post-require', globalThis as never, file, mocha);
  }
  const result: HostTestResult = { passed: 0, failed: 0, skipped: 0, complaints: [] };
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => {
      resolve();
    });
    runner.on('suite', (suite) => {
      if (suite.title) say(`${indent(suite)}${suite.title}`);
    });
    runner.on('pass', (test) => {
      result.passed += 1;
      say(`${indent(test.parent)}  ✓ ${test.title} (${test.duration ?? 0} ms)`);
    });
    runner.on('pending', (test) => {
      result.skipped += 1;
      say(`${indent(test.parent)}  - ${test.title}`);
    });
    runner.on('fail', (test, error) => {
      result.failed += 1;
      result.complaints.push(`${test.fullTitle()}: ${stackOf(error)}`);
      say(`${indent(test.parent)}  ✗ ${test.title}\n${stackOf(error)}`);
    });
  });
  return result;
}

function indent(suite: Mocha.Suite | undefined): string {
  return '  '.repeat(suite ? suite.titlePath().length : 0);
}
