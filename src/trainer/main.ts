import { resolve } from 'node:path';
import { messageOf } from '../base/errors';
import { exitCodes, runTrainer } from './trainer';

/**
 * `node trainer.js <run folder>`: runs what the folder's `run.json` describes, from the beginning or from the last checkpoint.
 * Ends with 0 finished, 1 a bug, 2 something the user can mend, 3 stopped on request.
 */
async function main(): Promise<void> {
  const [folder, ...more] = process.argv.slice(2);
  if (folder === undefined || more.length > 0 || folder.startsWith('-')) {
    console.error('usage: node trainer.js <run folder>');
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
