import type { Command } from 'commander';
import { planScore } from '../jobs/plan-score';
import { workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { execute } from './execute';
import { addRunFlags, planOptions, repeated, whole } from './flags';
import type { RunFlags } from './flags';

/** `plumbline score`. */
export function addScore(program: Command): void {
  const command = program
    .command('score')
    .summary('let reward models score the answers')
    .description('Lets one or more reward models score all answers. Labeling queues by uncertainty read the scores.')
    .option('--reward <model>', 'a reward model: a run, a name in project.json, or a folder; may be repeated (default: all finished reward runs)', repeated)
    .option('--answers <set>', 'a set of answers, by name; may be repeated (default: all sets)', repeated)
    .option('--batch-size <n>', 'answers a step', whole(1));
  addRunFlags(command)
    .addHelpText('after', '\nExamples:\n  plumbline score\n  plumbline score --reward last --answers first-batch')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & RunFlags & { reward?: string[]; answers?: string[]; batchSize?: number }>();
      const workspace = await workspaceOf(options);
      await execute(options, options, workspace, (runs) =>
        planScore(
          { workspace, runs: runs.list() },
          { ...planOptions(options, { batchSize: options.batchSize }), ...(options.reward === undefined ? {} : { reward: options.reward }), ...(options.answers === undefined ? {} : { sets: options.answers }) },
        ),
      );
    });
}
