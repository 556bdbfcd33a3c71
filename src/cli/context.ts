import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { formatProblem } from '../base/problems';
import type { Problem } from '../base/problems';
import { openRuns } from '../jobs/runs';
import type { Runs } from '../jobs/runs';
import type { LabelThreads } from '../store/label-threads';
import { requireWorkspace } from '../store/workspace';
import type { Workspace } from '../store/workspace';

/** The options that every command has. */
export interface GlobalOptions {
  /** A workspace folder; else the nearest one at or above the current folder. */
  readonly workspace?: string;
  /** One JSON document on stdout. */
  readonly json?: boolean;
}

/** The folder of the built program: `dist`. (The bundle is CommonJS; a link to it, as npm makes, does not change this.) */
export const distFolder = __dirname;

/** The workspace that a command works on. Throws a UserError when there is none. */
export function workspaceOf(options: GlobalOptions): Promise<Workspace> {
  return requireWorkspace(options.workspace ?? process.cwd());
}

/** The runs of a workspace, with the trainer that lies beside this program. */
export async function runsOf(workspace: Workspace, mayStart = true): Promise<Runs> {
  const runs = await openRuns({ runsFolder: join(workspace.folder, 'runs'), trainer: trainerPath(), mayStart: () => mayStart, pollMs: 500 });
  runs.onProblems((problems) => {
    warn(problems);
  });
  return runs;
}

/** `dist/trainer.js`. Throws a UserError when it was not built. */
export function trainerPath(): string {
  const path = process.env['PLUMBLINE_TRAINER'] ?? join(distFolder, 'trainer.js');
  if (!existsSync(path)) throw new UserError('cli.no-trainer', `${path} is missing: the program was not built whole. Run "npm run build", or install it again.`);
  return path;
}

/** Threads that help to read many labels, with the script that lies beside this program. */
export const labelThreads: LabelThreads = {
  script: join(distFolder, 'labels.js'),
  failed: (error) => {
    say(`warning: labels are read without the help of another thread: ${messageOf(error)}`);
  },
};

/** One JSON document for a machine, or text for a person. */
export function print(options: GlobalOptions, value: unknown, text: () => string): void {
  const out = options.json === true ? JSON.stringify(value, undefined, 2) : text();
  if (out !== '') process.stdout.write(out.endsWith('\n') ? out : `${out}\n`);
}

/** For people: stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Problems of files, as compilers print them; at most 20 and how many more there are. */
export function warn(problems: readonly Problem[]): void {
  for (const p of problems.slice(0, 20)) say(`${p.severity}: ${formatProblem(p)}`);
  if (problems.length > 20) say(`… and ${problems.length - 20} more`);
}
