import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TailPlace } from './tail';
import type { EventFold } from './view';

/** What the events of a finished run amounted to, and the file that they were read from. */
export interface RunSummary {
  /** Size and time of `events.jsonl`: another one must be read. */
  readonly stamp: string;
  readonly place: TailPlace;
  readonly fold: EventFold;
}

/** Summaries of finished runs from one window to the next, so that hundreds of runs are not read again each time. Can be deleted at any time. */
export interface Summaries {
  of(folder: string): RunSummary | undefined;
  /** Remembers a summary; undefined forgets the run. On the disk a moment later. */
  keep(folder: string, summary: RunSummary | undefined): void;
  /** Forgets the runs that are not among these. */
  only(folders: ReadonlySet<string>): void;
  dispose(): void;
}

/** Changes with what is written and with what it means. */
const version = 1;
const pause = 2000;

/** @param file a file of the editor's own: what stands in it is believed. @param failed is told, once, when it cannot be written */
export async function openSummaries(file: string, failed: (error: unknown) => void): Promise<Summaries> {
  const known = new Map(Object.entries(await read(file)));
  let timer: NodeJS.Timeout | undefined;
  let told = false;

  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      write(file, known).catch((error: unknown) => {
        if (!told) failed(error);
        told = true;
      });
    }, pause).unref();
  };
  return {
    of: (folder) => known.get(folder),
    keep(folder, summary) {
      if (summary === undefined ? !known.delete(folder) : known.get(folder)?.stamp === summary.stamp) return;
      if (summary !== undefined) known.set(folder, summary);
      soon();
    },
    only(folders) {
      for (const folder of known.keys()) if (!folders.has(folder) && known.delete(folder)) soon();
    },
    dispose: () => {
      clearTimeout(timer);
    },
  };
}

async function read(file: string): Promise<Record<string, RunSummary>> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as { v?: unknown; runs: Record<string, RunSummary> };
    return value.v === version ? value.runs : {};
  } catch {
    // None yet, or cut off: the runs themselves are read.
    return {};
  }
}

async function write(file: string, known: ReadonlyMap<string, RunSummary>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, JSON.stringify({ v: version, runs: Object.fromEntries(known) }));
  await rename(temporary, file);
}
