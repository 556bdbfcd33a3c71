import { formatSeconds, oneLine } from '../base/text';
import type { RunEvent } from '../protocol/events';
import type { RunKind, RunSpec } from '../protocol/run';

/**
 * What a run is doing:
 * - `queued`: waits for its turn; `starting`: its process was started and has not spoken yet; `running`;
 * - `stopping`: asked to stop, the next checkpoint ends it; `stopped`: it did, and can be resumed;
 * - `interrupted`: its process is gone without a word (killed, crash, power cut), and can be resumed;
 * - `failed`: it said why; `finished`; `cancelled`: taken out of the queue before it began.
 */
export type RunState = 'queued' | 'starting' | 'running' | 'stopping' | 'stopped' | 'interrupted' | 'failed' | 'finished' | 'cancelled';

/** One run as everybody sees it: editor, command line, report. Computed from the files of its folder, never stored. */
export interface RunView {
  readonly id: string;
  readonly kind: RunKind;
  readonly name: string;
  /** Absolute path of the run folder. */
  readonly folder: string;
  readonly state: RunState;
  readonly createdAt: string;
  /** Since when it waits; only while queued. */
  readonly queuedAt?: string;
  /** 1 is next; only while queued. */
  readonly position?: number;
  /** When its process first spoke. */
  readonly startedAt?: string;
  /** When it finished, failed or stopped. */
  readonly finishedAt?: string;
  readonly step: number;
  /** 0 while unknown. */
  readonly total: number;
  /** 0–100. */
  readonly percent: number;
  /** As the trainer last estimated it; only while it runs. */
  readonly secondsLeft?: number;
  /** The latest value of every metric, held-out ones included. TRL's names. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The result in numbers, of a finished run. */
  readonly summary?: Readonly<Record<string, number>>;
  /** What a finished run made: role → absolute path is `join(folder, outputs.role)`. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Why it failed or what is known about its interruption. `code` is a UserError's; absent for a bug. */
  readonly error?: { readonly code?: string; readonly message: string };
  readonly warnings: readonly string[];
  /** The step of the newest checkpoint. */
  readonly checkpoint?: number;
  /** What the run said that it was about to do. */
  readonly plan?: string;
  readonly pid?: number;
}

/** What the files of a run folder other than `events.jsonl` say. Times are milliseconds since 1970. */
export interface RunMarks {
  /** When it was put in the queue. */
  readonly queued?: number;
  /** When somebody took it from the queue, and the process that was started then; a claim without a process is void after {@link startingTimeout}. */
  readonly starting?: { readonly at: number; readonly pid?: number; readonly alive: boolean };
  /** Written by the trainer, removed when it ends in order. */
  readonly pid?: { readonly pid: number; readonly written: number; readonly alive: boolean };
  readonly stop: boolean;
  /** The end of `log.txt`, for runs that ended without a word. */
  readonly logTail?: string;
}

/** How long a claimed run may take until its process exists. */
export const startingTimeout = 30_000;

/** The states in which a process is, or is about to be, at work. */
export function isActive(state: RunState): boolean {
  return state === 'starting' || state === 'running' || state === 'stopping';
}

/** The states from which `resume` goes on. */
export function isResumable(state: RunState): boolean {
  return state === 'stopped' || state === 'interrupted' || state === 'failed' || state === 'cancelled';
}

/** What has been read of `events.jsonl` so far, folded; plain data, so that a reader can go on from it. */
export interface EventFold {
  readonly startedAt?: string;
  readonly lastStart?: string;
  readonly ending?: Extract<RunEvent, { type: 'finished' | 'failed' | 'stopped' }> | undefined;
  readonly step: number;
  readonly total: number;
  readonly secondsLeft?: number | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly checkpoint?: number;
  readonly plan?: string;
}

export const emptyFold: EventFold = { step: 0, total: 0, metrics: {}, warnings: [] };

/** One event more. Pure. */
export function foldEvent(fold: EventFold, event: RunEvent): EventFold {
  switch (event.type) {
    case 'started': {
      return {
        ...fold,
        ending: undefined,
        secondsLeft: undefined,
        startedAt: fold.startedAt ?? event.at,
        lastStart: event.at,
        total: event.total,
        step: event.resumedFrom ?? 0,
        ...(event.plan === undefined ? {} : { plan: event.plan }),
      };
    }
    case 'step':
      return { ...fold, step: event.step, total: event.total, secondsLeft: event.secondsLeft, metrics: { ...fold.metrics, ...event.metrics } };
    case 'eval':
      return { ...fold, metrics: { ...fold.metrics, ...event.metrics } };
    case 'checkpoint':
      return { ...fold, checkpoint: event.step };
    case 'warning':
      return fold.warnings.includes(event.message) ? fold : { ...fold, warnings: [...fold.warnings, event.message] };
    case 'stopped':
    case 'finished':
    case 'failed':
      return { ...fold, ending: event };
    case 'sample':
      return fold;
  }
}

