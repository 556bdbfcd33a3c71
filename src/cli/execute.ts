import { formatSeconds, plural } from '../base/text';
import type { Planned } from '../jobs/plan';
import type { Runs } from '../jobs/runs';
import type { RunView } from '../jobs/view';
import type { Workspace } from '../store/workspace';
import { print, runsOf, say, warn } from './context';
import type { GlobalOptions } from './context';
import { Exit, exitCodeOf, exitCodes } from './exit';
import type { RunFlags } from './flags';
import { ending, runPlan } from './foreground';

/** Makes a plan, runs it to its end (or starts it, or only tells it) and prints what came of it. Ends with the run's exit code. */
export async function execute(
  globals: GlobalOptions,
  flags: RunFlags,
  workspace: Workspace,
  plan: (runs: Runs) => Promise<Planned>,
  after: (view: RunView) => Promise<{ value: Record<string, unknown>; text: string } | undefined> = () => Promise.resolve(undefined),
): Promise<void> {
  const runs = await runsOf(workspace, flags.dryRun !== true);
  try {
    const planned = await plan(runs);
    warn(planned.problems);
    if (flags.dryRun === true) {
      print(globals, { says: planned.says, run: planned.plan.run, examples: planned.plan.data.length }, () => `${planned.says}\nNothing was started.`);
      return;
    }
    say(planned.says);
    if (flags.detach === true) {
      const view = await runs.submit(planned.plan);
      print(globals, { run: view }, () => (view.state === 'queued' ? `${view.id} is queued. It starts when the runs before it are over and an editor or "plumbline runs --follow" is there to start it.` : `${view.id} has started. Watch it with: plumbline runs --follow`));
      return;
    }
    const view = await runPlan(runs, planned.plan);
    const more = view.state === 'finished' ? await after(view) : undefined;
    print(globals, { run: view, ...more?.value }, () => [ending(view), results(view), more?.text].filter((t) => t !== undefined && t !== '').join('\n'));
    const code = exitCodeOf(view);
    if (code !== exitCodes.ok) throw new Exit(code);
  } finally {
    runs.dispose();
  }
}

/** The numbers that a run ended with, one a line. */
export function results(view: RunView): string {
  const numbers = Object.entries(view.summary ?? {}).map(([name, value]) => `  ${name}  ${Number(value.toPrecision(5))}`);
  const took = view.startedAt !== undefined && view.finishedAt !== undefined ? [`  took  ${formatSeconds((Date.parse(view.finishedAt) - Date.parse(view.startedAt)) / 1000)}`] : [];
  return [...numbers, ...took].join('\n');
}

/** `3 warnings` … as a run told them. */
export function warningsOf(view: RunView): string {
  return view.warnings.length === 0 ? '' : plural(view.warnings.length, 'warning');
}
