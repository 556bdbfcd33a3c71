import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { evaluationExtras } from '../jobs/blind';
import { evaluationMarkdown, evaluationReport } from '../jobs/evaluation-report';
import { findRun } from '../jobs/model-ref';
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
    .argument('[run]', 'the id of a PPO, best-of-n or evaluation run, its beginning, or "last"')
    .option('-o, --out <folder>', 'where to write (default: the workspace folder)')
    .addHelpText('after', '\nExample:\n  plumbline report --out ../for-my-colleagues')
    .action(async (run: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { out?: string }>();
      const workspace = await workspaceOf(options);
      const runs = await runsOf(workspace, false);
      try {
        const named = run === undefined ? undefined : findRun(runs.list(), run);
        const judge = judgeOf((await readProject(workspace)).project);
        const truth = judge === undefined ? {} : { judge };
        if (named?.kind === 'evaluate' || named?.kind === 'bestOfN') {
          const measured = await evaluationReport(named, { ...(await evaluationExtras(workspace, runs.list(), named)), ...truth });
          const written = await writeFiles(resolve(options.out ?? workspace.root), measured, evaluationMarkdown(measured));
          print(options, measured, () => evaluationMarkdown(measured));
          say(`written: ${written.join(', ')}`);
          return;
        }
        const report = await buildReport({ workspace, runs: runs.list() }, { now: new Date(), ...(run === undefined ? {} : { ppo: run }), ...truth });
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
  const page = join(folder, 'report.html');
  const files = await writeFiles(folder, report, reportMarkdown(report));
  await writeFile(page, reportHtml(report, extras));
  return [...files, page];
}

async function writeFiles(folder: string, report: object, markdown: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files = [join(folder, 'report.json'), join(folder, 'report.md')];
  await writeFile(files[0]!, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(files[1]!, markdown);
  return files;
}
