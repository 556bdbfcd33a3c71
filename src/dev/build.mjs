// Builds what users get, for the scripts that start or test it.
import { createRequire } from 'node:module';
import path from 'node:path';
import { seconds } from './npm.mjs';
import { root, say, StepError } from './process.mjs';

/** Builds extension, trainer, command line and panels into dist. Always: it takes a second, and checking would take as long. */
export async function buildShipped() {
  const started = Date.now();
  const { build, shipped } = table();
  await build(shipped).catch(() => {
    throw new StepError('the build failed'); // esbuild has printed where and why
  });
  say(`built (${seconds(started)} s)`);
}

/** The project's table of build targets: loaded late, because esbuild may have just been installed. */
export function table() {
  return createRequire(import.meta.url)(path.join(root, 'esbuild.js'));
}
