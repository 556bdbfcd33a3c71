import type { Command } from 'commander';
import { UserError } from '../base/errors';
import { plural } from '../base/text';
import { readData } from '../jobs/plan';
import { labelThreads, print, warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { repeated, whole } from './flags';
import { simulateLabels } from './simulate';

/** `plumbline label --simulated`: the sample's programs that label. People label in the editor. */
export function addLabel(program: Command): void {
  program
    .command('label')
    .summary('let the sample\'s simulated labelers judge the answers')
    .description('In a copy of the sample workspace, three programs judge the answers, each with noise of its own. Their labels are marked as simulated. People label in the editor: Plumbline: Label Answers.')
    .option('--simulated', 'yes, by programs')
    .option('--labeler <id>', 'only this one; may be repeated', repeated)
    .option('--seed <n>', 'the same seed gives the same judgements', whole(0), 0)
    .addHelpText('after', '\nExample:\n  plumbline label --simulated')
    .action(async (_flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { simulated?: boolean; labeler?: string[]; seed: number }>();
      if (options.simulated !== true) throw new UserError('cli.label', 'People label in the editor (Plumbline: Label Answers). To let the sample\'s programs do it, say --simulated.');
      const workspace = await workspaceOf(options);
      const data = await readData(workspace, labelThreads);
      warn(data.problems);
      const done = await simulateLabels(workspace, data, options.seed, options.labeler);
      print(options, { labelers: done }, () =>
        done.map((d) => `${d.labeler} (simulated): ${plural(d.labels, 'label')}${d.known === 0 ? '' : `, ${d.known} judged before`}: ${Object.entries(d.verdicts).map(([v, n]) => `${v.replace('_', ' ')} ${n}`).join(', ')}`).join('\n'),
      );
    });
}
