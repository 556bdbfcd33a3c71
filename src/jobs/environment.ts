/**
 * How the C library's heap behaves in a process that trains. A session without an arena of its own takes the memory of every intermediate
 * result from the process; glibc would ask the kernel for each large block and give it back at once, and the kernel clears every page of
 * it again (15M parameters, B8 × T256, 2 threads: 23 % of a training step). With these it stays with the process, in one heap for all
 * threads. Other C libraries do not know them.
 */
const heap = { MALLOC_MMAP_THRESHOLD_: '4000000000', MALLOC_TRIM_THRESHOLD_: '4000000000', MALLOC_ARENA_MAX: '1' };

/** The environment of a process that runs `dist/trainer.js`. What `env` says of the heap itself stands. */
export function trainerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Inside VS Code, process.execPath is Electron: the last one makes it behave as Node.
  return { ...heap, ...env, ELECTRON_RUN_AS_NODE: '1' };
}
