import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { UserError } from '../base/errors';
import { brainToFloat, halfToFloat } from './halves';
import { headerLength, parseHeader, type SafetensorsDType, type TensorEntry } from './safetensors-header';

/** Where a tensor's bytes lie, for whoever maps the file instead of reading it. */
export interface FilePlace {
  readonly path: string;
  readonly dtype: SafetensorsDType;
  /** In bytes from the start of the file. */
  readonly start: number;
  readonly end: number;
  /** Size and time of the file when it was opened. */
  readonly stamp: string;
}

/** Tensors that are read one at a time, when they are asked for. */
export interface TensorSource {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /**
   * The elements of one tensor as 32-bit floats, written to `into` when it is given (it must have the tensor's size).
   * @throws UserError when there is no such tensor, when it does not hold floats, or when the file changed meanwhile.
   */
  read(name: string, into?: Float32Array): Promise<Float32Array>;
  /** Where the tensor lies as it is; undefined when there is none, or it is computed from what lies there. */
  place(name: string): FilePlace | undefined;
}

/** Bytes read at once: large enough for the disk, small enough not to matter. */
const chunkBytes = 1 << 24;

/**
 * Opens a safetensors file: reads and checks its header. No file stays open between reads. Safetensors are
 * little-endian, and so is every machine that ONNX Runtime runs on.
 * @throws UserError when the file is missing or damaged.
 */
export async function openSafetensors(path: string): Promise<TensorSource> {
  const { header, stamp } = await withFile(path, async (file) => {
    const { size, mtimeMs } = await file.stat();
    const first = await readExactly(file, path, new Uint8Array(Math.min(8, size)), 0);
    const length = headerLength(first, size, path);
    const bytes = await readExactly(file, path, new Uint8Array(length), 8);
    return { header: parseHeader(bytes, size, path), stamp: `${size} ${mtimeMs}` };
  });

  // Caches of downloads are full of links, and what maps a file wants its own path.
  const real = await realpath(path);

  return {
    tensors: header.tensors,
    place(name) {
      const entry = header.tensors.get(name);
      return entry && { path: real, dtype: entry.dtype, start: entry.start, end: entry.end, stamp };
    },
    async read(name, into) {
      const entry = header.tensors.get(name);
      if (entry === undefined) throw new UserError('safetensors.missing', `${path} has no tensor "${name}". Is it a model of another family?`);
      return withFile(path, async (file) => {
        const { size, mtimeMs } = await file.stat();
        if (`${size} ${mtimeMs}` !== stamp) throw new UserError('safetensors.changed', `${path} changed while it was being read. Start again.`);
        return readTensor(file, path, entry, into);
      });
    },
  };
}

async function readTensor(file: FileHandle, path: string, entry: TensorEntry, into?: Float32Array): Promise<Float32Array> {
  const { name, dtype, size } = entry;
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') {
    throw new UserError('safetensors.dtype', `${path}: tensor "${name}" is of type ${dtype}; weights must be F32, F16 or BF16. Save the model in one of these.`);
  }
  if (into !== undefined && into.length !== size) throw new Error(`${name}: ${into.length} elements given for ${size}`);
  const out = into ?? new Float32Array(size);
  if (dtype === 'F32') {
    await readExactly(file, path, new Uint8Array(out.buffer, out.byteOffset, out.byteLength), entry.start);
    return out;
  }
  const convert = dtype === 'F16' ? halfToFloat : brainToFloat;
  const chunk = new Uint16Array(Math.min(size, chunkBytes / 2));
  for (let at = 0; at < size; at += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, size - at));
    await readExactly(file, path, new Uint8Array(part.buffer, 0, part.byteLength), entry.start + 2 * at);
    convert(part, out.subarray(at, at + part.length));
  }
  return out;
}

async function readExactly(file: FileHandle, path: string, into: Uint8Array, position: number): Promise<Uint8Array> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, Math.min(chunkBytes, into.length - done), position + done);
    if (bytesRead === 0) throw new UserError('safetensors.broken', `${path} ends after ${position + done} bytes, too early. Copy or download it again.`);
    done += bytesRead;
  }
  return into;
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    // A pipe would be waited for, and a device has no end.
    if (!(await stat(path)).isFile()) throw new Error('it is not a file');
    file = await open(path, 'r');
  } catch (error) {
    throw new UserError('file.open', `cannot open ${path}: ${(error as Error).message}`);
  }
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
