import * as vscode from 'vscode';
import { messageOf, stackOf, UserError } from '../base/errors';
import { formatProblem } from '../base/problems';
import { formatSeconds } from '../base/text';
import type { Planned } from '../jobs/plan';
import type { RunView } from '../jobs/view';
import { log, requireTrust } from './edge';
import type { Session, Sessions } from './session';
import { keyNumbers } from './status';

/** Exit codes of a task: 0 only for a run that finished. */
export const exitCodes: Partial<Record<RunView['state'], number>> = { finished: 0, stopped: 3, cancelled: 3 };

/** A terminal that plans a run, starts it and shows its progress. Closing it asks the run to stop; the run can be resumed. */
export function runTerminal(sessions: Sessions, plan: (session: Session) => Promise<Planned>): vscode.Pseudoterminal {
  const write = new vscode.EventEmitter<string>();
  const close = new vscode.EventEmitter<number>();
  const closed = new AbortController();
  let running: { session: Session; id: string } | undefined;
  const say = (line: string): void => {
    write.fire(`${line.replace(/\r?\n/g, '\r\n')}\r\n`);
  };

  async function go(): Promise<number> {
    requireTrust();
    const session = await sessions.require();
    const planned = await plan(session);
    for (const problem of planned.problems.slice(0, 20)) say(`${problem.severity}: ${formatProblem(problem)}`);
    say(planned.says);
    const { id } = await session.runs.submit(planned.plan);
    running = { session, id };
    let last = '';
    const listening = session.runs.onChange((changes) => {
      const change = changes.find((c) => c.view.id === id);
      const line = change && progressLine(change.view);
      if (line !== undefined && line !== last) say(line);
      last = line ?? last;
      for (const event of change?.events ?? []) if (event.type === 'warning') say(`\x1b[33m${event.message}\x1b[0m`);
    });
    try {
      const run = await session.runs.wait(id, closed.signal);
      say(endLine(run));
      return exitCodes[run.state] ?? 1;
    } finally {
      listening.dispose();
    }
  }

  return {
    onDidWrite: write.event,
    onDidClose: close.event,
    open: () => {
      go().catch((error: unknown) => {
        if (closed.signal.aborted) return 3;
        say(`\x1b[31m${messageOf(error)}\x1b[0m`);
        if (!(error instanceof UserError)) log.error(stackOf(error));
        return error instanceof UserError ? 2 : 1;
      }).then((code) => {
        close.fire(code);
      }, (error: unknown) => {
        log.error(stackOf(error));
      });
    },
    close: () => {
      closed.abort();
      if (running) running.session.runs.stop(running.id).catch((error: unknown) => { log.info(`the task of ${running?.id ?? ''} was closed: ${messageOf(error)}`); });
    },
    handleInput: (data) => {
      // Ctrl-C, as in any terminal.
      if (data === '\x03' && running) running.session.runs.stop(running.id).catch((error: unknown) => { say(messageOf(error)); });
    },
  };
}

function progressLine(run: RunView): string {
  if (run.state === 'queued') return `queued${run.position === undefined ? '' : `, place ${run.position}`}`;
  if (run.total === 0 || run.step === 0) return run.state;
  const numbers = keyNumbers(run, 4).map(([name, value]) => `${name} ${value}`);
  return [`${run.state === 'stopping' ? 'stopping · ' : ''}${String(Math.floor(run.percent)).padStart(3)} %  ${run.step}/${run.total}`, ...(run.secondsLeft === undefined ? [] : [formatSeconds(run.secondsLeft)]), ...numbers].join('  ');
}

function endLine(run: RunView): string {
  const color = run.state === 'finished' ? 32 : run.state === 'failed' || run.state === 'interrupted' ? 31 : 33;
  const numbers = Object.entries(run.summary ?? {}).map(([name, value]) => `  ${name}  ${Number(value.toPrecision(5))}`);
  return [`\x1b[${color}m${run.state}\x1b[0m ${run.error?.message ?? ''}`.trimEnd(), ...numbers].join('\n');
}
