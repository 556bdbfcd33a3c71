import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Provider } from '../training/device';
import { eventSchema, type RunEvent } from '../protocol/events';

/** An event as its writer gives it: the time is added here. */
export type NewEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

/** A file that grows by whole lines. */
export interface LineLog {
  append(value: object): void;
  /** Makes what was appended durable. */
  sync(): void;
  /** Syncs and closes; again does nothing. */
  close(): void;
}

/**
 * Opens a JSONL file for appending. A last line that a killed process left without its end is cut off, and with
 * `keepLines` everything after so many lines: a step that is computed again writes its lines again.
 */
export function openLines(path: string, keepLines = Infinity): LineLog {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  let keep = 0;
  for (let line = 0; line < keepLines; line++) {
    const end = bytes.indexOf(10, keep);
    if (end === -1) break;
    keep = end + 1;
  }
  const fd = openSync(path, 'a');
  let open = true;
  if (keep < bytes.length) ftruncateSync(fd, keep);
  return {
    append(value) {
      const line = Buffer.from(`${JSON.stringify(value)}\n`);
      for (let at = 0; at < line.length; ) at += writeSync(fd, line, at);
    },
    sync: () => {
      fsyncSync(fd);
    },
    close: () => {
      if (!open) return;
      open = false;
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}

/** `events.jsonl` of a run folder, each event checked before it is written. */
export interface EventLog {
  emit(event: NewEvent): void;
  /** Who else is told every event from now on, once it is in the file. */
  follow(listener: (event: RunEvent) => void): void;
  sync(): void;
  close(): void;
}

export function openEventLog(folder: string): EventLog {
  const log = openLines(join(folder, 'events.jsonl'));
  const listeners: ((event: RunEvent) => void)[] = [];
  return {
    emit: (event) => {
      const stamped = { ...event, at: new Date().toISOString() };
      const { success, error, data } = eventSchema.safeParse(stamped);
      if (!success) throw new Error(`not an event: ${JSON.stringify(stamped).slice(0, 300)}: ${error.message}`);
      log.append(stamped);
      for (const tell of listeners) tell(data);
    },
    follow: (listener) => void listeners.push(listener),
    sync: () => {
      log.sync();
    },
    close: () => {
      log.close();
    },
  };
}

/** What computed the run when it was last started; undefined when it never was, or before devices could be chosen. */
export function lastProvider(folder: string): Provider | undefined {
  const path = join(folder, 'events.jsonl');
  if (!existsSync(path)) return undefined;
  // What follows the last line break was torn by a killed process.
  const last = readFileSync(path, 'utf8').split('\n').slice(0, -1).findLast((line) => line.includes('"type":"started"'));
  const event = last === undefined ? undefined : eventSchema.safeParse(JSON.parse(last)).data;
  return event?.type === 'started' ? event.device?.provider : undefined;
}

/** The last event of a run folder that says how the run ended, if it did: later starts cancel earlier ends. */
export function lastEnd(folder: string): RunEvent['type'] | undefined {
  const path = join(folder, 'events.jsonl');
  if (!existsSync(path)) return undefined;
  let end: RunEvent['type'] | undefined;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const type = /"type":"(started|stopped|finished|failed)"/.exec(line)?.[1] as RunEvent['type'] | undefined;
    if (type !== undefined) end = type === 'started' ? undefined : type;
  }
  return end;
}
