import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../base/problems';
import type { RunEvent } from '../protocol/events';
import type { RunSpec } from '../protocol/run';
import { logTail, readMarks, readSpec } from './folder';
import type { Summaries } from './summaries';
import { tailEvents } from './tail';
import { emptyFold, foldEvent, viewOf } from './view';
import type { RunView } from './view';

/** One run folder that is being followed: what was read of it so far. */
export interface RunEntry {
  readonly spec: RunSpec;
  view: RunView;
  /** Reads what is new. Resolves to the new events and the lines that could not be read. */
  refresh(): Promise<{ events: RunEvent[]; problems: Problem[] }>;
}

/**
 * Opens a run folder and reads it once. Throws a UserError when `run.json` is missing or wrong.
 * @param summaries what is known of runs that had finished: their events are not read again while their file is the same
 */
export async function openRun(runsFolder: string, name: string, summaries?: Summaries): Promise<RunEntry> {
  const folder = join(runsFolder, name);
  const spec = await readSpec(folder);
  // A workspace may have hundreds of runs of thousands of steps: who wants the curves reads them (`series.ts`).
  const before = await stampOf(folder);
  const summary = summaries?.of(folder);
  const known = summary?.stamp === before ? summary : undefined;
  const tail = known === undefined ? tailEvents(folder, { skim: true }) : tailEvents(folder, { from: known.place });
  let fold = known?.fold ?? emptyFold;
  let sound = true;
  const entry: RunEntry = {
    spec,
    view: viewOf(folder, { ...spec, id: name }, fold, { stop: false }, 0),
    async refresh() {
      // Marks before events: a process seen dead here has written all that it will ever write.
      const marks = await readMarks(folder);
      const { events, problems, reset } = await tail.next();
      fold = events.reduce(foldEvent, reset ? emptyFold : fold);
      const now = Date.now();
      // A copied folder goes by its own name, whatever its run.json says.
      let view = viewOf(folder, { ...spec, id: name }, fold, marks, now);
      if (view.state === 'interrupted') {
        view =
          entry.view.state === 'interrupted' && entry.view.error !== undefined
            ? { ...view, error: entry.view.error }
            : viewOf(folder, { ...spec, id: name }, fold, { ...marks, logTail: await logTail(folder) }, now);
      }
      entry.view = view;
      if (problems.length > 0) sound = false;
      if (summaries !== undefined && events.length > 0) {
        // Lines that cannot be read are to be told again by the next window.
        const stamp = view.state === 'finished' && sound ? await stampOf(folder) : undefined;
        summaries.keep(folder, stamp?.startsWith(`${tail.place().offset} `) === true ? { stamp, place: tail.place(), fold } : undefined);
      }
      return { events, problems };
    },
  };
  return entry;
}

/** Bytes and time of the events: `size mtime`. Undefined when there are none. */
async function stampOf(folder: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs } = await stat(join(folder, 'events.jsonl'));
    return `${size} ${mtimeMs}`;
  } catch {
    // No events yet, or no folder any more: whoever reads it says so.
    return undefined;
  }
}
