import type { FileHandle } from 'node:fs/promises';
import { writeAtomically } from './atomic';
import { floatToBrain, floatToHalf } from './halves';

/** A tensor to be written. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major; `shape`'s product elements. A function is called when they are written. */
  readonly data: Float32Array | (() => Float32Array);
}

/** The type that weights are written in; both 16-bit kinds round to nearest, ties to even. */
export type WeightDType = 'float32' | 'float16' | 'bfloat16';

const dtypes = {
  float32: { code: 'F32', bytes: 4 },
  float16: { code: 'F16', bytes: 2 },
  bfloat16: { code: 'BF16', bytes: 2 },
} as const;

/** Elements converted and written at once. */
const chunkSize = 1 << 22;

/**
 * Writes a safetensors file atomically, with the metadata `{"format":"pt"}` that transformers asks for. The same tensors
 * give the same bytes.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  options: { dtype?: WeightDType; metadata?: Record<string, string> } = {},
): Promise<void> {
  const dtype = options.dtype ?? 'float32';
  const head = headerBytes(tensors, dtype, { format: 'pt', ...options.metadata });
  await writeAtomically(path, async (file) => {
    await writeAll(file, head);
    for (const { name, shape, data } of tensors) {
      const all = typeof data === 'function' ? data() : data;
      if (all.length !== sizeOf(shape)) throw new Error(`${name}: ${all.length} elements for the shape [${shape.join(', ')}]`);
      for (let at = 0; at < all.length; at += chunkSize) await writeAll(file, encode(all.subarray(at, at + chunkSize), dtype));
    }
  });
}

/** Eight bytes of length, then JSON padded with spaces so that the data is aligned to eight bytes. */
function headerBytes(tensors: readonly NamedTensor[], dtype: WeightDType, metadata: Record<string, string>): Uint8Array {
  const { code, bytes } = dtypes[dtype];
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let at = 0;
  for (const { name, shape } of tensors) {
    const size = sizeOf(shape);
    entries.push([name, { dtype: code, shape, data_offsets: [at, at + bytes * size] }]);
    at += bytes * size;
  }
  const header = Object.fromEntries(entries);
  if (Object.keys(header).length !== entries.length) throw new Error('two tensors have the same name');
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(8 + padded).fill(0x20);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.set(json, 8);
  return out;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function encode(data: Float32Array, dtype: WeightDType): Uint8Array {
  if (dtype === 'float32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const half = new Uint16Array(data.length);
  (dtype === 'float16' ? floatToHalf : floatToBrain)(data, half);
  return new Uint8Array(half.buffer);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
}
