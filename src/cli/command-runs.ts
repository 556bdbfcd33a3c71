import type { Command } from 'commander';
import { UserError } from '../base/errors';
import { formatSeconds } from '../base/text';
import { needRun } from '../jobs/model-ref';
import { readEvents } from '../jobs/tail';
import { describeRun, isActive } from '../jobs/view';
import type { RunView } from '../jobs/view';
import { print, runsOf, say, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { results } from './execute';
import { Exit, exitCodeOf, exitCodes } from './exit';
import { positive } from './flags';
import { ending, follow } from './foreground';
import { keyNumbers } from './progress';

/** `plumbline runs`, `stop`, `resume`. */
export function addRuns(program: Command): void {
  program
    .command('runs')
    .summary('list the runs, or show one')
    .description('Lists the runs of the workspace, newest last, or tells everything about one.')
    .argument('[run]', 'the id of a run, its beginning, or "last"')
    .option('--follow', 'stay, show progress, and start what is queued, until nothing is left')
    .addHelpText('after', '\nExamples:\n  plumbline runs\n  plumbline runs last --json\n  plumbline runs --follow')
    .action(async (name: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { follow?: boolean }>();
      const runs = await runsOf(await workspaceOf(options), options.follow === true);
      try {
        if (options.follow === true) {
          for (;;) {
            const next = runs.list().filter((v) => name === undefined || v.id === needRun(runs.list(), name).id).reverse().find((v) => isActive(v.state) || v.state === 'queued');
            if (next === undefined) break;
            say(ending(await follow(runs, next.id)));
          }
        }
        const list = runs.list().reverse();
        if (name === undefined) {
          print(options, { runs: list }, () => (list.length === 0 ? 'There are no runs yet.' : list.map(line).join('\n')));
          return;
        }
        const view = needRun(list, name);
        const { events } = await readEvents(view.folder);
        print(options, { run: view, events }, () => details(view));
      } finally {
        runs.dispose();
      }
    });

  program
    .command('stop')
    .summary('ask a run to stop with a checkpoint')
    .description('Asks a run to end after the step it is at, with a checkpoint that "plumbline resume" goes on from. A queued run is taken out of the queue.')
    .argument('[run]', 'the id of a run, its beginning, or "last" (default: the one at work)')
    .option('--kill-after <seconds>', 'end its process if it is still there by then', positive)
    .option('--no-wait', 'do not wait until it has stopped')
    .action(async (name: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { killAfter?: number; wait: boolean }>();
      const runs = await runsOf(await workspaceOf(options), false);
      try {
        const active = runs.list().filter((v) => isActive(v.state));
        if (name === undefined && active.length !== 1) {
          throw new UserError('cli.which-run', active.length === 0 ? 'No run is at work.' : `Several runs are at work: ${active.map((v) => v.id).join(', ')}. Say which.`);
        }
        const { id } = name === undefined ? active[0]! : needRun(runs.list(), name);
        await runs.stop(id, options.killAfter === undefined ? undefined : 1000 * options.killAfter);
        const view = options.wait ? await runs.wait(id) : runs.get(id)!;
        print(options, { run: view }, () => (options.wait ? ending(view) : `${view.name} was asked to stop.`));
      } finally {
        runs.dispose();
      }
    });

  program
    .command('resume')
    .summary('go on with a run that was stopped or cut off')
    .description('Goes on from the last checkpoint. A run that was interrupted gives the same numbers as one that was not.')
    .argument('[run]', 'the id of a run, its beginning, or "last" (default: the newest that can be resumed)')
    .option('--detach', 'come back at once')
    .action(async (name: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { detach?: boolean }>();
      const runs = await runsOf(await workspaceOf(options));
      try {
        const wanted = name === undefined ? runs.list().find((v) => v.state === 'stopped' || v.state === 'interrupted') : needRun(runs.list(), name);
        if (wanted === undefined) throw new UserError('cli.nothing-to-resume', 'No run of this workspace was stopped or cut off.');
        await runs.resume(wanted.id);
        const view = options.detach === true ? runs.get(wanted.id)! : await follow(runs, wanted.id);
        print(options, { run: view }, () => (options.detach === true ? `${view.name}: ${describeRun(view)}` : [ending(view), results(view)].filter((t) => t !== '').join('\n')));
        const code = options.detach === true ? exitCodes.ok : exitCodeOf(view);
        if (code !== exitCodes.ok) throw new Exit(code);
      } finally {
        runs.dispose();
      }
    });
}

function line(view: RunView): string {
  const numbers = keyNumbers(view);
  return `${view.id}  ${describeRun(view)}${numbers === '' ? '' : ` · ${numbers}`}`;
}

function details(view: RunView): string {
  const rows: (readonly [string, string | undefined])[] = [
    ['run', view.id],
    ['name', view.name],
    ['state', describeRun(view)],
    ['what', view.plan],
    ['started', view.startedAt],
    ['ended', view.finishedAt],
    ['took', view.startedAt !== undefined && view.finishedAt !== undefined ? formatSeconds((Date.parse(view.finishedAt) - Date.parse(view.startedAt)) / 1000) : undefined],
    ['checkpoint', view.checkpoint === undefined ? undefined : `step ${view.checkpoint}`],
    ['folder', view.folder],
    ...Object.entries(view.outputs ?? {}).map(([role, path]) => [role, path] as const),
    ...view.warnings.map((w) => ['warning', w] as const),
    ...Object.entries(view.summary ?? view.metrics).map(([name, value]) => [name, String(Number(value.toPrecision(5)))] as const),
  ];
  const there = rows.filter((r): r is readonly [string, string] => r[1] !== undefined);
  const width = Math.max(...there.map(([name]) => name.length));
  return there.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
