import { appendFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../base/problems';
import { messageOf } from '../base/errors';
import { eventSchema } from '../protocol/events';
import type { RunEvent } from '../protocol/events';

/** Reads a growing `events.jsonl` bit by bit. */
export interface EventTail {
  /** What was appended since the last call. `reset` when the file became shorter and is read from its start again. */
  next(): Promise<{ events: RunEvent[]; problems: Problem[]; reset: boolean }>;
  /** Where the next call begins. */
  place(): TailPlace;
}

/** A place in a file: whole lines before it, and their bytes. */
export interface TailPlace {
  readonly offset: number;
  readonly line: number;
}

/** A line with its number, and where in the file it begins. */
export interface TailLine {
  readonly text: string;
  readonly line: number;
  readonly at: number;
}

/** Whether a line is of no interest, by its first characters (ASCII), its place and the length of the file: then its text is not even made. */
export type Skip = (start: string, at: number, size: number) => boolean;

export interface LineTail {
  /** The whole lines that were appended since the last call, and how long the file is. A line that is being written comes with the next call. */
  next(use: (line: TailLine) => void, skip?: Skip): Promise<{ reset: boolean }>;
  /** Where the next call begins. */
  place(): TailPlace;
}

const newline = 0x0a;
const chunkSize = 1 << 20;

/** The lines of the run folder's events as text, from a place on that an earlier reader has come to. */
export function tailLines(folder: string, from: TailPlace = { offset: 0, line: 0 }): LineTail {
  const path = join(folder, 'events.jsonl');
  let { offset, line } = from;
  return {
    place: () => ({ offset, line }),
    async next(use, skip) {
      let reset = false;
      let file;
      try {
        file = await open(path, 'r');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { reset };
        throw error;
      }
      try {
        const { size } = await file.stat();
        if (size < offset) {
          reset = true;
          offset = 0;
          line = 0;
        }
        let rest: Buffer = Buffer.alloc(0);
        let position = offset;
        while (position < size) {
          const buffer = Buffer.allocUnsafe(Math.min(chunkSize, size - position));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
          if (bytesRead === 0) break;
          position += bytesRead;
          const data = rest.length === 0 ? buffer.subarray(0, bytesRead) : Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
          let start = 0;
          for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
            line++;
            if (skip?.(data.toString('latin1', start, Math.min(end, start + 16)), offset + start, size) !== true) use({ text: data.toString('utf8', start, end), line, at: offset + start });
            start = end + 1;
          }
          offset += start;
          rest = data.subarray(start);
        }
      } finally {
        await file.close();
      }
      return { reset };
    },
  };
}

/** How much of a long file's end is read whole when the rest is skimmed, in bytes. */
const wholeEnd = 1 << 14;

/**
 * A reader of the run folder's events. Only whole lines are read, so a line that is being written comes with the next
 * call; a line that is not an event (torn by a kill, foreign) is a problem and takes no other line with it.
 * @param skim the first call leaves out steps and answers but those of the last 16 KiB: enough for a {@link RunView} of a run that is long over, in a
 * tenth of the time. A metric that none of the last steps has is not seen then.
 * @param from the place that an earlier reader has come to
 */
export function tailEvents(folder: string, { skim = false, from }: { readonly skim?: boolean; readonly from?: TailPlace } = {}): EventTail {
  const path = join(folder, 'events.jsonl');
  const lines = tailLines(folder, from);
  let first = skim;
  return {
    place: () => lines.place(),
    async next() {
      const events: RunEvent[] = [];
      const problems: Problem[] = [];
      const { reset } = await lines.next(({ text, line }) => {
        const parsed = parseEvent(text);
        if (typeof parsed === 'string') problems.push({ file: path, line, severity: 'warning', message: parsed });
        else if (parsed !== undefined) events.push(parsed);
      }, first ? (start, at, size) => at < size - wholeEnd && (start.startsWith('{"type":"step"') || start.startsWith('{"type":"sample"')) : undefined);
      first = false;
      return { events, problems, reset };
    },
  };
}

/** One line: an event, undefined when blank, or what is wrong with it. */
export function parseEvent(text: string): RunEvent | string | undefined {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `not an event (${messageOf(error)})`;
  }
  const parsed = eventSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return `not an event (${issue === undefined ? 'unknown reason' : `${issue.path.join('.')}: ${issue.message}`})`;
}

/** Every event of a run folder that can be read, steps that were computed twice (after a resume) once: the last counts. */
export async function readEvents(folder: string): Promise<{ events: RunEvent[]; problems: Problem[] }> {
  const { events, problems } = await tailEvents(folder).next();
  return { events: lastOfEachStep(events), problems };
}

/** Adds an event to a run that no trainer is writing to. A torn last line before it stays a line of its own. */
export async function appendEvent(folder: string, event: RunEvent): Promise<void> {
  await appendFile(join(folder, 'events.jsonl'), `\n${JSON.stringify(event)}\n`);
}

/** Drops `step`, `eval`, `sample` and `checkpoint` events that a later one of the same step (and index) repeats. */
export function lastOfEachStep(events: readonly RunEvent[]): RunEvent[] {
  const last = new Map<string, number>();
  const key = (e: RunEvent, i: number): string =>
    e.type === 'step' || e.type === 'eval' || e.type === 'checkpoint' ? `${e.type} ${e.step}` : e.type === 'sample' ? `sample ${e.step} ${e.index}` : `#${i}`;
  events.forEach((e, i) => last.set(key(e, i), i));
  return events.filter((e, i) => last.get(key(e, i)) === i);
}
