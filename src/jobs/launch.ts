import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { environmentOfRun } from './environment';
import { writeStarted } from './folder';

/** How trainers are started on this machine. */
export interface LaunchOptions {
  /** Absolute path of `dist/trainer.js`. */
  readonly trainer: string;
  /** The Node (or Electron) binary; default: the one that runs this. */
  readonly execPath?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What the process of a run folder gets besides: keys. What it throws is why the run cannot start. */
  readonly environment?: (folder: string) => Promise<Readonly<Record<string, string>>>;
}

const killed =
  'Ended from outside (SIGKILL). If nobody did that, the memory of this machine ran out: close other programs and resume, or start a run with a smaller memoryBudget, lora or shorter texts.';

/**
 * Starts the trainer of a run folder as a process of its own that outlives this one: its output goes to `log.txt`,
 * its pid into the claim. `onExit` is called if this process is still there when it ends. Throws a UserError when it cannot start.
 */
export async function launch(folder: string, options: LaunchOptions, onExit: () => void): Promise<number> {
  const more = await options.environment?.(folder);
  const log = await open(join(folder, 'log.txt'), 'a');
  try {
    const child = spawn(options.execPath ?? process.execPath, [options.trainer, folder], {
      cwd: dirname(folder),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
      env: await environmentOfRun(folder, { ...(options.env ?? process.env), ...more }),
    });
    child.on('exit', (_code, signal) => {
      // Linux ends the largest process when memory runs out; it cannot say so itself, and its log is what people are shown.
      if (signal === 'SIGKILL') appendFileSync(join(folder, 'log.txt'), `${killed}\n`);
      onExit();
    });
    try {
      await once(child, 'spawn');
    } catch (error) {
      throw new UserError('jobs.trainer-start', `The trainer process could not be started (${options.execPath ?? process.execPath}): ${messageOf(error)}`);
    }
    child.unref();
    await writeStarted(folder, child.pid!);
    return child.pid!;
  } finally {
    await log.close();
  }
}
