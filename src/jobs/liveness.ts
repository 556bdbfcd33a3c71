import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Clocks are set, and processes take a moment to write down when they began. */
const doubt = 60_000;

/**
 * Whether the process with this pid is the one that began about `began` (milliseconds since 1970). Systems use pids again,
 * above all after a restart, and a copied folder brings the pids of another machine.
 */
export async function isAlive(pid: number, began: number): Promise<boolean> {
  if (!exists(pid)) return false;
  const started = await startTime(pid);
  if (started === 'gone') return false;
  // When the system does not tell, a living pid is believed: not starting a second trainer is the safer mistake.
  return started === undefined || Math.abs(started - began) <= doubt;
}

/** Whether a process of this number exists; one of another user does, too. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in milliseconds since 1970; `gone` when there is none (or only its zombie); undefined when unknown. */
export async function startTime(pid: number): Promise<number | 'gone' | undefined> {
  if (process.platform === 'linux') return startTimeLinux(pid);
  if (process.platform === 'win32') {
    const text = await output('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('o')`]);
    const at = Date.parse(text ?? '');
    return Number.isNaN(at) ? undefined : at;
  }
  const text = await output('ps', ['-o', 'stat=,etime=', '-p', String(pid)]);
  if (text === undefined) return undefined;
  const [stat, elapsed] = text.trim().split(/\s+/);
  if (stat === undefined || stat.startsWith('Z')) return 'gone';
  const seconds = elapsed === undefined ? undefined : parseElapsed(elapsed);
  return seconds === undefined ? undefined : Date.now() - 1000 * seconds;
}

/** `[[dd-]hh:]mm:ss` of ps, in seconds. */
export function parseElapsed(text: string): number | undefined {
  const m = /^(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)$/.exec(text);
  return m === null ? undefined : Number(m[1] ?? 0) * 86400 + Number(m[2] ?? 0) * 3600 + Number(m[3]) * 60 + Number(m[4]);
}

/** proc(5): field 22 of stat is the start in clock ticks after boot, 100 a second on every Linux that Node runs on. */
async function startTimeLinux(pid: number): Promise<number | 'gone' | undefined> {
  try {
    const [stat, uptime] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/uptime', 'utf8')]);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'gone';
    const at = Date.now() - 1000 * (Number.parseFloat(uptime) - Number(fields[19]) / 100);
    return Number.isFinite(at) ? at : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : undefined;
  }
}

function output(command: string, args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 5000, windowsHide: true }, (error, stdout) => {
      resolve(error === null ? stdout : undefined);
    });
  });
}
