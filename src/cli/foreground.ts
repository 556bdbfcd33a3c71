import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { describeRun } from '../jobs/view';
import type { RunPlan } from '../jobs/create';
import type { Runs } from '../jobs/runs';
import type { RunView } from '../jobs/view';
import { progressFor } from './progress';

/**
 * Starts a plan and stays with it until it ends. The first Ctrl-C asks the trainer to stop with a checkpoint, the second
 * ends it at once. The trainer is a process of its own: if this one is killed, it goes on.
 */
export async function runPlan(runs: Runs, plan: RunPlan): Promise<RunView> {
  return follow(runs, (await runs.submit(plan)).id);
}

/** Shows the progress of a run until it is neither queued nor at work. */
export async function follow(runs: Runs, id: string): Promise<RunView> {
  const progress = progressFor(process.stderr);
  const told = new Set<string>();
  const tell = (view: RunView): void => {
    for (const warning of view.warnings) {
      if (told.has(warning)) continue;
      told.add(warning);
      progress.note(`warning: ${warning}`);
    }
    progress.update(view);
  };
  const listening = runs.onChange((changes) => {
    for (const { view } of changes) if (view.id === id) tell(view);
  });
  let interrupts = 0;
  const onInterrupt = (): void => {
    interrupts++;
    if (interrupts === 1) {
      progress.note('Stopping after this step, with a checkpoint. Press Ctrl-C again to end it at once.');
      void runs.stop(id).catch((error: unknown) => {
        progress.note(String(error));
      });
    } else void runs.kill(id);
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  try {
    const now = runs.get(id);
    if (now !== undefined) tell(now);
    const view = await runs.wait(id);
    progress.end();
    return view;
  } finally {
    progress.end();
    listening.dispose();
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  }
}

/** How a run ended, in one or two lines, with what can be done about it. */
export function ending(view: RunView): string {
  // All of it: the end of an error says what to do.
  const said = `${view.name}: ${describeRun(view, 2000)}`;
  switch (view.state) {
    case 'finished':
      return said;
    case 'cancelled':
      return `${view.name}: taken out of the queue`;
    default:
      return `${said}\n  go on with: plumbline resume ${view.id}${whichWorkspace(view)}\n  its log: ${join(view.folder, 'log.txt')}`;
  }
}

/** The option that names the run's workspace, unless it is found from the current folder. */
function whichWorkspace(view: RunView): string {
  const root = resolve(view.folder, '..', '..', '..');
  const path = relative(root, process.cwd());
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path) ? ` --workspace ${root}` : '';
}
