import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../base/errors';
import type { FilePlace } from './safetensors';

/** Node reads at most 2 GiB at a time. */
const mostAtOnce = 2 ** 30;

/** The 16-bit elements of a tensor, read at once. @throws UserError when the file is gone or changed since it was opened. */
export function readBits({ path, start, end, stamp }: FilePlace): Uint16Array {
  const out = new Uint16Array((end - start) / 2);
  const bytes = new Uint8Array(out.buffer);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new UserError('file.open', `cannot open ${path}: ${(error as Error).message}`);
  }
  try {
    const { size, mtimeMs } = fstatSync(file);
    if (`${size} ${mtimeMs}` !== stamp) throw new UserError('safetensors.changed', `${path} changed while it was in use. Start again.`);
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(file, bytes, done, Math.min(mostAtOnce, bytes.length - done), start + done);
      if (read === 0) throw new UserError('safetensors.broken', `${path} ends after ${start + done} bytes, too early. Copy or download it again.`);
      done += read;
    }
  } finally {
    closeSync(file);
  }
  return out;
}
