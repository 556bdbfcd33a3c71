import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { emitter } from '../base/events';
import type { Disposable } from '../base/events';
import type { Problem } from '../base/problems';
import type { RunEvent } from '../protocol/events';
import type { RunSpec } from '../protocol/run';
import { createRunFolder } from './create';
import type { RunPlan } from './create';
import { openRun } from './entry';
import type { RunEntry } from './entry';
import { askToStop, claim, enqueue, forgetStop, isSettled, livePid, runNames, unclaim, unqueue } from './folder';
import { launch } from './launch';
import type { LaunchOptions } from './launch';
import { withLock } from './lock';
import type { Summaries } from './summaries';
import { appendEvent, readEvents } from './tail';
import { untilEnded } from './until-ended';
import { isActive, isResumable } from './view';
import type { RunView } from './view';
import { watchFolders } from './watch-folders';

export interface RunsOptions extends LaunchOptions {
  /** `<workspace>/.plumbline/runs`; need not exist. */
  readonly runsFolder: string;
  /** How many runs may be at work at once in this workspace, whoever started them. Default 1. */
  readonly maxRunning?: () => number;
  /** False (restricted mode): nothing is started, queued runs wait. Default true. */
  readonly mayStart?: () => boolean;
  /** How often the folders are looked at when the system does not tell about changes. Default 1000 ms. */
  readonly pollMs?: number;
  /** Where what is known of finished runs is kept from one time to the next; see {@link openSummaries}. */
  readonly summaries?: Summaries;
}

/** What is new about one run. */
export interface RunChange {
  readonly view: RunView;
  /** Absent when the run was not known before. */
  readonly before?: RunView;
  /** True when its folder is gone; `view` is the last that was known. */
  readonly removed: boolean;
  /** The events that came since the last change. */
  readonly events: readonly RunEvent[];
}

/** The runs of one workspace: a view of its run folders that follows them, and the queue. Several windows may each have one. */
export interface Runs extends Disposable {
  /** Newest first. */
  list(): RunView[];
  get(id: string): RunView | undefined;
  /** What a run was asked to do: its `run.json`, which never changes. */
  spec(id: string): RunSpec | undefined;
  readonly onChange: (listener: (changes: readonly RunChange[]) => void) => Disposable;
  /** Run folders and event lines that cannot be read, each told once. */
  readonly onProblems: (listener: (problems: readonly Problem[]) => void) => Disposable;
  /** Looks at the folders now. */
  refresh(): Promise<void>;
  /** Every event of a run so far, each step once. */
  events(id: string): Promise<RunEvent[]>;
  /** Freezes a plan into a run folder and queues it; it starts at once when there is room. */
  submit(plan: RunPlan): Promise<RunView>;
  /** Asks a run to end with a checkpoint; a queued one is taken out of the queue. With `killAfterMs`, it is killed if it is still there by then. */
  stop(id: string, killAfterMs?: number): Promise<void>;
  /** Ends the process at once; what came after the last checkpoint is computed again on resume. */
  kill(id: string): Promise<void>;
  /** Queues a stopped, interrupted, failed or cancelled run; it goes on from its last checkpoint. */
  resume(id: string): Promise<void>;
  /** Deletes the folder of a run that is not at work. */
  remove(id: string): Promise<void>;
  /** Resolves when the run is neither queued nor at work. Rejects when `signal` aborts. */
  wait(id: string, signal?: AbortSignal): Promise<RunView>;
}

