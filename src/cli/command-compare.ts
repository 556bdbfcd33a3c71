import type { Command } from 'commander';
import { UserError } from '../base/errors';
import { plural } from '../base/text';
import { makeBlindComparison } from '../jobs/blind';
import { needRun } from '../jobs/model-ref';
import { print, runsOf, workspaceOf } from './context';
import type { GlobalOptions } from './context';

/** `plumbline compare`. */
export function addCompare(program: Command): void {
  program
    .command('compare')
    .summary('let people compare a model with its reference, blind')
    .description('Puts the answers of a finished evaluation and its reference before labelers, in random order and without their sources. "plumbline report" tells the win rate afterwards.')
    .argument('[run]', 'the id of an evaluation, its beginning, or "last" (default: the newest finished evaluation)')
    .addHelpText('after', '\nExample:\n  plumbline evaluate && plumbline compare && plumbline report last')
    .action(async (name: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const workspace = await workspaceOf(options);
      const runs = await runsOf(workspace, false);
      try {
        const list = runs.list();
        const run = name === undefined ? list.find((r) => r.kind === 'evaluate' && r.state === 'finished') : needRun(list, name);
        if (run === undefined) throw new UserError('cli.no-evaluation', 'No evaluation has finished yet: run "plumbline evaluate" first.');
        const made = await makeBlindComparison(workspace, run);
        print(options, made, () => `${plural(made.items, 'pair')} in the set "${made.set}"${made.same === 0 ? '' : `; ${made.same} more are the same text and count as ties`}. Label them in the editor (Plumbline: Label Answers), then: plumbline report ${run.id}`);
      } finally {
        runs.dispose();
      }
    });
}
