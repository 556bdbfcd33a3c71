/** Rows of 32-bit integers, of any lengths, in blocks: nothing is copied when there are more. */
export interface RowBlocks {
  /** Keeps the first `length` values; gives the row's place. */
  add(values: Int32Array, length: number): number;
  /** Makes room for a row of so many values, to be written into `block` from the place modulo `blockSize` on; gives its place. */
  reserve(length: number): number;
  readonly block: Int32Array;
  at(row: number, index: number): number;
  /** The blocks as they are, and how much of the last one is used: what `rowBlocks` takes. */
  pack(): PackedBlocks<Int32Array>;
  /** Forgets all, and keeps its memory for what comes. */
  clear(): void;
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
  /** The block that is being filled. */
  let n = blocks.length - 1;

  function reserve(length: number): number {
    if (used + length > blockSize) {
      if (++n === blocks.length) blocks.push(new Int32Array(blockSize));
      used = 0;
    }
    const row = n * blockSize + used;
    used += length;
    return row;
  }

  return {
    clear() {
      n = -1;
      used = blockSize;
    },
    get block() {
      return blocks[n]!;
    },
    reserve,
    add(values, length) {
      const row = reserve(length);
      const block = blocks[n]!;
      const start = row & (blockSize - 1);
      for (let i = 0; i < length; i++) block[start + i] = values[i]!;
      return row;
    },
    pack: () => ({ blocks: blocks.slice(0, n + 1), used }),
    at: (row, index) => blocks[row >> blockBits]![(row & (blockSize - 1)) + index]!,
  };
}
