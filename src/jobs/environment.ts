import { resolve } from 'node:path';
import { weightBytes } from './model-ref';
import { readSpec } from './folder';

/**
 * How the C library's heap behaves in a process that trains. A session without an arena of its own takes the memory of every intermediate
 * result from the process; glibc would ask the kernel for each large block and give it back at once, and the kernel clears every page of
 * it again (15M parameters, B8 × T256, 2 threads: 23 % of a training step). With these it stays with the process, in one heap for all
 * threads. Other C libraries do not know them.
 */
const heap = { MALLOC_MMAP_THRESHOLD_: '4000000000', MALLOC_TRIM_THRESHOLD_: '4000000000', MALLOC_ARENA_MAX: '1' };

/**
 * Before glibc 2.38 an aligned block that was freed is too small for the next one of its size, so that heaps grow by what lies between: a reward model
 * of 0.5B (LoRA, T=512) took 6.2 GB instead of 4.6 GB. Blocks of 4 MB and more have a mapping of their own where a model is large: clearing
 * their pages then takes as good as no share of a step (the same processor time, measured).
 */
const largeModel = 600e6;
const ownMapping = { MALLOC_MMAP_THRESHOLD_: '4194304' };

/** The environment of a process that runs `dist/trainer.js` with weight files of so many bytes. What `env` says of the heap itself stands. */
export function trainerEnvironment(env: NodeJS.ProcessEnv, bytes = 0): NodeJS.ProcessEnv {
  // Inside VS Code, process.execPath is Electron: the last one makes it behave as Node.
  return { ...heap, ...(bytes < largeModel ? {} : ownMapping), ...env, ELECTRON_RUN_AS_NODE: '1' };
}

/** The same for a run folder. What cannot be read is the trainer's to tell. */
export async function environmentOfRun(folder: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const sizes = await readSpec(folder).then(
    ({ models }) => Promise.all(Object.values(models).flat().filter((path): path is string => path !== undefined).map((path) => weightBytes(resolve(folder, '..', '..', '..', path)).catch(() => 0))),
    () => [],
  );
  return trainerEnvironment(env, Math.max(0, ...sizes));
}
