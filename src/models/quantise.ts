import { blockSize } from '../engine/table/stored';

/**
 * A matrix [rows, columns] as small whole numbers, blocks of 32 along a row with a scale each (what llama.cpp calls Q8_0 and Q4_0). Element j of
 * block b is (value − 2^(bits−1)) · scales[b].
 */
export interface Blocks {
  readonly bits: 4 | 8;
  readonly columns: number;
  /** 8 bits: one byte an element. 4 bits: byte j of a block holds its element j in the lower half and element j + 16 in the upper. */
  readonly values: Uint8Array;
  readonly scales: Float32Array;
}

/** Whether rows of so many elements can be cut into blocks. */
export const fitsBlocks = (columns: number): boolean => columns % blockSize === 0;

/**
 * Rounds each block to the nearest of its steps. With 8 bits the steps are symmetric, ±127 at the largest magnitude; with 4 bits the element of
 * the largest magnitude becomes −8, so that all sixteen steps are used.
 */
export function toBlocks(data: Float32Array, columns: number, bits: 4 | 8): Blocks {
  if (!fitsBlocks(columns)) throw new Error(`rows of ${columns} elements are no whole number of blocks of ${blockSize}`);
  const blocks = data.length / blockSize;
  const scales = new Float32Array(blocks);
  const values = new Uint8Array((data.length * bits) / 8);
  if (bits === 8) fillEight(data, values, scales);
  else fillFour(data, values, scales);
  return { bits, columns, values, scales };
}

function fillEight(data: Float32Array, values: Uint8Array, scales: Float32Array): void {
  for (let b = 0; b < scales.length; b++) {
    const start = b * blockSize;
    let most = 0;
    for (let i = start; i < start + blockSize; i++) most = Math.max(most, Math.abs(data[i]!));
    scales[b] = most / 127;
    const steps = scales[b] === 0 ? 0 : 1 / scales[b]!;
    for (let i = start; i < start + blockSize; i++) values[i] = Math.round(data[i]! * steps) + 128;
  }
}

function fillFour(data: Float32Array, values: Uint8Array, scales: Float32Array): void {
  const half = blockSize / 2;
  const step = (x: number, steps: number): number => Math.min(15, Math.max(0, Math.round(x * steps) + 8));
  for (let b = 0; b < scales.length; b++) {
    const start = b * blockSize;
    let most = 0;
    for (let i = start; i < start + blockSize; i++) if (Math.abs(data[i]!) > Math.abs(most)) most = data[i]!;
    scales[b] = most / -8;
    const steps = scales[b] === 0 ? 0 : 1 / scales[b]!;
    for (let j = 0; j < half; j++) values[b * half + j] = step(data[start + j]!, steps) | (step(data[start + half + j]!, steps) << 4);
  }
}

/** The elements that blocks stand for. */
export function fromBlocks({ bits, values, scales }: Blocks): Float32Array {
  const out = new Float32Array(scales.length * blockSize);
  const half = blockSize / 2;
  for (let b = 0; b < scales.length; b++) {
    const scale = scales[b]!;
    const start = b * blockSize;
    if (bits === 8) {
      for (let i = start; i < start + blockSize; i++) out[i] = (values[i]! - 128) * scale;
      continue;
    }
    for (let j = 0; j < half; j++) {
      const byte = values[b * half + j]!;
      out[start + j] = ((byte & 15) - 8) * scale;
      out[start + half + j] = ((byte >> 4) - 8) * scale;
    }
  }
  return out;
}

/** The values as ONNX Runtime's MatMulNBits takes them: with 4 bits, neighbours share a byte. */
export function asMatMulNBits({ bits, values }: Blocks): Uint8Array {
  if (bits === 8) return values;
  const half = blockSize / 2;
  const out = new Uint8Array(values.length);
  for (let b = 0; b < values.length; b += half) {
    for (let j = 0; j < half / 2; j++) {
      const [first, second] = [values[b + 2 * j]!, values[b + 2 * j + 1]!];
      out[b + j] = (first & 15) | ((second & 15) << 4);
      out[b + half / 2 + j] = (first >> 4) | (second & 0xf0);
    }
  }
  return out;
}
