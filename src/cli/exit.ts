import { CommanderError } from 'commander';
import { UserError, messageOf, stackOf } from '../base/errors';
import type { RunView } from '../jobs/view';

/** What the process says to its caller; also in `--help`. */
export const exitCodes = { ok: 0, bug: 1, userError: 2, stopped: 3 } as const;

export const exitCodesHelp = `Exit codes:
  0  everything was done
  1  a bug in Plumbline, or a trainer that died without a word
  2  something you can put right: wrong usage, missing data, a bad file
  3  stopped before the end, by you; "plumbline resume" goes on`;

/** The exit code that says how a run ended. */
export function exitCodeOf(view: RunView): number {
  switch (view.state) {
    case 'finished':
      return exitCodes.ok;
    case 'stopped':
    case 'cancelled':
      return exitCodes.stopped;
    case 'failed':
      return view.error?.code === undefined ? exitCodes.bug : exitCodes.userError;
    default:
      return exitCodes.bug;
  }
}

/** Thrown to end a command with this code after everything has been said. */
export class Exit extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}

/** What was thrown, as an exit code and as the lines to print for it. With `json`, one document that names the error. */
export function explain(error: unknown, json: boolean): { code: number; stdout?: string; stderr?: string } {
  if (error instanceof Exit) return { code: error.code };
  // Commander has already printed help, version or what was wrong with the arguments.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { code: exitCodes.ok };
    return { code: exitCodes.userError, ...(json ? { stdout: document({ code: 'cli.usage', message: error.message }) } : {}) };
  }
  const known = error instanceof UserError;
  const code = known ? exitCodes.userError : exitCodes.bug;
  if (json) return { code, stdout: document({ ...(known ? { code: error.code } : {}), message: messageOf(error) }), ...(known ? {} : { stderr: `${stackOf(error)}\n` }) };
  const hint = known && error.action !== undefined ? cure(error.action) : undefined;
  return { code, stderr: known ? `error: ${error.message}${hint === undefined ? '' : `\n  ${hint}`}\n` : `This is a bug in Plumbline:\n${stackOf(error)}\n` };
}

const document = (error: Readonly<Record<string, string>>): string => `${JSON.stringify({ error }, undefined, 2)}\n`;

/** The command that does what a button in the editor would do. */
const commands: Readonly<Record<string, string>> = {
  'plumbline.setup': 'init',
  'plumbline.import': 'import FILE',
  'plumbline.generate': 'generate',
  'plumbline.trainReward': 'train reward',
};

function cure(action: NonNullable<UserError['action']>): string {
  const command = action.command === undefined ? undefined : commands[action.command];
  return command === undefined ? `${action.title}.` : `${action.title}: plumbline ${command}`;
}
