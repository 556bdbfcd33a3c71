import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from './checksum';
import { makeFolder, temporaryName } from './files';
import { turn } from './turn';

/** What can be made again but takes long to make: small facts as JSON, and flat memory by name, which is read back without being copied. */
export interface Snapshot {
  readonly facts: unknown;
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/**
 * Changes with what is written and with what it means. The file: this text, the sum of all that follows, the length of the facts,
 * the facts with their list of parts, the parts; each begins at a multiple of eight.
 */
const magic = 'PLSNAP01';
const headLength = 24;
/** Nobody's labels need more, and Node reads no more than 2 GiB at once. */
const longest = 1 << 30;
const step = 1 << 24;
const padded = (length: number): number => Math.ceil(length / 8) * 8;

/** Writes a snapshot whole or not at all: temporary name, fsync, rename. The memory must not change meanwhile, else it is not read back. False when it is too big. */
export async function writeSnapshot(file: string, facts: unknown, parts: ReadonlyMap<string, readonly Uint8Array[]>): Promise<boolean> {
  const sizes = [...parts].map(([name, chunks]) => [name, chunks.reduce((sum, chunk) => sum + chunk.length, 0)] as const);
  const text = Buffer.from(JSON.stringify({ facts, parts: sizes }));
  const bytes: Uint8Array[] = [text, new Uint8Array(padded(text.length) - text.length)];
  for (const [i, chunks] of [...parts.values()].entries()) bytes.push(...chunks, new Uint8Array(padded(sizes[i]![1]) - sizes[i]![1]));
  if (bytes.reduce((sum, chunk) => sum + chunk.length, headLength) > longest) return false;
  const head = Buffer.alloc(headLength);
  head.write(magic, 'latin1');
  head.writeDoubleLE(text.length, 16);
  let sum = crc32(head.subarray(16));
  for (const chunk of bytes) sum = await summed(chunk, sum);
  head.writeUInt32LE(sum, 8);
  await makeFolder(path.dirname(file));
  await sweep(file);
  const temporary = temporaryName(file);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const chunk of [head, ...bytes]) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    return true;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

/** A snapshot as it was written; undefined when there is none, or it is damaged, cut off or of another version. */
export async function readSnapshot(file: string): Promise<Snapshot | undefined> {
  const bytes = await readFile(file).catch(() => undefined); // it can be made again, whatever is wrong with it
  if (bytes === undefined || bytes.length < headLength || bytes.byteOffset % 8 !== 0 || bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  if ((await summed(bytes.subarray(16), 0)) !== bytes.readUInt32LE(8)) return undefined;
  const length = bytes.readDoubleLE(16);
  const { facts, parts: sizes } = JSON.parse(bytes.toString('utf8', headLength, headLength + length)) as { facts: unknown; parts: [string, number][] };
  const parts = new Map<string, Uint8Array>();
  let at = headLength + padded(length);
  for (const [name, size] of sizes) {
    parts.set(name, bytes.subarray(at, at + size));
    at += padded(size);
  }
  return at === bytes.length ? { facts, parts } : undefined;
}

/** The sum of many bytes, with a turn for others now and then. */
async function summed(bytes: Uint8Array, before: number): Promise<number> {
  let sum = before;
  for (let at = 0; at < bytes.length; at += step) {
    if (at > 0) await turn();
    sum = crc32(bytes.subarray(at, at + step), sum);
  }
  return sum;
}

/** Removes what writers that were killed have left. */
async function sweep(file: string): Promise<void> {
  const folder = path.dirname(file);
  for (const name of await readdir(folder)) if (name.startsWith(`.${path.basename(file)}.`) && name.endsWith('.tmp')) await rm(path.join(folder, name), { force: true });
}
