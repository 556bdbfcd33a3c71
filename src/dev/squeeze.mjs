// Packs a zip file anew with a better search for repetitions than Node's zlib has: the same format, some 5 % smaller. ONNX Runtime is
// most of a package, and with zlib a package for x64 Linux would be over its limit.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { root, run } from './process.mjs';

/** Writes the files of the zip file `from` into a new one, `to`. */
export async function squeeze(from, to) {
  const { path7za } = createRequire(path.join(root, 'package.json'))('7zip-bin');
  if (process.platform !== 'win32') await chmod(path7za, 0o755); // npm does not keep the bit for every platform's
  const folder = await mkdtemp(path.join(os.tmpdir(), 'plumbline-squeeze-'));
  try {
    await run(path7za, ['x', '-y', `-o${folder}`, from]);
    await rm(to, { force: true });
    // Names as arguments, not a wildcard: dot files are to come along.
    await run(path7za, ['a', '-tzip', '-mm=Deflate', '-mx=7', '-mmt=2', to, ...(await readdir(folder))], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
