import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatSeconds } from '../base/text';
import { loopDocuments } from '../jobs/report-of';
import { reportMarkdown } from '../jobs/report-markdown';
import { writeReport } from './command-report';
import { print, runsOf, say } from './context';
import type { GlobalOptions } from './context';
import type { DeviceSetting } from '../protocol/run';
import { deviceOption, whole } from './flags';
import { runLoop } from './loop';
import { sampleWorkspace } from './sample-copy';

/** `plumbline headless`: the whole loop on the sample, without an editor. */
export function addHeadless(program: Command): void {
  program
    .command('headless')
    .summary('the whole loop on a copy of the sample workspace')
    .description('Generates answers with the sample\'s model, lets its simulated labelers judge them, trains a reward model, tunes with PPO, measures before and after, and writes report.json and report.md into the workspace. About three minutes on two cores.')
    .option('--seed <n>', 'the same seed on the same machine gives the same numbers', whole(0), 0)
    .option('--updates <n>', 'PPO updates', whole(1))
    .option('--prompts <n>', 'how many prompts are answered and judged; fewer are quicker and rougher', whole(10))
    .option('--answers <n>', 'answers to each of them', whole(2))
    .option('--threads <n>', 'threads of the trainers (default: all cores)', whole(0))
    .addOption(deviceOption())
    .option('-o, --out <folder>', 'where report.json, report.md and report.html go (default: the workspace folder)')
    .addHelpText('after', '\n--workspace names the folder for the copy; it is made, or used as it is when it holds a workspace.\n\nExample:\n  plumbline headless --seed 1 --out report')
    .action(async (_flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { seed: number; prompts?: number; answers?: number; updates?: number; threads?: number; device?: DeviceSetting; out?: string }>();
      const { workspace, copied } = await sampleWorkspace(options.workspace);
      say(`${copied ? 'a copy of the sample workspace' : 'workspace'}: ${workspace.root}`);
      const runs = await runsOf(workspace);
      try {
        const report = await runLoop(workspace, runs, options);
        const files = await writeReport(resolve(options.out ?? workspace.root), await loopDocuments({ workspace, runs: runs.list() }, report));
        print(options, report, () => reportMarkdown(report));
        say(`done in ${formatSeconds(report.seconds)}; written: ${files.join(', ')}`);
      } finally {
        runs.dispose();
      }
    });
}
