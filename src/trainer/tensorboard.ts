import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { eventSchema, scalarsOf, type RunEvent } from '../protocol/events';

/**
 * The scalars of a run as TensorBoard reads them: records of the TFRecord framing, each a protobuf `Event`
 * (tensorflow/core/lib/io/record_writer.cc, tensorboard/compat/proto/event.proto). Why our own writer: docs/decisions/tensorboard.md.
 */

/** CRC-32C (Castagnoli) of bytes. Records are a few dozen bytes: no need to be quick. */
export function crc32c(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = (castagnoli[(c ^ byte) & 255]! ^ (c >>> 8)) >>> 0;
  return ~c >>> 0;
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** As records carry it: rotated and shifted, since a sum over data that holds its own sum is weak. */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/** One record: its length (64 bits) and the sum of that, then the data and its sum; little-endian. */
export function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + data.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return record;
}

/** What begins every file. `wallTime` in seconds since 1970. */
export function versionEvent(wallTime: number): Uint8Array {
  return new BinaryWriter().tag(1, WireType.Bit64).double(wallTime).tag(3, WireType.LengthDelimited).string('brain.Event:2').finish();
}

/** Tells a reader that has seen more than `step` of this run to forget it: what follows is all there is from there on. */
export function restartEvent(wallTime: number, step: number): Uint8Array {
  const log = new BinaryWriter().tag(1, WireType.Varint).int32(1).finish();
  return withStep(wallTime, step).tag(7, WireType.LengthDelimited).bytes(log).finish();
}

/** Values by tag at a step. */
export function scalarsEvent(wallTime: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const summary = new BinaryWriter();
  for (const [tag, value] of Object.entries(scalars)) summary.tag(1, WireType.LengthDelimited).bytes(new BinaryWriter().tag(1, WireType.LengthDelimited).string(tag).tag(2, WireType.Bit32).float(value).finish());
  return withStep(wallTime, step).tag(5, WireType.LengthDelimited).bytes(summary.finish()).finish();
}

function withStep(wallTime: number, step: number): BinaryWriter {
  const event = new BinaryWriter().tag(1, WireType.Bit64).double(wallTime);
  return step === 0 ? event : event.tag(2, WireType.Varint).int64(step);
}

/** The event file of a run folder. */
export interface ScalarLog {
  readonly add: (event: RunEvent) => void;
  close(): void;
}

const isEventFile = (name: string): boolean => /^events\.out\.tfevents\.\d+\.plumbline$/.test(name);

/**
 * Begins the event file of a run that starts or goes on from `resumedFrom`: what `events.jsonl` holds up to there is written anew, each step
 * once, and takes the place of the file of the last start. So no step is there twice, no torn record of a killed process stops a reader, and
 * runs that were begun before there were event files get a whole one.
 */
export function openScalars(folder: string, resumedFrom: number | undefined, now: number): ScalarLog {
  const old = readdirSync(folder).filter(isEventFile);
  // Readers go on to the file whose name sorts last.
  const seconds = Math.max(Math.floor(now / 1000), ...old.map((name) => 1 + Number(name.split('.')[3])));
  const temporary = join(folder, 'scalars.tmp');
  const fd = openSync(temporary, 'w');
  const seen = new Set<string>();
  const write = (data: Uint8Array): void => {
    const record = frame(data);
    for (let at = 0; at < record.length; ) at += writeSync(fd, record, at);
  };
  const add = (event: RunEvent): void => {
    if (event.type !== 'step' && event.type !== 'eval') return;
    const key = `${event.type} ${event.step}`;
    if (seen.has(key)) return;
    seen.add(key);
    write(scalarsEvent(Date.parse(event.at) / 1000, event.step, scalarsOf(event)));
  };
  write(versionEvent(now / 1000));
  write(restartEvent(now / 1000, 0));
  if (resumedFrom !== undefined) for (const event of historyOf(folder, resumedFrom)) add(event);
  renameSync(temporary, join(folder, `events.out.tfevents.${seconds}.plumbline`));
  for (const name of old) rmSync(join(folder, name), { force: true });
  return {
    add,
    close: () => {
      closeSync(fd);
    },
  };
}

/** The steps and evaluations of `events.jsonl` up to `last`, in the order of their steps. Lines that are no events are not for this reader to tell of. */
export function historyOf(folder: string, last: number): Extract<RunEvent, { type: 'step' | 'eval' }>[] {
  const path = join(folder, 'events.jsonl');
  if (!existsSync(path)) return [];
  const found = new Map<string, Extract<RunEvent, { type: 'step' | 'eval' }>>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (!line.includes('"type":"step"') && !line.includes('"type":"eval"')) continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    const event = eventSchema.safeParse(value).data;
    if ((event?.type === 'step' || event?.type === 'eval') && event.step <= last) found.set(`${event.type} ${event.step}`, event);
  }
  return [...found.values()].sort((a, b) => a.step - b.step || (a.type === 'step' ? -1 : 1));
}
