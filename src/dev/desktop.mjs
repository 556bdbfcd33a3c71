// Desktop VS Code on a folder, with a profile of its own: nothing of the person's settings is touched, and Ctrl-C can end all of it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ended, killTree, killWhere, root, say } from './process.mjs';
import { quietSettings, startSettings } from './server-process.mjs';

/**
 * Opens a window.
 * @param {string} code path of the `code` program
 * @param {string} folder to open
 * @returns {Promise<{exited: Promise<{code: number|string|null, error?: Error}>, stop(options: {trainers: boolean}): Promise<void>}>} `trainers`:
 *   whether runs end, too; a window that was merely closed leaves them at work
 */
export async function openDesktop(code, folder) {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'plumbline-code-'));
  const user = path.join(profile, 'user');
  await mkdir(path.join(user, 'User'), { recursive: true });
  await writeFile(path.join(user, 'User', 'settings.json'), JSON.stringify({ ...quietSettings, ...startSettings }, undefined, 2));
  const args = ['--wait', '--new-window', '--disable-workspace-trust', '--user-data-dir', user, '--extensions-dir', path.join(profile, 'extensions'), `--extensionDevelopmentPath=${root}`, folder];
  say(`opening desktop VS Code (${code}); close its window or press Ctrl-C to end`);
  const child = spawn(program(code), args, { stdio: 'ignore', detached: process.platform !== 'win32' });
  const exited = ended(child);
  return {
    exited,
    async stop({ trainers }) {
      if (child.pid && child.exitCode === null) await killTree(child.pid);
      // On macOS and Linux `code` hands the window to a process that is not below it: our profile's path tells which.
      await killWhere((line) => line.includes(profile));
      if (trainers) await stopTrainers(folder);
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Ends the trainers of a workspace: they are made to outlive the window, and Ctrl-C is to leave nothing running. */
export function stopTrainers(folder) {
  return killWhere((line) => line.includes('trainer.js') && line.includes(folder + path.sep));
}

/** `code.cmd` cannot be spawned without a shell; the program it starts can. */
function program(code) {
  const exe = path.join(path.dirname(code), '..', 'Code.exe');
  return process.platform === 'win32' && existsSync(exe) ? exe : code;
}
