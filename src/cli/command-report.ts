import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { buildReport } from '../jobs/report';
import type { Report } from '../jobs/report';
import { reportExtras } from '../jobs/report-extras';
import { reportHtml } from '../jobs/report-html';
import type { ReportExtras } from '../jobs/report-html';
import { reportMarkdown } from '../jobs/report-markdown';
import { readProject } from '../store/project-file';
import { print, runsOf, say, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { judgeOf } from '../sample/project-judge';

/** `plumbline report`. */
export function addReport(program: Command): void {
  program
    .command('report')
    .summary('what a loop has changed: labels, reward model, PPO')
    .description('Writes report.json, report.md and report.html about the last finished PPO run (or the one that is named) and prints the second. The page needs no other file: curves are in it.')
    .argument('[run]', 'the id of a PPO run, its beginning, or "last"')
    .option('-o, --out <folder>', 'where to write (default: the workspace folder)')
    .addHelpText('after', '\nExample:\n  plumbline report --out ../for-my-colleagues')
    .action(async (run: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { out?: string }>();
      const workspace = await workspaceOf(options);
      const runs = await runsOf(workspace, false);
      try {
        const judge = judgeOf((await readProject(workspace)).project);
        const report = await buildReport({ workspace, runs: runs.list() }, { now: new Date(), ...(run === undefined ? {} : { ppo: run }), ...(judge === undefined ? {} : { judge }) });
        const files = await writeReport(resolve(options.out ?? workspace.root), report, await reportExtras({ workspace, runs: runs.list() }, report));
        print(options, report, () => reportMarkdown(report));
        say(`written: ${files.join(', ')}`);
      } finally {
        runs.dispose();
      }
    });
}

/** Writes `report.json`, `report.md` and `report.html`. Returns their paths. */
export async function writeReport(folder: string, report: Report, extras: ReportExtras): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files = [join(folder, 'report.json'), join(folder, 'report.md'), join(folder, 'report.html')];
  await writeFile(files[0]!, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(files[1]!, reportMarkdown(report));
  await writeFile(files[2]!, reportHtml(report, extras));
  return files;
}
