import type { Command } from 'commander';
import { contradictionsMarkdown, contradictionsReport } from '../jobs/contradictions';
import { print, runsOf, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { whole } from './flags';

/** `plumbline contradictions`. */
export function addContradictions(program: Command): void {
  program
    .command('contradictions')
    .summary('labels that reward models contradict, and what became of those asked again')
    .description('Lists the labels that the reward models of the last scores would rather have reversed, strongest first, and what people said who were asked again (in the editor: Plumbline: Ask Contradicted Labels Again).')
    .option('--limit <n>', 'at most so many (default: 50)', whole(1))
    .addHelpText('after', '\nExample:\n  plumbline score && plumbline contradictions')
    .action(async (_flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { limit?: number }>();
      const workspace = await workspaceOf(options);
      const runs = await runsOf(workspace, false);
      try {
        const report = await contradictionsReport(workspace, runs.list(), options.limit);
        print(options, report, () => contradictionsMarkdown(report));
      } finally {
        runs.dispose();
      }
    });
}
