import { chunkByCells, roundUp } from './batching';

/** A tokenized text of which the tokens from `start` on count. `start` is at least 1: the first token has nothing before it. */
export interface Row {
  readonly ids: readonly number[];
  readonly start: number;
}

/** How many tokens of the row count. */
export const counted = (row: Row): number => row.ids.length - row.start;

/**
 * Rows side by side, padded on the right up to one of few shapes. What counts is a list of slots, not a mask: slot n is a counted
 * token, `index` the place (in rows × length) whose hidden state predicts it, `targets` its id. Slots beyond `tokens` are filler and
 * must be given weight 0.
 */
export interface PackedRows {
  /** Names the shape, for a session cache. */
  readonly key: string;
  readonly shape: readonly [rows: number, length: number, slots: number];
  readonly ids: BigInt64Array;
  readonly index: BigInt64Array;
  readonly targets: BigInt64Array;
  readonly tokens: number;
}

/** Lengths are rounded up, to multiples of 8 at first. */
export const paddedLength = (length: number): number => (length <= 64 ? Math.ceil(length / 8) * 8 : roundUp(length, 64));

export function packRows(rows: readonly Row[]): PackedRows {
  const tokens = rows.reduce((n, r) => n + counted(r), 0);
  const count = roundUp(rows.length, 1);
  const length = paddedLength(Math.max(...rows.map((r) => r.ids.length)));
  const slots = roundUp(tokens, 32);
  const ids = new BigInt64Array(count * length);
  // A row's last token predicts nothing that counts, so that fillers may read it, and nothing flows back.
  const index = new BigInt64Array(slots).fill(BigInt((rows[0]?.ids.length ?? 1) - 1));
  const targets = new BigInt64Array(slots);
  let slot = 0;
  rows.forEach((row, r) => {
    for (let t = 0; t < row.ids.length; t++) {
      ids[r * length + t] = BigInt(row.ids[t]!);
      if (t < row.start) continue;
      index[slot] = BigInt(r * length + t - 1);
      targets[slot] = BigInt(row.ids[t]!);
      slot++;
    }
  });
  return { key: `${count}x${length}/${slots}`, shape: [count, length, slots], ids, index, targets, tokens };
}

/** Cuts a flat array of counted tokens (as the slots are ordered) back into one piece a row. */
export function splitSlots(rows: readonly Row[], flat: Float32Array): Float64Array[] {
  let at = 0;
  return rows.map((row) => Float64Array.from(flat.subarray(at, (at += counted(row)))));
}

/** The reverse of {@link splitSlots}: one piece a row, as the values of the slots; filler slots are 0. */
export function fillSlots(pieces: readonly Float64Array[], slots: number): Float32Array {
  const flat = new Float32Array(slots);
  let at = 0;
  for (const piece of pieces) {
    flat.set(piece, at);
    at += piece.length;
  }
  return flat;
}

/** How rows are cut into passes. */
export interface PassLimits {
  readonly maxCells: number;
  readonly maxRows: number;
}

/** Indices of rows in passes of like lengths, shortest first, within the limits. */
export function passesOf(rows: readonly Row[], { maxCells, maxRows }: PassLimits): number[][] {
  const order = rows.map((_, i) => i).sort((a, b) => rows[a]!.ids.length - rows[b]!.ids.length || a - b);
  return chunkByCells(order, (i) => paddedLength(rows[i]!.ids.length), maxCells, maxRows);
}

/** Runs a graph with a result a counted token over all rows; gives each row its own piece. */
export async function mapTokens(rows: readonly Row[], limits: PassLimits, run: (packed: PackedRows) => Promise<Float32Array>): Promise<Float64Array[]> {
  const out: Float64Array[] = [];
  for (const chunk of passesOf(rows, limits)) {
    const part = chunk.map((i) => rows[i]!);
    const pieces = splitSlots(part, await run(packRows(part)));
    chunk.forEach((i, n) => (out[i] = pieces[n]!));
  }
  return out;
}
