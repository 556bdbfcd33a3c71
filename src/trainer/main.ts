import { resolve } from 'node:path';
import { messageOf } from '../base/errors';
import { providers } from '../training/device';
import { probe } from './probe';
import { serveModel } from './serve';
import { exitCodes, runTrainer } from './trainer';

const defaultIdleMs = 15 * 60_000;

/**
 * `node trainer.js <run folder>`: runs what the folder's `run.json` describes, from the beginning or from the last checkpoint.
 * Ends with 0 finished, 1 a bug, 2 something the user can mend, 3 stopped on request.
 * `node trainer.js probe <provider> <threads> [measure]`: tries a provider, for the trainer, which a crash must not end.
 * `node trainer.js serve <model folder> [idle milliseconds]`: answers requests on standard input.
 */
async function main(): Promise<void> {
  const [folder, ...more] = process.argv.slice(2);
  const [model, idle] = more;
  if (folder === 'probe') {
    const [name, threads, measure] = more;
    const provider = providers.find((p) => p === name);
    if (provider === undefined || !(Number(threads) >= 1)) throw new Error(`probe ${more.join(' ')}: wants a provider of ${providers.join(', ')} and a number of threads`);
    await probe(provider, Number(threads), measure === 'measure');
    return;
  }
  if (folder === 'serve' && model !== undefined) {
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
    process.exitCode = await serveModel(resolve(model), idle === undefined ? defaultIdleMs : Number(idle));
    return;
  }
  if (folder === undefined || more.length > 0 || folder.startsWith('-')) {
    console.error('usage: node trainer.js <run folder> | serve <model folder>');
    process.exitCode = exitCodes.userError;
    return;
  }
  // Whoever started this process may be gone, and its end of the pipe with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.exitCode = await runTrainer(resolve(folder));
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = exitCodes.bug;
});
