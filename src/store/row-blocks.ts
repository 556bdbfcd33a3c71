/** Rows of 32-bit integers, of any lengths, in blocks: nothing is copied when there are more. */
export interface RowBlocks {
  /** Keeps the first `length` values; gives the row's place. */
  add(values: Int32Array, length: number): number;
  at(row: number, index: number): number;
  /** The blocks as they are, and how much of the last one is used: what `rowBlocks` takes. */
  pack(): PackedBlocks<Int32Array>;
}

/** Memory in blocks of one size, the last of them partly used. */
export interface PackedBlocks<Block> {
  readonly blocks: readonly Block[];
  readonly used: number;
}

const blockBits = 16;
export const blockSize = 1 << blockBits;

/** No rows yet, or those that were packed. A row must be shorter than a block (65,536 values). */
export function rowBlocks(packed?: PackedBlocks<Int32Array>): RowBlocks {
  const blocks: Int32Array[] = [...(packed?.blocks ?? [])];
  let used = packed?.used ?? blockSize;
  return {
    add(values, length) {
      if (used + length > blockSize) {
        blocks.push(new Int32Array(blockSize));
        used = 0;
      }
      const block = blocks[blocks.length - 1]!;
      for (let i = 0; i < length; i++) block[used + i] = values[i]!;
      const row = (blocks.length - 1) * blockSize + used;
      used += length;
      return row;
    },
    pack: () => ({ blocks: [...blocks], used }),
    at: (row, index) => blocks[row >> blockBits]![(row & (blockSize - 1)) + index]!,
  };
}
