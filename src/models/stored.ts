import { readBits } from '../modelio/file-bits';
import { brainToFloat, halfToFloat } from '../modelio/halves';
import type { FilePlace } from '../modelio/safetensors';
import { fromBlocks, type Blocks } from './quantise';

/** A matrix that is only read, in fewer bytes than float32: 16-bit floats in a model's own file, or blocks of small integers in memory. */
export type Stored = StoredHalves | StoredBlocks;

export interface StoredHalves {
  readonly kind: 'halves';
  readonly place: FilePlace;
  /** The numbers' bits, read when first asked for and then kept. Whoever can map the file need not ask. */
  bits(): Uint16Array;
  /** Whether they have been read, so that mapping the file would have them in memory twice. */
  held(): boolean;
}

/** Blocks run along the input of a layer, so a matrix that files have as [in, out] is turned. */
export interface StoredBlocks extends Blocks {
  readonly kind: 'blocks';
  readonly turned: boolean;
}

/** A tensor that stays in its file. */
export function storedHalves(place: FilePlace): StoredHalves {
  let bits: Uint16Array | undefined;
  return { kind: 'halves', place, bits: () => (bits ??= readBits(place)), held: () => bits !== undefined };
}

/** The elements as float32, in an array of their own, laid out as files have them. */
export function storedElements(stored: Stored): Float32Array {
  if (stored.kind === 'blocks') {
    const data = fromBlocks(stored);
    return stored.turned ? turn(data, stored.columns) : data;
  }
  const bits = stored.bits();
  const out = new Float32Array(bits.length);
  (stored.place.dtype === 'F16' ? halfToFloat : brainToFloat)(bits, out);
  return out;
}

/** Bytes that it takes in memory, or in the file that is mapped. */
export function storedBytes(stored: Stored): number {
  return stored.kind === 'halves' ? stored.place.end - stored.place.start : stored.values.byteLength + stored.scales.byteLength;
}

/** A matrix with `columns` columns, turned. */
export function turn(data: Float32Array, columns: number): Float32Array {
  const rows = data.length / columns;
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
  return out;
}
