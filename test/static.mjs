// Type checks and lint of the whole project in one process: node test/static.mjs <result.json>
// The linter asks the very programs that the type checks have made, so that no file is read, bound or checked a second time.
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { ESLint } from 'eslint';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '..');
const [result] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0, complaints: [], files: [] };

/** Counts a check that gives what it has found wrong, and says how it went. */
async function check(name, find) {
  const started = Date.now();
  const faults = await Promise.resolve().then(find).catch((error) => String(error.stack));
  const seconds = (Date.now() - started) / 1000;
  if (faults) {
    console.log(faults.trimEnd());
    counts.failed += 1;
    counts.complaints.push(`${name} failed:\n${faults.slice(0, 1500)}`);
  } else {
    counts.passed += 1;
  }
  counts.files.push({ file: name, seconds });
  console.log(`  ${faults ? '✗' : '✓'} ${name} (${seconds.toFixed(0)} s)`);
}

/** What `tsc --noEmit -p <project>` would say; keeps the program for the linter. */
function typeCheck(project) {
  const where = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' };
  const unreadable = [];
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault) => unreadable.push(fault) };
  const config = ts.getParsedCommandLineOfConfigFile(path.join(root, project, 'tsconfig.json'), {}, host);
  if (!config) return ts.formatDiagnostics(unreadable, where);
  const program = ts.createProgram({ rootNames: config.fileNames, options: config.options, configFileParsingDiagnostics: config.errors });
  programs.push(program);
  return ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(ts.getPreEmitDiagnostics(program)), where);
}

async function lint() {
  const parserOptions = { project: null, programs };
  const eslint = new ESLint({ cwd: root, overrideConfig: [{ files: ['**/*.ts', '**/*.tsx'], languageOptions: { parserOptions } }] });
  const found = (await eslint.lintFiles(['.'])).filter((file) => file.messages.length > 0);
  return found.length ? (await eslint.loadFormatter('stylish')).format(found) : '';
}

const programs = [];
await check('type check', () => typeCheck('.'));
await check('type check of the webviews', () => typeCheck('src/webview'));
await check('lint', lint);
writeFileSync(`${result}.part`, JSON.stringify(counts));
renameSync(`${result}.part`, result);
process.exitCode = counts.failed ? 1 : 0;
