import { bind, type Bound, type OpenSession } from '../engine/session';
import type { ModelConfig } from './config';
import { forbidden, type Masks } from './decode-graph';
import { createKvCache } from './kv-cache';

/** Predictions for the next token of rows: see `decodeModel`. */
export interface Predicted {
  readonly values: Float32Array;
  readonly blocks: Float32Array;
}

/** Rows of text in the making, with their cache. Rows are numbered from 0 without holes. */
export interface Decoder {
  readonly maxRows: number;
  /** How many of the prompts with these lengths, from the first, can be read together: at least one. */
  roomFor(lengths: readonly number[]): number;
  /** Adds rows behind those there are, and predicts their first tokens. */
  read(prompts: readonly (readonly number[])[]): Promise<Predicted>;
  /** Appends one token to every row, and predicts the next. */
  write(ids: readonly number[]): Promise<Predicted>;
  /** Ends a row; the last one takes its number. */
  dropRow(row: number): void;
  /** Lets the cache go. */
  release(): void;
}

/** What each row may see as it writes its next token, kept up to date from token to token; `window` Infinity: everything. */
interface WritingMask {
  readonly name: string;
  readonly window: number;
  readonly data: Float32Array;
}

/** Attention scores of one layer while prompts are read take at most this many numbers (256 MB), or one prompt. */
export const maxScores = 2 ** 26;

