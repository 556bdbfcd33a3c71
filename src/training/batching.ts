import { createRng, type Rng } from '../base/rng';

/**
 * The batches of one epoch: indices in random order, but examples of like length together, so that little is padded. Shuffled
 * windows of `window` batches are sorted by length and cut, then the batches are shuffled; the last batch may be short.
 */
export function lengthBucketedBatches(lengths: readonly number[], batchSize: number, rng: Rng, window = 16): number[][] {
  const order = rng.shuffle(lengths.map((_, i) => i));
  const batches: number[][] = [];
  for (let at = 0; at < order.length; at += batchSize * window) {
    const sorted = order.slice(at, at + batchSize * window).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
    for (let i = 0; i < sorted.length; i += batchSize) batches.push(sorted.slice(i, i + batchSize));
  }
  return rng.shuffle(batches);
}

/**
 * `items` in chunks whose padded size (rows × the longest row) stays within `maxCells`, and within `maxRows` rows; an item that is
 * larger stands alone. `rowsOf` says how many rows an item takes, all as long as `lengthOf` says.
 */
export function chunkByCells<T>(items: readonly T[], lengthOf: (item: T) => number, maxCells: number, maxRows = Infinity, rowsOf: (item: T) => number = () => 1): T[][] {
  const chunks: T[][] = [];
  let chunk: T[] = [];
  let rows = 0;
  let longest = 0;
  for (const item of items) {
    rows += rowsOf(item);
    longest = Math.max(longest, lengthOf(item));
    if (chunk.length > 0 && (rows > maxRows || rows * longest > maxCells)) {
      chunks.push(chunk);
      chunk = [];
      rows = rowsOf(item);
      longest = lengthOf(item);
    }
    chunk.push(item);
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}

/**
 * The same limits for the items of one batch, in as few chunks, but of nearly as many items each: chunks that are alike have one graph, and none is left
 * with a single row.
 */
export function evenChunks<T>(items: readonly T[], lengthOf: (item: T) => number, maxCells: number, rowsOf: (item: T) => number = () => 1): T[][] {
  const filled = chunkByCells(items, lengthOf, maxCells, Infinity, rowsOf);
  const fits = (chunk: readonly T[]): boolean => chunk.length === 1 || chunk.reduce((n, item) => n + rowsOf(item), 0) * Math.max(...chunk.map(lengthOf)) <= maxCells;
  const even = evenParts(items, filled.length);
  return even.every(fits) ? even : filled;
}

/**
 * `n` rounded up to 1, 1¼, 1½ or 1¾ times a power of two, and at least to `least`: few different shapes, so few sessions to
 * compile, at 11 % of waste on average.
 */
export function roundUp(n: number, least: number): number {
  let octave = least;
  while (2 * octave < n) octave *= 2;
  for (const quarter of [4, 5, 6, 7]) {
    const size = Math.ceil((octave * quarter) / 4);
    if (size >= n) return size;
  }
  return 2 * octave;
}

/** `n` parts of nearly equal size; none is empty while there are as many items. */
export function evenParts<T>(items: readonly T[], n: number): T[][] {
  const parts = Math.min(n, items.length);
  return Array.from({ length: parts }, (_, i) => items.slice(Math.floor((i * items.length) / parts), Math.floor(((i + 1) * items.length) / parts)));
}

/**
 * Items without replacement, for ever: every epoch over them in an order of its own, a function of the seed and `name` alone, so that a place in
 * it is all the cursor there is. @returns `count` items from place `from` on; none when there are none.
 */
export function endlessOrder<T>(items: readonly T[], seed: number, name: string): (from: number, count: number) => T[] {
  let orders = new Map<number, readonly T[]>();
  return (from, count) => {
    if (items.length === 0) return [];
    const used = new Map<number, readonly T[]>();
    const chosen = Array.from({ length: count }, (_, i) => {
      const epoch = Math.floor((from + i) / items.length);
      const order = used.get(epoch) ?? orders.get(epoch) ?? createRng(seed).fork(`${name} ${epoch}`).shuffle(items);
      used.set(epoch, order);
      return order[(from + i) % items.length]!;
    });
    orders = used;
    return chosen;
  };
}
