import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode, fileError } from './files';

/** A part of a file: whole lines, or, at the end, what stands after the last line break. */
export interface Chunk {
  /** Valid until the next chunk is asked for. */
  readonly bytes: Buffer;
  /** False for what stands after the last line break. */
  readonly whole: boolean;
}

const size = 1 << 20;

/** Memory that one file after another is read into. */
export interface ChunkSpace {
  buffers: [Buffer, Buffer];
}

export const chunkSpace = (): ChunkSpace => ({ buffers: [Buffer.allocUnsafeSlow(2 * size), Buffer.allocUnsafeSlow(2 * size)] });

/**
 * A file's bytes from `start` in parts of about a mebibyte that end in line breaks, so that nobody waits for a big file to be read
 * in one go and no more of it than that is in memory. No part for a file that is not there.
 * @param stop nothing is read from there on
 */
export async function* chunksOf(file: string, start = 0, stop = Infinity, space = chunkSpace()): AsyncGenerator<Chunk, void, void> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw fileError(error, file, 'read');
  });
  if (handle === undefined) return;
  // One buffer is being filled while the other is looked at.
  let [buffer, spare] = space.buffers;
  const fill = async (into: Buffer, offset: number, position: number): Promise<number> => (await handle.read(into, offset, Math.min(size, stop - position), position)).bytesRead;
  let reading: Promise<number> | undefined;
  try {
    let position = start;
    /** Bytes at the beginning of `buffer` that belong to a line whose end was not there yet. */
    let kept = 0;
    reading = fill(buffer, 0, position);
    for (;;) {
      const read = await reading;
      reading = undefined;
      position += read;
      const filled = kept + read;
      if (read === 0) {
        if (kept > 0) yield { bytes: buffer.subarray(0, kept), whole: false };
        return;
      }
      const end = buffer.lastIndexOf(10, filled - 1) + 1;
      const left = filled - end;
      if (spare.length < left + size) spare = Buffer.allocUnsafeSlow(2 * (left + size)); // for this file alone: hardly any line is as long
      buffer.copy(spare, 0, end, filled);
      reading = fill(spare, left, position);
      if (end > 0) yield { bytes: buffer.subarray(0, end), whole: true };
      [buffer, spare] = [spare, buffer];
      kept = left;
    }
  } catch (error) {
    throw fileError(error, file, 'read');
  } finally {
    await reading?.catch(() => undefined); // the first error is the one to tell
    await handle.close();
  }
}

/** {@link chunksOf} for a thread that nobody waits for: it does nothing else meanwhile. */
export function* chunksNow(file: string, start: number, stop: number, space: ChunkSpace): Generator<Chunk, void, void> {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw fileError(error, file, 'read');
  }
  try {
    let [buffer] = space.buffers;
    let position = start;
    let kept = 0;
    for (;;) {
      if (buffer.length < kept + size) {
        const more = Buffer.allocUnsafeSlow(2 * (kept + size)); // for this file alone, as above
        buffer.copy(more, 0, 0, kept);
        buffer = more;
      }
      const read = readSync(handle, buffer, kept, Math.min(size, stop - position), position);
      position += read;
      const filled = kept + read;
      if (read === 0) {
        if (kept > 0) yield { bytes: buffer.subarray(0, kept), whole: false };
        return;
      }
      const end = buffer.lastIndexOf(10, filled - 1) + 1;
      if (end > 0) yield { bytes: buffer.subarray(0, end), whole: true };
      buffer.copyWithin(0, end, filled);
      kept = filled - end;
    }
  } catch (error) {
    throw fileError(error, file, 'read');
  } finally {
    closeSync(handle);
  }
}
