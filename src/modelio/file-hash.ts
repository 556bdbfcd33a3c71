import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { hashText } from '../base/hash';

/** Content hash of a file, as `sha256:<hex>`; the file is read in pieces. */
export async function hashFile(path: string): Promise<string> {
  const hash = sha256.create();
  const file = await open(path, 'r');
  try {
    const chunk = new Uint8Array(1 << 20);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) break;
      hash.update(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  return `sha256:${bytesToHex(hash.digest())}`;
}

/** Hashes of some files of a folder, and one over all of them that says whether two folders hold the same. */
export interface FolderHash {
  readonly hash: string;
  /** File name → hash, in the order of names. */
  readonly files: Readonly<Record<string, string>>;
}

/** Hashes the named files of a folder. */
export async function hashFiles(folder: string, names: readonly string[]): Promise<FolderHash> {
  const files: Record<string, string> = {};
  for (const name of [...names].sort()) files[name] = await hashFile(join(folder, name));
  return hashOver(files);
}

/** One hash over several that have names. */
export function hashOver(files: Readonly<Record<string, string>>): FolderHash {
  return { hash: hashText(Object.entries(files).map(([name, hash]) => `${name} ${hash}\n`).join('')), files };
}
