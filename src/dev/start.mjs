// `npm start [folder]`: VS Code on a sample workspace, with this Plumbline in it. `npm start -- --help` tells the rest.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildShipped } from './build.mjs';
import { openDesktop } from './desktop.mjs';
import { installPackages } from './npm.mjs';
import { ended, hasDisplay, root, say, StepError, which } from './process.mjs';
import { sampleWorkspace } from './sample-workspace.mjs';
import { openServed } from './served.mjs';

const help = `npm start [folder]               open VS Code on a copy of the sample workspace (in folder, or in a new temporary one)
npm start -- [folder] --headless [flags]
                                 run the whole loop without an editor; flags go to "plumbline headless" (--seed N, --updates N, --out FOLDER)

options of npm start, after "--":
  --served       serve VS Code on 127.0.0.1 even when a desktop VS Code is there
  --port N       the port to serve it on (default: a free one)
  --no-open      do not open a browser`;

/** Everything from here to Ctrl-C or the window's end. Gives the exit code. */
async function main(args) {
  if (args[0] === '--help') return console.log(help), 0;
  checkNode();
  const headless = args.indexOf('--headless');
  const { values, positionals } = parse(headless < 0 ? args : args.slice(0, headless));
  const serve = { port: port(values.port), browse: !values['no-open'] };
  await installPackages();
  await buildShipped();
  if (headless >= 0) return runHeadless(positionals[0], args.slice(headless + 1));

  const { folder, copied } = await sampleWorkspace(positionals[0]);
  say(copied ? `a copy of the sample workspace is in ${folder}` : `opening the workspace in ${folder}`);
  const code = values.served ? undefined : which('code');
  const window = code && hasDisplay() ? await openDesktop(code, folder) : await openServed(folder, serve);
  return untilEnd(window);
}

/** Waits for the window's end or for a signal, which leaves nothing running; runs outlive a window that was merely closed. */
async function untilEnd(window) {
  let stopped = false;
  const signal = new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => resolve(name));
  });
  void signal.then(() => { stopped = true; });
  const end = await Promise.race([signal, window.exited]);
  if (stopped) say('stopping');
  await window.stop({ trainers: stopped });
  if (stopped) return 0;
  if (end?.error) throw new StepError(`VS Code could not be started: ${end.error.message}`);
  say('VS Code has been closed');
  return typeof end?.code === 'number' ? end.code : 1;
}

async function runHeadless(folder, flags) {
  const workspace = folder ? ['--workspace', path.resolve(folder)] : [];
  const child = spawn(process.execPath, [path.join(root, 'dist', 'cli.js'), ...workspace, 'headless', ...flags], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to the child as well, which ends in order; a signal to us alone is handed on.
  process.on('SIGINT', () => {});
  for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  const { code, error } = await ended(child);
  if (error) throw new StepError(`the command line could not be started: ${error.message}`);
  return typeof code === 'number' ? code : 1;
}

function parse(args) {
  try {
    const parsed = parseArgs({ args, allowPositionals: true, options: { served: { type: 'boolean' }, port: { type: 'string' }, 'no-open': { type: 'boolean' } } });
    if (parsed.positionals.length > 1) throw new Error(`one folder at most, not ${parsed.positionals.length}`);
    return parsed;
  } catch (error) {
    throw new StepError(`${error.message}\n\n${help}`, { cause: error });
  }
}

function port(text) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535) throw new StepError(`--port ${text}: a port is a whole number from 1 to 65535`);
  return value;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new StepError(`Node 20.19 or newer is needed, and this is ${process.versions.node}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof StepError ? `plumbline: ${error.message}` : error);
  process.exitCode = 1;
}
