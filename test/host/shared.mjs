// One server for the windows of several scripts, one after the other: it is warm, and browsers find what they have fetched and compiled.
// Every window has its own folder and settings, a new extension host, and nothing of what the window before it has stored.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { killBelow, root } from '../../src/dev/process.mjs';
import { startServer, writeSettings } from '../../src/dev/server-process.mjs';

const variable = 'PLUMBLINE_HOST_SHARED';

/**
 * Starts a server that scripts share.
 * @param {'1.100'|'1.139'} version
 * @returns {Promise<{env: Record<string, string>, log(): string, answers(): Promise<boolean>, stop(): Promise<void>}>} `env`: by which
 *   `openWorkbench` finds it in another process
 */
export async function shareServer(version) {
  const home = await mkdtemp(path.join(os.tmpdir(), 'plumbline-shared-'));
  const profile = path.join(home, 'profile');
  const server = await startServer({ version, profile, extensions: [root] });
  return {
    env: { [variable]: JSON.stringify({ version, url: server.url, authority: server.authority, pid: server.pid, profile, caches: path.join(home, 'browser') }) },
    log: server.log,
    answers: () => fetch(`${server.url}healthz`).then((answer) => answer.ok, () => false),
    async stop() {
      await server.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What this process was told of a server of that version that it may share, if anything. */
export function sharedServer(version) {
  const told = JSON.parse(process.env[variable] ?? 'null');
  return told?.version === version ? told : undefined;
}

/** Prepares a shared server for a new window; `stop` ends what belongs to the window, and leaves the server. */
export async function enterShared({ url, authority, pid, profile }, settings) {
  const stop = () => killBelow(pid, (args) => args.includes('--type=extensionHost'));
  await stop();
  await emptyFolders(path.join(profile, 'user', 'User'));
  await writeSettings(profile, settings);
  return { url, authority, pid, log: () => 'the log is kept by who started the server', stop };
}

/** Removes what is in the folders of a folder: drafts, histories, what extensions have stored. The folders stay, because the server makes them when it starts. */
async function emptyFolders(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const inside = path.join(folder, entry.name);
    for (const name of await readdir(inside)) await rm(path.join(inside, name), { recursive: true, force: true, maxRetries: 5 });
  }
}
