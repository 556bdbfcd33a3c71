// Names and sizes of what a zip file holds, from its central directory.
import { readFile } from 'node:fs/promises';
import { StepError } from './process.mjs';

/**
 * @param {string} file
 * @returns {Promise<{name: string, size: number, compressed: number}[]>} files (no folders), sorted by name; sizes in bytes
 */
export async function zipEntries(file) {
  const bytes = await readFile(file);
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new StepError(`${file} is not a zip file`);
  const entries = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    if (!name.endsWith('/')) entries.push({ name, size: bytes.readUInt32LE(at + 24), compressed: bytes.readUInt32LE(at + 20) });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
