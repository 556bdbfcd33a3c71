// Finds the extension host of a window, to kill it or to let it sleep.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';

/** The process id of the newest extension host below a server's process. */
export async function extensionHost(server) {
  const processes = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8');
      processes.push({ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), command: await readFile(`/proc/${name}/cmdline`, 'utf8') });
    } catch {
      // it has ended meanwhile
    }
  }
  const byPid = new Map(processes.map((p) => [p.pid, p]));
  const isOurs = (p) => p !== undefined && (p.pid === server || isOurs(byPid.get(p.parent)));
  const host = processes.filter((p) => p.command.includes('--type=extensionHost') && isOurs(p)).at(-1);
  assert.ok(host, 'there is an extension host');
  return host.pid;
}
