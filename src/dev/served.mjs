// VS Code in the browser, served on 127.0.0.1, with this project's folder as an installed extension.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stopTrainers } from './desktop.mjs';
import { hasDisplay, root, say } from './process.mjs';
import { startServer, startSettings } from './server-process.mjs';

/**
 * Serves VS Code on a folder and prints where.
 * @param {string} folder
 * @param {{port?: number, browse: boolean}} options `browse`: open a browser when there is a display
 */
export async function openServed(folder, { port, browse }) {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'plumbline-code-'));
  const remove = () => rm(profile, { recursive: true, force: true, maxRetries: 5 });
  say('starting VS Code 1.139 on 127.0.0.1');
  const server = await startServer({ version: '1.139', profile, port, extensions: [root], settings: startSettings }).catch(async (error) => {
    await remove();
    throw error;
  });
  const url = `${server.url}?folder=${encodeURIComponent(folder).replaceAll('%2F', '/')}`;
  say(`VS Code is at ${url} (Ctrl-C ends it)`);
  if (browse && hasDisplay()) openBrowser(url);
  return {
    exited: server.exited,
    async stop({ trainers }) {
      await server.stop();
      if (trainers) await stopTrainers(folder);
      await remove();
    },
  };
}

function openBrowser(url) {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.once('error', () => say('no browser could be opened: open the address yourself'));
  child.unref();
}