/** A decoder without rows. `session` runs the graph of `decodeModel`, which takes the masks `masks`. */
export function createDecoder(config: ModelConfig, session: OpenSession, masks: Masks, maxRows: number, maxLength: number, temperature: number): Decoder {
  const { layers, heads, kvHeads } = config;
  const group = heads / kvHeads;
  const cache = createKvCache(config, maxRows, maxLength);
  /** Tokens of each row. */
  const lengths: number[] = [];
  const scale = bind('float32', Float32Array.of(temperature === 0 ? 1 : 1 / temperature), [1]);
  const ones = new Uint8Array(maxRows).fill(1);
  const kinds = [...(masks.full ? [{ name: 'mask', window: Infinity }] : []), ...(masks.window !== undefined ? [{ name: 'window_mask', window: masks.window }] : [])];

  /** What stays the same from token to token, until rows come or go or the cache grows. */
  let writing: { rows: number; capacity: number; masks: readonly WritingMask[]; ids: BigInt64Array; positions: BigInt64Array; feeds: Record<string, Bound> } | undefined;

  function prepareWriting(): NonNullable<typeof writing> {
    const rows = lengths.length;
    const capacity = cache.capacity();
    const width = capacity + 1;
    const masksNow = kinds.map(({ name, window }): WritingMask => {
      const data = new Float32Array(rows * width).fill(forbidden);
      for (let b = 0; b < rows; b++) {
        data.fill(0, b * width + Math.max(0, lengths[b]! - window + 1), b * width + lengths[b]!);
        data[b * width + capacity] = 0;
      }
      return { name, window, data };
    });
    const ids = new BigInt64Array(rows);
    const positions = new BigInt64Array(rows);
    const feeds: Record<string, Bound> = {
      ids: bind('int64', ids, [rows, 1]),
      positions: bind('int64', positions, [rows, 1]),
      ...Object.fromEntries(masksNow.map(({ name, data }) => [name, bind('float32', data, [rows, 1, 1, width])])),
      split: bind('int64', BigInt64Array.of(BigInt(capacity), 1n), [2]),
      last: bind('int64', BigInt64Array.from({ length: rows }, (_, b) => BigInt(b)), [rows]),
      scale,
      ...cacheFeeds(rows, capacity, (index) => cache.array(index, rows)),
    };
    writing = { rows, capacity, masks: masksNow, ids, positions, feeds };
    return writing;
  }

  const cacheFeeds = (rows: number, capacity: number, array: (index: number) => Float32Array): Record<string, Bound> => {
    const feeds: Record<string, Bound> = {};
    for (let i = 0; i < layers; i++) {
      feeds[`keys.${i}`] = bind('float32', array(2 * i), [rows, kvHeads, capacity, config.headDim]);
      feeds[`values.${i}`] = bind('float32', array(2 * i + 1), [rows, kvHeads, capacity, config.headDim]);
    }
    return feeds;
  };

  return {
    maxRows,
    roomFor(all) {
      let count = 0;
      let longest = 0;
      while (count < all.length && lengths.length + count < maxRows) {
        longest = Math.max(longest, all[count]!);
        if (count > 0 && (count + 1) * heads * longest * (longest + 1) > maxScores) break;
        count++;
      }
      return count;
    },

    async read(prompts) {
      const rows = prompts.length;
      const firstRow = lengths.length;
      const tokens = Math.max(...prompts.map((p) => p.length));
      const ids = new BigInt64Array(rows * tokens);
      prompts.forEach((p, b) => {
        p.forEach((id, t) => (ids[b * tokens + t] = BigInt(id)));
      });
      const none = new Float32Array(rows * kvHeads * config.headDim);
      const { probabilities, blocks, cache: fresh } = await session.run({
        ids: bind('int64', ids, [rows, tokens]),
        positions: bind('int64', BigInt64Array.from(ids, (_, i) => BigInt(i % tokens)), [rows, tokens]),
        ...Object.fromEntries(kinds.map(({ name, window }) => [name, bind('float32', promptMask(rows, group, tokens, window), [rows, 1, group * tokens, 1 + tokens])])),
        split: bind('int64', BigInt64Array.of(1n, BigInt(tokens)), [2]),
        last: bind('int64', BigInt64Array.from(prompts, (p, b) => BigInt(b * tokens + p.length - 1)), [rows]),
        scale,
        ...cacheFeeds(rows, 1, () => none),
      });
      const counts = prompts.map((p) => p.length);
      cache.reserve(Math.max(tokens, ...lengths), firstRow);
      cache.write(fresh!, { tokens, firstRow, from: new Uint8Array(rows), lengths: counts });
      lengths.push(...counts);
      writing = undefined;
      return { values: probabilities!, blocks: blocks! };
    },

    async write(ids) {
      if (cache.reserve(Math.max(...lengths) + 1, lengths.length)) writing = undefined;
      const now = writing ?? prepareWriting();
      for (let b = 0; b < now.rows; b++) {
        now.ids[b] = BigInt(ids[b]!);
        now.positions[b] = BigInt(lengths[b]!);
      }
      const { probabilities, blocks, cache: fresh } = await session.run(now.feeds);
      cache.write(fresh!, { tokens: 1, firstRow: 0, from: lengths, lengths: ones.subarray(0, now.rows) });
      for (let b = 0; b < now.rows; b++) {
        const row = b * (now.capacity + 1);
        const length = ++lengths[b]!;
        for (const { window, data } of now.masks) {
          data[row + length - 1] = 0;
          if (length >= window) data[row + length - window] = forbidden;
        }
      }
      return { values: probabilities!, blocks: blocks! };
    },

    dropRow(row) {
      const from = lengths.length - 1;
      const length = lengths.pop()!;
      if (row < from) {
        cache.copyRow(from, row, length);
        lengths[row] = length;
      }
      writing = undefined;
    },
    release: () => undefined,
  };
}

/** Causal, behind one cached position that nothing may see (an empty cache would have no place in a product). */
export function promptMask(rows: number, group: number, tokens: number, window: number): Float32Array {
  const width = 1 + tokens;
  const one = new Float32Array(group * tokens * width).fill(forbidden);
  for (let r = 0; r < group * tokens; r++) {
    const t = r % tokens;
    one.fill(0, r * width + 1 + Math.max(0, t - window + 1), r * width + 2 + t);
  }
  const mask = new Float32Array(rows * one.length);
  for (let b = 0; b < rows; b++) mask.set(one, b * one.length);
  return mask;
}
