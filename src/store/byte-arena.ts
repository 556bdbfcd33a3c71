import { sameBytes } from './byte-words';
import type { PackedBlocks } from './row-blocks';

/** Printable ASCII that is kept to be compared with, without an object for each: stretches of a few blocks. */
export interface ByteArena {
  /** Keeps the bytes from `start` to `end` and gives their place. `view`: of the same bytes. */
  keep(bytes: Buffer, view: DataView, start: number, end: number): number;
  /** Whether the `length` bytes kept at a place stand at `start`. */
  same(place: number, length: number, bytes: DataView, start: number): boolean;
  /** Looks at each line of the cache that the `length` bytes kept at a place are in; gives something that depends on them. */
  touch(place: number, length: number): number;
  /** The text in quotes that is kept at a place, without the quotes; there is no quote in it. */
  quoted(place: number): string;
  /** The block that holds what is kept at a place, and where in it that begins. */
  at(place: number): { readonly block: Buffer; readonly start: number };
  /** See `RowBlocks`. */
  pack(): PackedBlocks<Buffer>;
  /** Forgets all, and keeps its memory for what comes. */
  clear(): void;
  /** Keeps a copy of another arena's block. Gives the place of its first byte; the others follow. */
  adopt(block: Uint8Array): number;
}

export const arenaBits = 16;
export const arenaBlock = 1 << arenaBits;
/** Longer stretches are copied by Node, whose call costs as much as so many bytes. */
const short = 128;
const cacheLine = 64;

/** An empty arena, or what was packed. A stretch must be shorter than a block (64 KiB). */
export function byteArena(packed?: PackedBlocks<Buffer>): ByteArena {
  const blocks: Buffer[] = [...(packed?.blocks ?? [])];
  const views: DataView[] = blocks.map((block) => new DataView(block.buffer, block.byteOffset, block.length));
  let used = packed?.used ?? arenaBlock;
  /** How many blocks are in use, and which of them is being filled. */
  let count = blocks.length;
  let n = count - 1;

  /** The number of another block. */
  function more(): number {
    if (count === blocks.length) {
      const block = Buffer.allocUnsafeSlow(arenaBlock);
      blocks.push(block);
      views.push(new DataView(block.buffer));
    }
    return count++;
  }

  return {
    clear() {
      count = 0;
      used = arenaBlock;
    },
    adopt(block) {
      const to = more();
      blocks[to]!.set(block);
      return to * arenaBlock;
    },
    keep(bytes, view, start, end) {
      const length = end - start;
      if (used + length > arenaBlock) {
        n = more();
        used = 0;
      }
      if (length > short) bytes.copy(blocks[n]!, used, start, end);
      else {
        const to = views[n]!;
        let i = 0;
        for (; i + 8 <= length; i += 8) to.setFloat64(used + i, view.getFloat64(start + i, true), true);
        for (; i < length; i++) to.setUint8(used + i, view.getUint8(start + i));
      }
      const place = n * arenaBlock + used;
      used += length;
      return place;
    },
    at: (place) => ({ block: blocks[place >>> arenaBits]!, start: place & (arenaBlock - 1) }),
    // Only the last one may be filled on.
    pack: () => ({ blocks: blocks.slice(0, count), used: n === count - 1 ? used : arenaBlock }),
    quoted(place) {
      const block = blocks[place >>> arenaBits]!;
      const start = (place & (arenaBlock - 1)) + 1;
      return block.toString('latin1', start, block.indexOf(0x22, start));
    },
    touch(place, length) {
      const view = views[place >>> arenaBits]!;
      const at = place & (arenaBlock - 1);
      let some = 0;
      for (let i = 0; i < length; i += cacheLine) some ^= view.getUint8(at + i);
      return some;
    },
    same: (place, length, bytes, start) => sameBytes(views[place >>> arenaBits]!, place & (arenaBlock - 1), length, bytes, start),
  };
}
