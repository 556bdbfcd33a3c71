import type { Command } from 'commander';
import { UserError } from '../base/errors';
import type { Planned } from '../jobs/plan';
import type { Runs } from '../jobs/runs';
import { describeSeeds, groupName, seedGroups, seedSurvival } from '../jobs/seeds';
import type { RunView } from '../jobs/view';
import type { Workspace } from '../store/workspace';
import { print, runsOf, say, warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { Exit, exitCodeOf, exitCodes } from './exit';
import type { RunFlags } from './flags';
import { ending, follow } from './foreground';

/** Queues one run a seed, stays with them (unless detached) and prints the share that ended above the start. */
export async function executeSeeds(globals: GlobalOptions, flags: RunFlags, workspace: Workspace, seeds: number, plan: (runs: Runs, seed: number, group: string) => Promise<Planned>): Promise<void> {
  const runs = await runsOf(workspace, flags.dryRun !== true);
  try {
    const first = flags.seed ?? 0;
    const group = groupName(flags.name ?? 'ppo', new Date().toISOString());
    const planned: Planned[] = [];
    for (let k = 0; k < seeds; k++) planned.push(await plan(runs, first + k, group));
    warn(planned[0]!.problems);
    const says = `${seeds} runs that differ by their seed only (${first} to ${first + seeds - 1}): ${planned[0]!.says}`;
    if (flags.dryRun === true) {
      print(globals, { says, group, runs: planned.map((p) => p.plan.run) }, () => `${says}\nNothing was started.`);
      return;
    }
    say(says);
    const ids: string[] = [];
    for (const p of planned) ids.push((await runs.submit(p.plan)).id);
    if (flags.detach === true) {
      print(globals, { group, runs: ids }, () => `${ids.length} runs are queued: plumbline runs --follow stays with them, plumbline seeds tells what became of them.`);
      return;
    }
    const views: RunView[] = [];
    for (const id of ids) {
      const view = await follow(runs, id);
      say(ending(view));
      views.push(view);
      // Who interrupted one wants the others to wait; they stay in the queue.
      if (view.state === 'stopped' || view.state === 'cancelled') throw new Exit(exitCodeOf(view));
    }
    const survival = seedSurvival(group, planned.map((p, k) => ({ view: views[k]!, seed: p.plan.run.seed ?? 0 })));
    print(globals, { seeds: survival }, () => describeSeeds(survival));
    const bad = views.map(exitCodeOf).find((code) => code !== exitCodes.ok);
    if (bad !== undefined && survival.measured < views.length) throw new Exit(bad);
  } finally {
    runs.dispose();
  }
}

/** `plumbline seeds`. */
export function addSeeds(program: Command): void {
  program
    .command('seeds')
    .summary('what became of runs that differ by their seed')
    .description('Of runs that "plumbline train ppo --seeds" has made: the share that ended above the start, with its interval, and mean and spread of reward and KL.')
    .argument('[group]', 'the beginning of a group\'s name (default: all groups)')
    .addHelpText('after', '\nExamples:\n  plumbline train ppo --seeds 10 --updates 30\n  plumbline seeds\n  plumbline seeds --json')
    .action(async (name: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const runs = await runsOf(await workspaceOf(options), false);
      try {
        const all = seedGroups(runs).reverse();
        const chosen = name === undefined ? all : all.filter((g) => g.group.startsWith(name));
        if (name !== undefined && chosen.length === 0) throw new UserError('cli.no-seeds', `There is no group of seeds "${name}". ${all.length === 0 ? 'There are none yet: plumbline train ppo --seeds 10 makes one.' : `There are: ${all.map((g) => g.group).join(', ')}.`}`);
        print(options, { groups: chosen }, () => (chosen.length === 0 ? 'There are no runs that differ by their seed only: plumbline train ppo --seeds 10 makes some.' : chosen.map(describeSeeds).join('\n\n')));
      } finally {
        runs.dispose();
      }
    });
}
