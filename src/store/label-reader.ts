import path from 'node:path';
import { intList } from '../base/growing';
import type { Problem } from '../base/problems';
import { linesOf } from '../domain/label-rows';
import type { LabelBatch } from '../domain/label-rows';
import type { LabelLine } from '../domain/records';
import { crc32 } from './checksum';
import { chunksOf } from './chunks';
import { fileStamp, filesIn } from './files';
import type { Appended } from './label-files';
import { labelLines } from './label-line';
import type { FileToRead } from './label-load';
import { nothingKnown, readFiles } from './label-load';
import { labelParser } from './label-parser';
import type { KnownFile } from './label-snapshot';
import { readLabelSnapshot, writeLabelSnapshot } from './label-snapshot';
import type { LabelThreads } from './label-threads';
import { turn } from './turn';
import type { Workspace } from './workspace';

/** Where a reader leaves what it has read, so that the next one goes on from there. */
export interface SnapshotPlace {
  /** A file of ours, in a folder that only this user writes to. */
  readonly file: string;
  /** Lines from which on one is written; 20,000 when not given. */
  readonly worth?: number;
  /** Hears of what keeps one from being written (a full disk), or read. Labels are read from their own files all the same. */
  readonly failed: (error: unknown) => void;
}

/** Takes what a reader finds. */
export interface LabelSink {
  /** What was given before no longer holds: a file was changed or taken away (a merge, another branch). All lines come again. */
  anew(): void;
  /** Lines that were not given before; some may be given twice. */
  add(lines: LabelBatch<LabelLine>): void;
}

/** Reads labels again and again, but only what was appended since. */
export interface LabelReader {
  /** Resolves to all that is wrong with the files now. Not to be called again before that. */
  read(sink: LabelSink): Promise<Problem[]>;
  /** Takes note of lines that were written by ourselves, so that they are not read again. */
  wrote(appended: Appended): void;
  /** Resolves when a snapshot that is being written is on the disk, or could not be written. */
  settled(): Promise<void>;
}

/** From so many lines on that no snapshot has, a new one is worth its time. */
const worthKeeping = 20_000;
/** Lines of a snapshot that are given at once. */
const portion = 5_000;

/**
 * A file whose size and time are the same is taken to be the same. Of any other, what is known is compared by its sum; when it
 * still stands there, what follows is read, else everything is. Big files are read in parts, between which others may go on.
 * @param snapshot without, or when it cannot be used, everything is read from the label files
 * @param threads help when there is much to read; without, this thread reads all
 */
export function labelReader(workspace: Workspace, snapshot?: SnapshotPlace, threads?: LabelThreads): LabelReader {
  let files = new Map<string, KnownFile>();
  /** Keeps what was read for as long as it holds: rows stay in it until they are asked for. */
  let lines = labelLines();
  let reading = false;
  /** All that was given since the beginning, as a `LabelBatch` has it; kept where there is a snapshot to be written. */
  let given = intList();
  let others: LabelLine[] = [];
  /** How much of it no snapshot has. */
  let fresh = 0;
  /** Whether `files` says no more than what was given: lines that were written by ourselves are in no row. */
  let complete = true;
  let first = snapshot !== undefined;
  let saving: Promise<void> = Promise.resolve();

  function noting(sink: LabelSink): LabelSink {
    if (snapshot === undefined) return sink;
    return {
      anew() {
        given = intList();
        others = [];
        fresh = 0;
        complete = true;
        sink.anew();
      },
      add(batch) {
        for (const n of batch.of) given.push(n < 0 ? -others.push(batch.others[-1 - n]!) : n);
        fresh += batch.of.length;
        sink.add(batch);
      },
    };
  }

  /** Takes over what an earlier reader has left; whether it still holds is seen from the files, as ever. */
  async function goOn({ file, failed }: SnapshotPlace, sink: LabelSink): Promise<void> {
    const kept = await readLabelSnapshot(file).catch((error: unknown) => { failed(error); });
    if (kept === undefined) return;
    files = new Map(kept.files);
    lines = kept.lines;
    given = intList(kept.given, kept.given.length);
    others = [...kept.others];
    for (let from = 0; from < kept.given.length; from += portion) {
      if (from > 0) await turn();
      sink.add({ rows: lines, of: [...kept.given.subarray(from, from + portion)], others });
    }
  }

  function keep({ file, failed }: SnapshotPlace): void {
    fresh = 0;
    saving = writeLabelSnapshot(file, { files, lines, given: given.values(), others }).catch((error: unknown) => { failed(error); });
  }

  async function look(to: LabelSink): Promise<Problem[]> {
    await saving;
    if (snapshot !== undefined && first) {
      first = false;
      await goOn(snapshot, to);
    }
    const sink = noting(to);
    const names = await filesIn(path.join(workspace.folder, 'labels'), '.jsonl');
    const stamps = new Map<string, string | undefined>();
    for (const file of names) stamps.set(file, await fileStamp(file));
    const changed = names.filter((file) => files.get(file)?.as === undefined || files.get(file)?.as !== stamps.get(file));
    let anew = [...files].some(([file, known]) => !stamps.has(file) && (known.length > 0 || known.rest.ids.length > 0));
    for (const file of changed) anew ||= !(await stillThere(file, files.get(file) ?? nothingKnown));
    const now = new Map<string, KnownFile>();
    if (anew) {
      sink.anew();
      lines = labelLines();
    }
    const wanted: FileToRead[] = [];
    for (const file of names) {
      const known = anew ? undefined : files.get(file);
      // In the order of the names, which is that of the problems.
      now.set(file, known ?? nothingKnown);
      if (known === undefined || changed.includes(file)) wanted.push({ file, known: known ?? nothingKnown, as: stamps.get(file) });
    }
    for (const [file, known] of await readFiles(wanted, lines, (read) => { sink.add(read); }, threads)) now.set(file, known);
    files = now;
    if (snapshot !== undefined && complete && fresh >= (snapshot.worth ?? worthKeeping)) keep(snapshot);
    return [...now.values()].flatMap((k) => [...k.problems, ...k.rest.problems]);
  }

  return {
    async read(sink) {
      reading = true;
      try {
        return await look(sink);
      } finally {
        reading = false;
      }
    },
    settled: () => saving,
    wrote({ file, data, end, lines, stamp }) {
      const known = files.get(file);
      // Somebody else wrote, too, or a read is under way: what was written is read like any other line, and counts once by its id.
      if (reading || known === undefined || known.rest.ids.length + known.rest.problems.length > 0 || end - data.length !== known.length) return;
      complete = false;
      files.set(file, { ...known, length: end, sum: crc32(data, known.sum), breaks: known.breaks + lines.length, as: stamp });
    },
  };
}

/** Whether what is known of a file still stands at its beginning. */
async function stillThere(file: string, known: KnownFile): Promise<boolean> {
  if (known.length === 0 && known.rest.ids.length === 0) return true;
  let [length, sum] = [0, 0];
  for await (const { bytes } of chunksOf(file)) {
    const part = bytes.subarray(0, known.length - length);
    sum = crc32(part, sum);
    length += part.length;
    if (length === known.length) break;
  }
  if (length !== known.length || sum !== known.sum) return false;
  // A last line without a break was taken for what it was; if it has become another, it must be forgotten.
  if (known.rest.ids.length === 0) return true;
  const parser = labelParser(file, labelLines(), known.breaks);
  for await (const { bytes } of chunksOf(file, known.length)) {
    const ids = new Set(linesOf(parser.push(bytes)).map((r) => r.id));
    return known.rest.ids.every((id) => ids.has(id));
  }
  return false;
}
