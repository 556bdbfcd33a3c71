import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../base/errors';
import { hashText } from '../base/hash';
import { newId, slug } from '../base/ids';
import type { Read } from '../base/problems';
import { labelFault } from '../domain/label-fault';
import { linesOf } from '../domain/label-rows';
import type { Label, LabelLine, Retract } from '../domain/records';
import { labelLineSchema } from '../protocol/records';
import { sealLine } from './checksum';
import { errorCode, fileError, fileStamp, filesIn, makeFolder, stampOf, syncFolder } from './files';
import { labelLines } from './label-line';
import type { FileToRead } from './label-load';
import { nothingKnown, readFiles } from './label-load';
import { labelParser } from './label-parser';
import type { LabelThreads } from './label-threads';
import type { Workspace } from './workspace';

/** What was written to one file: the bytes, and the file's length afterwards. */
export interface Appended {
  readonly file: string;
  readonly lines: readonly LabelLine[];
  readonly data: Uint8Array;
  readonly end: number;
  /** {@link stampOf} the file afterwards. */
  readonly stamp: string;
}

/** The file of a labeler's judgements. */
export function labelFile(workspace: Workspace, labeler: string): string {
  return path.join(workspace.folder, 'labels', `${labelerFileName(labeler)}.jsonl`);
}

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/** A file name for a labeler on every file system: the id itself where it can be, else a readable part and a hash, so that two ids never share a file. */
export function labelerFileName(labeler: string): string {
  const plain = slug(labeler);
  return plain === labeler && !reserved.test(plain) ? plain : `${plain}-${hashText(labeler).slice(7, 15)}`;
}

/** Every line of every labeler that can be read, and what cannot. @param threads help when there is much to read */
export async function readLabels(workspace: Workspace, threads?: LabelThreads): Promise<Read<LabelLine>> {
  const records: LabelLine[] = [];
  const wanted: FileToRead[] = [];
  for (const file of await filesIn(path.join(workspace.folder, 'labels'), '.jsonl')) wanted.push({ file, known: nothingKnown, as: await fileStamp(file) });
  const known = await readFiles(wanted, labelLines(), (read) => {
    for (const record of linesOf(read)) records.push(record);
  }, threads);
  return { records, problems: [...known.values()].flatMap((k) => [...k.problems, ...k.rest.problems]) };
}

/** The lines of one label file's bytes. Repeated lines are left in; the fold counts them once. */
export function parseLabels(bytes: Uint8Array, file: string): Read<LabelLine> {
  const read = labelParser(file, labelLines()).push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return { records: linesOf(read), problems: read.problems };
}

/**
 * Adds lines to their labelers' files. When the promise resolves they are on the disk (fsync). Any number of windows and
 * processes may do so at once: each call is one write at the end of each file.
 * @throws UserError when the disk is full or the file cannot be written; nothing that was there before is harmed.
 */
export async function appendLabels(workspace: Workspace, lines: readonly LabelLine[]): Promise<Appended[]> {
  const byFile = new Map<string, LabelLine[]>();
  for (const line of lines) {
    const fault = line.op === 'label' ? labelFault(line) : undefined;
    if (fault !== undefined) throw new Error(`label ${line.id} is not valid: ${fault}`);
    labelLineSchema.parse(line);
    const file = labelFile(workspace, line.labeler);
    const list = byFile.get(file);
    if (list) list.push(line);
    else byFile.set(file, [line]);
  }
  const appended: Appended[] = [];
  for (const [file, list] of byFile) appended.push({ file, lines: list, ...(await appendLines(file, list.map(sealLine))) });
  return appended;
}

/** Takes back a label, or takes back a retract (redo); see `undoTarget` and `redoTarget`. Returns the line it has written. */
export async function retract(workspace: Workspace, labeler: string, target: string, now: Date): Promise<Retract> {
  const line = newRetract(labeler, target, now);
  await appendLabels(workspace, [line]);
  return line;
}

/** The line that takes back a label, or another retract; what is left is to append it. */
export function newRetract(labeler: string, target: string, now: Date): Retract {
  return { v: 1, id: newId(now.getTime()), op: 'retract', target, labeler, at: now.toISOString() };
}

/** A judgement with id and time; what is left is to append it. */
export function newLabel(fields: Omit<Label, 'v' | 'id' | 'op' | 'at'>, now: Date): Label {
  return { v: 1, id: newId(now.getTime()), op: 'label', at: now.toISOString(), ...fields };
}

/** The folder is made when it turns out to be missing: it nearly never is, and a save should not wait for that. */
async function openToAppend(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'a+');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    await makeFolder(path.dirname(file));
    return open(file, 'a+');
  }
}

/** Appends whole lines in a single write and fsyncs. A file whose last line is torn gets a line break first. */
export async function appendLines(file: string, lines: readonly string[]): Promise<Omit<Appended, 'file' | 'lines'>> {
  try {
    const handle = await openToAppend(file);
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      const data = Buffer.from(`${size > 0 && last[0] !== 10 ? '\n' : ''}${lines.map((l) => `${l}\n`).join('')}`);
      const { bytesWritten } = await handle.write(data);
      // Writing the rest now could land behind another window's line: the caller is told, and the torn line is one that readers report.
      if (bytesWritten < data.length) throw new UserError('store.disk-full', `cannot write ${file}: only ${bytesWritten} of ${data.length} bytes were taken. Free some space and do it again.`);
      await handle.sync();
      if (size === 0) await syncFolder(path.dirname(file));
      const after = await handle.stat();
      return { data, end: after.size, stamp: stampOf(after) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file, 'write');
  }
}