/** Opens the runs of a workspace and begins to follow them. The first look is done when the promise resolves. */
export async function openRuns(options: RunsOptions): Promise<Runs> {
  const { runsFolder, pollMs = 1000, maxRunning = () => 1, mayStart = () => true, summaries } = options;
  const entries = new Map<string, RunEntry>();
  const watched = watchFolders(look);
  const broken = new Set<string>();
  const changes = emitter<readonly RunChange[]>();
  const problems = emitter<readonly Problem[]>();
  let disposed = false;
  let polls = 0;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  let work: Promise<void> = Promise.resolve();

  /** One look at all folders (`all`) or at those that can be expected to change. */
  async function scan(all: boolean): Promise<void> {
    const looked: { name: string; before?: RunView; events: RunEvent[] }[] = [];
    const found: RunChange[] = [];
    const bad: Problem[] = [];
    const names = await runNames(runsFolder);
    for (const name of names) {
      let entry = entries.get(name);
      const before = entry?.view;
      if (entry === undefined) {
        try {
          entry = await openRun(runsFolder, name, summaries);
        } catch (error) {
          // A folder that is being made has no run.json for a moment; one that stays so is told, once.
          if (broken.has(name) || !(await isSettled(join(runsFolder, name)))) continue;
          broken.add(name);
          bad.push({ file: join(runsFolder, name, 'run.json'), severity: 'warning', message: messageOf(error) });
          continue;
        }
        entries.set(name, entry);
      } else if (!all && !['queued', 'interrupted'].includes(entry.view.state) && !isActive(entry.view.state)) continue; // one that starts may look interrupted for a moment
      const { events, problems: unread } = await entry.refresh();
      bad.push(...unread);
      looked.push({ name, ...(before === undefined ? {} : { before }), events });
    }
    for (const [name, entry] of entries) {
      if (names.includes(name)) continue;
      entries.delete(name);
      found.push({ view: entry.view, before: entry.view, removed: true, events: [] });
    }
    summaries?.only(new Set(names.map((name) => join(runsFolder, name))));
    numberQueue();
    for (const { name, before, events } of looked) {
      const view = entries.get(name)!.view;
      if (before !== undefined && events.length === 0 && JSON.stringify(before) === JSON.stringify(view)) continue;
      found.push({ view, ...(before === undefined ? {} : { before }), removed: false, events });
    }
    follow();
    if (found.length > 0) changes.fire(found);
    if (bad.length > 0) problems.fire(bad);
  }

  function numberQueue(): void {
    queued().forEach((entry, i) => {
      entry.view = { ...entry.view, position: i + 1 };
    });
  }

  function queued(): RunEntry[] {
    return [...entries.values()]
      .filter((e) => e.view.state === 'queued')
      .sort((a, b) => Date.parse(a.view.queuedAt ?? a.view.createdAt) - Date.parse(b.view.queuedAt ?? b.view.createdAt) || (a.view.id < b.view.id ? -1 : 1));
  }

  /** Starts what there is room for. Under a lock, so that two windows together keep to the limit. */
  async function pump(): Promise<void> {
    if (disposed || !mayStart() || queued().length === 0) return;
    if ([...entries.values()].filter((e) => isActive(e.view.state)).length >= maxRunning()) return;
    const started = await withLock(join(runsFolder, '.lock'), async () => {
      await scan(true);
      let count = [...entries.values()].filter((e) => isActive(e.view.state)).length;
      let any = false;
      for (const { view } of queued()) {
        if (count >= maxRunning()) break;
        if (!(await claim(view.folder))) continue;
        any = true;
        count++;
        await start(view.folder);
      }
      return any;
    });
    if (started === true) await scan(true);
  }

  async function start(folder: string): Promise<void> {
    await forgetStop(folder);
    try {
      await launch(folder, options, look);
    } catch (error) {
      // Nobody else can say it: the process that would have is not there.
      await appendEvent(folder, { type: 'failed', at: new Date().toISOString(), code: error instanceof UserError ? error.code : 'jobs.trainer-start', message: messageOf(error) });
      await unclaim(folder);
    }
  }

  /** Looks, then starts; one after the other whoever asks. */
  function refresh(all = true): Promise<void> {
    const next = work.then(async () => {
      if (disposed) return;
      await scan(all);
      await pump();
    });
    work = next.catch(() => undefined);
    return next;
  }

  /** Something happened: look soon (several signals, one look). */
  function look(): void {
    if (disposed || soon !== undefined) return;
    soon = setTimeout(() => {
      soon = undefined;
      // Only what is at work or may be, and folders that are new: of hundreds of runs that have ended none changes when one writes.
      void refresh(false).catch(report);
    }, 60);
  }

  function poll(): void {
    if (disposed) return;
    const busy = [...entries.values()].some((e) => isActive(e.view.state) || e.view.state === 'queued');
    timer = setTimeout(() => {
      // Finished runs are looked at now and then only: another window may have resumed one.
      void refresh(polls++ % 5 === 0)
        .catch(report)
        .finally(poll);
    }, busy ? pollMs : 3 * pollMs);
  }

  function report(error: unknown): void {
    if (!disposed) problems.fire([{ file: runsFolder, severity: 'error', message: messageOf(error) }]);
  }

  /** Watches the folder of runs and those of runs at work. Where watching fails, the poll is enough. */
  function follow(): void {
    if (disposed) return;
    watched.follow([runsFolder, ...[...entries.values()].filter((e) => isActive(e.view.state)).map((e) => e.view.folder)]);
  }

  function need(id: string): RunView {
    const entry = entries.get(id);
    if (entry === undefined) throw new UserError('jobs.no-such-run', `There is no run "${id}" in ${runsFolder}.`);
    return entry.view;
  }

  const runs: Runs = {
    list: () => [...entries.values()].map((e) => e.view).sort((a, b) => (a.id < b.id ? 1 : -1)),
    get: (id) => entries.get(id)?.view,
    spec: (id) => entries.get(id)?.spec,
    onChange: changes.on,
    onProblems: problems.on,
    refresh: () => refresh(),
    events: async (id) => (await readEvents(need(id).folder)).events,
    async submit(plan) {
      await mkdir(runsFolder, { recursive: true });
      const { id, folder } = await createRunFolder(runsFolder, plan);
      await enqueue(folder);
      await refresh();
      return need(id);
    },
    async stop(id, killAfterMs) {
      await refresh();
      const view = need(id);
      if (view.state === 'queued' && (await unqueue(view.folder))) {
        await refresh();
        return;
      }
      if (!isActive(view.state) && view.state !== 'queued') throw new UserError('jobs.run-not-active', `The run "${view.name}" is ${view.state}: there is nothing to stop.`);
      await askToStop(view.folder);
      await refresh();
      if (killAfterMs !== undefined) setTimeout(() => void endProcess(view.folder).then(look, report), killAfterMs).unref();
    },
    async kill(id) {
      await endProcess(need(id).folder);
      look();
    },
    async resume(id) {
      await refresh();
      const view = need(id);
      if (!isResumable(view.state)) throw new UserError('jobs.run-not-resumable', `The run "${view.name}" is ${view.state}: only a stopped, interrupted, failed or cancelled run can be resumed.`);
      await forgetStop(view.folder);
      await enqueue(view.folder);
      await refresh();
    },
    async remove(id) {
      await refresh();
      const view = need(id);
      if (isActive(view.state)) throw new UserError('jobs.run-active', `The run "${view.name}" is ${view.state}: stop it before you delete it.`);
      await unqueue(view.folder);
      await rm(view.folder, { recursive: true, force: true, maxRetries: 3 });
      await refresh();
    },
    wait: (id, signal) => untilEnded(() => entries.get(id)?.view, changes.on, id, signal),
    dispose() {
      disposed = true;
      clearTimeout(timer);
      clearTimeout(soon);
      watched.dispose();
      summaries?.dispose();
      changes.dispose();
      problems.dispose();
    },
  };
  await refresh();
  poll();
  return runs;
}

async function endProcess(folder: string): Promise<void> {
  const pid = await livePid(folder);
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
