// Child processes for the development scripts: the same on Linux, macOS and Windows, with no shell in between.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The project's folder. */
export const root = path.resolve(import.meta.dirname, '..', '..');

/** A failure the person at the terminal can act on: printed as one sentence, without a stack. */
export class StepError extends Error {}

/** One line about what is being done. */
export function say(line) {
  console.log(`plumbline: ${line}`);
}

/**
 * Runs a program to its end.
 * @param {string} command program, by path or by name on the path
 * @param {string[]} args
 * @param {{cwd?: string, env?: Record<string, string|undefined>, show?: boolean}} [options] `show` passes output through; otherwise it
 *   is kept and only the end of it is shown, when the program fails.
 * @returns {Promise<string>} what it wrote to standard output (empty with `show`)
 * @throws {StepError} when it can't be started or ends with another code than 0
 */
export async function run(command, args, { cwd = root, env = process.env, show = false } = {}) {
  const { code, stdout, output, error } = await ended(spawn(command, args, { cwd, env, stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'] }));
  const name = [path.basename(command), ...args].join(' ');
  if (error) throw new StepError(`cannot run "${name}": ${error.message}`);
  if (code !== 0) throw new StepError(`"${name}" failed (${code}) in ${cwd}${output ? `:\n${output.trimEnd().split('\n').slice(-40).join('\n')}` : ''}`);
  return stdout;
}

/** Waits for `child`; never rejects. `code` is the exit code, or the name of the signal that ended it. */
export function ended(child) {
  return new Promise((resolve) => {
    let stdout = '';
    let output = '';
    child.stdout?.on('data', (data) => { stdout += data; output += data; });
    child.stderr?.on('data', (data) => { output += data; });
    child.once('error', (error) => resolve({ code: null, stdout, output, error }));
    child.once('close', (code, signal) => resolve({ code: code ?? signal, stdout, output, error: undefined }));
  });
}

/**
 * Ends a process and everything below it: softly, then hard after `graceMs`. On POSIX the tree is read before the first signal,
 * because orphans lose their parent's id.
 */
export async function killTree(pid, graceMs = 3000) {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  const pids = tree(pid);
  signal(pids, 'SIGTERM');
  for (const until = Date.now() + graceMs; Date.now() < until && pids.some(alive); ) await sleep(50);
  signal(pids.filter(alive), 'SIGKILL');
}

/** Ends, with all below them, the processes whose command line `chosen` picks. */
export async function killWhere(chosen) {
  for (const { pid, args } of processes()) if (pid !== process.pid && chosen(args)) await killTree(pid);
}

/** Ends, with all below them, the processes below `ancestor` whose command line `chosen` picks. */
export async function killBelow(ancestor, chosen) {
  const below = new Set(tree(ancestor).filter((pid) => pid !== ancestor));
  await Promise.all(processes().filter(({ pid, args }) => below.has(pid) && chosen(args)).map(({ pid }) => killTree(pid)));
}

/** Whether a process of that id is there (a zombie counts as gone). */
export function alive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return process.platform !== 'linux' || !/\) Z /.test(read(`/proc/${pid}/stat`));
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls `poll` until it gives something other than undefined; throws `message` after `timeoutMs`. */
export async function until(poll, timeoutMs, message) {
  for (const end = Date.now() + timeoutMs; ; await sleep(50)) {
    const value = await poll();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new StepError(message);
  }
}

/** The full path of a program on the path, or undefined. On Windows the usual endings are tried. */
export function which(name) {
  const endings = process.platform === 'win32' ? (process.env.PATHEXT ?? '.EXE;.CMD').split(';') : [''];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const ending of endings) {
      const file = path.join(folder, name + ending);
      if (folder && existsSync(file) && statSync(file).isFile()) return file;
    }
  }
  return undefined;
}

/** Whether a window could be shown. */
export function hasDisplay() {
  return process.platform === 'win32' || process.platform === 'darwin' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
}

function tree(pid) {
  const all = processes();
  const found = [pid];
  for (const parent of found) for (const child of all) if (child.parent === parent) found.push(child.pid);
  return found;
}

/** Every process: from /proc where there is one (small containers have no `ps`), else as the system's own tool lists them. */
function processes() {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map((pid) => ({
      pid: Number(pid),
      // "pid (name) state parent …"; the name may hold spaces and brackets.
      parent: Number(read(`/proc/${pid}/stat`).split(') ').at(-1).split(' ')[1]),
      args: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '),
    }));
  }
  const [tool, args] =
    process.platform === 'win32'
      ? ['powershell.exe', ['-NoProfile', '-Command', 'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId) $($_.CommandLine)" }']]
      : ['ps', ['-axww', '-o', 'pid=,ppid=,args=']];
  const { stdout } = spawnSync(tool, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  const rows = [...(stdout ?? '').matchAll(/^\s*(\d+)\s+(\d+)\s+(.*?)\r?$/gm)];
  return rows.map(([, pid, parent, line]) => ({ pid: Number(pid), parent: Number(parent), args: line }));
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended between the listing and the reading
  }
}

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile, which is what was wanted.
    }
  }
}
