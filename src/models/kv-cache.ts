import type { ModelConfig } from './config';

/**
 * Keys and values of earlier tokens, for each layer an array [rows, kvHeads, capacity, headDim]. Rows in use are 0 to n − 1
 * without holes: a row that is done is overwritten by the last one, so that finished rows cost nothing. The capacity
 * grows with the longest row, in steps, inside arrays that are allocated once.
 */
export interface KvCache {
  /** Positions a row has room for at present. */
  capacity(): number;
  /** Keys (`2 · layer`) or values (`2 · layer + 1`) of the first `rows` rows. */
  array(index: number, rows: number): Float32Array;
  /** Makes room for `positions`; what the first `rows` rows hold stays. True when the arrays were laid out anew. */
  reserve(positions: number, rows: number): boolean;
  /**
   * Takes over the keys and values of new tokens from `cache` [B, layers · 2 · kvHeads, S, headDim] (see `decodeModel`):
   * `lengths[b]` tokens of row b go to row `firstRow + b`, from position `from[b]` on.
   */
  write(cache: Float32Array, step: { readonly tokens: number; readonly firstRow: number; readonly from: ArrayLike<number>; readonly lengths: ArrayLike<number> }): void;
  /** Row `to` becomes a copy of row `from`, of which `positions` are in use. */
  copyRow(from: number, to: number, positions: number): void;
}

/** Room grows by this many positions: fewer means copying more often, more means attending to more padding. */
const step = 32;

/** An empty cache for at most `maxRows` rows of `maxPositions`. Memory is taken by the system as it is first written. */
export function createKvCache({ layers, kvHeads, headDim }: ModelConfig, maxRows: number, maxPositions: number): KvCache {
  const most = Math.ceil(maxPositions / step) * step;
  const arrays = Array.from({ length: 2 * layers }, () => new Float32Array(maxRows * kvHeads * most * headDim));
  let capacity = step;

  return {
    capacity: () => capacity,
    array: (index, rows) => arrays[index]!.subarray(0, rows * kvHeads * capacity * headDim),

    reserve(positions, rows) {
      if (positions > most) throw new Error(`${positions} positions in a cache for ${most}`);
      const wanted = Math.max(step, Math.ceil(positions / step) * step);
      // With no row in use the room may also shrink.
      if (wanted === capacity || (wanted < capacity && rows > 0)) return false;
      const [before, after] = [capacity * headDim, wanted * headDim];
      for (const a of arrays) {
        // From the back, so that nothing is overwritten before it is moved.
        for (let r = rows * kvHeads - 1; r > 0; r--) a.copyWithin(r * after, r * before, (r + 1) * before);
      }
      capacity = wanted;
      return true;
    },

    write(cache, { tokens, firstRow, from, lengths }) {
      const stride = arrays.length * kvHeads * tokens * headDim;
      const headStride = capacity * headDim;
      for (let index = 0; index < arrays.length; index++) {
        const a = arrays[index]!;
        for (let b = 0; b < lengths.length; b++) {
          const count = lengths[b]! * headDim;
          let source = b * stride + index * kvHeads * tokens * headDim;
          let target = (firstRow + b) * kvHeads * headStride + from[b]! * headDim;
          for (let h = 0; h < kvHeads; h++) {
            for (let i = 0; i < count; i++) a[target + i] = cache[source + i]!;
            source += tokens * headDim;
            target += headStride;
          }
        }
      }
    },

    copyRow(from, to, positions) {
      const headStride = capacity * headDim;
      for (const a of arrays) {
        for (let h = 0; h < kvHeads; h++) {
          const source = (from * kvHeads + h) * headStride;
          a.copyWithin((to * kvHeads + h) * headStride, source, source + positions * headDim);
        }
      }
    },
  };
}