/** The view of a run from its specification, its events and its marks. Pure; `now` decides only whether a claim is still fresh. */
export function viewOf(folder: string, spec: Pick<RunSpec, 'id' | 'kind' | 'name' | 'createdAt'>, fold: EventFold, marks: RunMarks, now: number): RunView {
  const state = stateOf(fold, marks, now);
  const ended = fold.ending !== undefined && fold.ending.type === state ? fold.ending : undefined;
  const step = ended?.type === 'finished' ? Math.max(ended.step, fold.step) : fold.step;
  const error =
    ended?.type === 'failed'
      ? { ...(ended.code === undefined ? {} : { code: ended.code }), message: ended.message }
      : state === 'interrupted'
        ? { message: interruption(fold, marks) }
        : undefined;
  return {
    id: spec.id,
    kind: spec.kind,
    name: spec.name,
    folder,
    state,
    createdAt: spec.createdAt,
    step,
    total: fold.total,
    percent: state === 'finished' ? 100 : fold.total > 0 ? Math.min(100, (100 * step) / fold.total) : 0,
    metrics: fold.metrics,
    warnings: fold.warnings,
    ...(state === 'queued' && marks.queued !== undefined ? { queuedAt: new Date(marks.queued).toISOString() } : {}),
    ...(fold.startedAt === undefined ? {} : { startedAt: fold.startedAt }),
    ...(ended === undefined ? {} : { finishedAt: ended.at }),
    ...(isActive(state) && fold.secondsLeft !== undefined ? { secondsLeft: fold.secondsLeft } : {}),
    ...(ended?.type === 'finished' ? { summary: ended.summary, outputs: ended.outputs } : {}),
    ...(error === undefined ? {} : { error }),
    ...(fold.checkpoint === undefined ? {} : { checkpoint: fold.checkpoint }),
    ...(fold.plan === undefined ? {} : { plan: fold.plan }),
    ...livePidOf(marks),
  };
}

function stateOf(fold: EventFold, { pid, queued, starting, stop }: RunMarks, now: number): RunState {
  // What a process before the last start has said does not count any more.
  const since = Math.floor(Math.max(starting?.at ?? 0, pid?.written ?? 0));
  const ending = fold.ending !== undefined && Date.parse(fold.ending.at) >= since ? fold.ending : undefined;
  const spoken = fold.lastStart !== undefined && Date.parse(fold.lastStart) >= since;
  const claimed = starting !== undefined && (starting.pid === undefined ? now - starting.at < startingTimeout : starting.alive);
  if (ending === undefined && pid?.alive === true) return stop ? 'stopping' : spoken ? 'running' : 'starting';
  if (queued !== undefined) return 'queued';
  if (ending === undefined && claimed) return stop ? 'stopping' : 'starting';
  if (ending !== undefined) return ending.type;
  return pid === undefined && starting === undefined && fold.lastStart === undefined ? 'cancelled' : 'interrupted';
}

function livePidOf({ pid, starting }: RunMarks): { pid?: number } {
  if (pid?.alive === true) return { pid: pid.pid };
  return starting?.alive === true && starting.pid !== undefined ? { pid: starting.pid } : {};
}

/** The last error of a log, from its beginning, or else the end of the log. */
function lastWords(log: string): string {
  const lines = log.split('\n');
  const at = lines.findLastIndex((line) => /^\w*error\b/i.test(line));
  return oneLine(at < 0 ? log.slice(-300) : lines.slice(at).join('\n'), 300);
}

function interruption(fold: EventFold, marks: RunMarks): string {
  const from =
    fold.checkpoint !== undefined && fold.checkpoint > 0 ? `It can be resumed from the checkpoint of step ${fold.checkpoint}.` : 'There is no checkpoint yet: resuming starts it again.';
  const said = marks.logTail === undefined || marks.logTail.trim() === '' ? '' : ` Its log ends: ${lastWords(marks.logTail.trim())}`;
  return `The trainer ended without a word at step ${fold.step}${fold.total > 0 ? ` of ${fold.total}` : ''}. ${from}${said}`;
}

/** `running · step 12 of 30 · 40 % · 1 min 05 s left`: one line about a run, for lists and tooltips. */
export function describeRun(view: RunView, most = 160): string {
  const parts: string[] = [view.state === 'queued' && view.position !== undefined ? `queued (${view.position})` : view.state];
  if (view.total > 0 && view.state !== 'finished') parts.push(`step ${view.step} of ${view.total}`);
  if (isActive(view.state) && view.total > 0) parts.push(`${Math.floor(view.percent)} %`);
  if (view.secondsLeft !== undefined) parts.push(`${formatSeconds(view.secondsLeft)} left`);
  if (view.error !== undefined) parts.push(oneLine(view.error.message, most));
  return parts.join(' · ');
}
