// What a level of tests is made of: programs that are started, waited for and counted, on as many lanes as there are processors.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ended, killTree, root, StepError } from '../src/dev/process.mjs';

/**
 * What a level, or a part of one, comes to.
 * @typedef {object} Result
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} complaints what is to be said of its failures
 * @property {{file: string, seconds: number}[]} [files] how long its files took
 * @property {string} [notRun] why it could not be run at all
 */

/** @returns {Result} */
export const one = () => ({ passed: 1, failed: 0, skipped: 0, complaints: [], files: [] });

/** @returns {Result} */
export function failure(complaint) {
  console.error(complaint);
  return { passed: 0, failed: 1, skipped: 0, complaints: [complaint], files: [] };
}

/** @param {...Result} results @returns {Result} */
export function sum(...results) {
  const total = (key) => results.reduce((count, result) => count + result[key], 0);
  const notRun = results.find((result) => result.notRun !== undefined)?.notRun;
  return {
    ...{ passed: total('passed'), failed: total('failed'), skipped: total('skipped') },
    ...{ complaints: results.flatMap((result) => result.complaints), files: results.flatMap((result) => result.files ?? []) },
    ...(notRun === undefined ? {} : { notRun }),
  };
}

/** Runs a part of a level; an error, or no tests at all, is one failure. */
export async function part(name, run) {
  try {
    const result = await run();
    if (result.passed + result.failed + result.skipped > 0 || result.notRun !== undefined) return result;
    return failure(`${name}: no tests were found`);
  } catch (error) {
    return failure(`${name} could not be run: ${error instanceof StepError ? error.message : error.stack}`);
  }
}

/** Runs jobs in their order, `lanes` at a time: whichever lane is free takes the next. */
export async function inLanes(jobs, lanes = Math.min(4, os.availableParallelism())) {
  const queue = [...jobs];
  const lane = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) await job();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Starts a Node script of the project. */
const start = (args, env = {}) => spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });

/** Runs a Node script that passes by ending with 0. */
export async function check(name, script, args = []) {
  const started = Date.now();
  const { code, output } = await limited(start([script, ...args]), 10);
  process.stdout.write(output);
  console.log(`  ${code === 0 ? '✓' : '✗'} ${name} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
  return code === 0 ? one() : failure(`${name} failed`);
}

/**
 * Runs test files with mocha in a process of their own. What it prints appears when it has ended: others may be printing meanwhile.
 * @param {string[]} files
 * @param {{reporter: 'dot'|'spec', minutes: number, env?: Record<string, string>}} options
 */
export async function mocha(files, { reporter, ...options }) {
  return files.length ? counting('mocha', ['test/mocha.mjs', reporter], files, options) : sum();
}

/** Runs a script of ours that is told where to write its counts at its end: `node ...script <result.json> ...args`. */
export async function counting(name, script, args, { minutes, env }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'plumbline-test-'));
  const result = path.join(folder, 'result.json');
  try {
    const { code, output } = await limited(start([...script, result, ...args], env), minutes);
    process.stdout.write(output);
    if (!existsSync(result)) throw new StepError(`${name} ended (${code}) before its tests did`);
    return JSON.parse(await readFile(result, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a job that is given a function to print with; what it prints appears when it has ended. */
export async function printed(job) {
  let text = '';
  try {
    return await job((more) => { text += more; });
  } finally {
    process.stdout.write(text);
  }
}

/** The built test files of a level, found by walking: none can be forgotten. */
export async function builtTests(level) {
  const folder = path.join(root, 'dist', 'test', level);
  const files = existsSync(folder) ? await readdir(folder, { recursive: true }) : [];
  return files.filter((file) => file.endsWith('.test.js')).sort().map((file) => path.join(folder, file));
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
