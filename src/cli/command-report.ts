import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { needRun } from '../jobs/model-ref';
import { reportOf } from '../jobs/report-of';
import type { RunDocuments } from '../jobs/report-of';
import { readProject } from '../store/project-file';
import { print, runsOf, say, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { judgeOf } from '../sample/project-judge';

/** `plumbline report`. */
export function addReport(program: Command): void {
  program
    .command('report')
    .summary('what a run has done; without one, what a loop has changed: labels, reward model, PPO')
    .description('Writes report.json and report.md, and of a PPO run or a reward model report.html, about the run that is named (or the last finished PPO run) and prints the second. The page needs no other file: curves are in it.')
    .argument('[run]', 'the id of a run, its beginning, or "last"')
    .option('-o, --out <folder>', 'where to write (default: the workspace folder)')
    .addHelpText('after', '\nExample:\n  plumbline report --out ../for-my-colleagues')
    .action(async (run: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { out?: string }>();
      const workspace = await workspaceOf(options);
      const runs = await runsOf(workspace, false);
      try {
        const list = runs.list();
        const judge = judgeOf((await readProject(workspace)).project);
        const report = await reportOf({ workspace, runs: list, judge, now: new Date() }, run === undefined ? undefined : needRun(list, run));
        const written = await writeReport(resolve(options.out ?? workspace.root), report);
        print(options, report.data, () => report.markdown);
        say(`written: ${written.join(', ')}`);
      } finally {
        runs.dispose();
      }
    });
}

/** Writes `report.json`, `report.md` and, where there is a page, `report.html`. Returns their paths. */
export async function writeReport(folder: string, { data, markdown, html }: RunDocuments): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files = [['report.json', `${JSON.stringify(data, undefined, 2)}\n`], ['report.md', markdown], ...(html === undefined ? [] : [['report.html', html]])] as const;
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  return files.map(([name]) => join(folder, name));
}
