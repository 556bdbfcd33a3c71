import { createRng } from '../base/rng';
import type { ModelConfig } from '../models/config';
import { lengthBucketedBatches, roundUp } from './batching';
import { counted, paddedLength, type PackedRows, type Row } from './rows';
import { rowCost } from './shared-rows';

/**
 * Texts one after another in a row, where each sees itself alone and counts its own positions (see `Layout`): no text learns from its neighbour, and the
 * loss and its gradients are those of a text a row. What it saves is padding; what it costs is attention, whose rows get longer.
 */
export interface LaidRows extends PackedRows {
  /** `positions` and `segments` int64 [rows, length]. */
  readonly layout: { readonly positions: BigInt64Array; readonly segments: BigInt64Array };
}

/** Rows longer than so many of the longest text are not tried: attention costs their length squared. */
const most = 6;

/** Texts of a batch in rows of `capacity` tokens, which the longest must fit into: each, longest first, into the first row that has room. */
export function fillRows<T>(texts: readonly T[], lengthOf: (text: T) => number, capacity: number): T[][] {
  const rows: { texts: T[]; room: number }[] = [];
  const order = texts.map((_, i) => i).sort((a, b) => lengthOf(texts[b]!) - lengthOf(texts[a]!) || a - b);
  for (const i of order) {
    const length = lengthOf(texts[i]!);
    let row = rows.find((r) => r.room >= length);
    if (row === undefined) rows.push((row = { texts: [], room: capacity }));
    row.texts.push(texts[i]!);
    row.room -= length;
  }
  return rows.map((r) => r.texts);
}

/** Rows as {@link fillRows} makes them, side by side. */
export function layRows(rows: readonly (readonly Row[])[]): LaidRows {
  const tokens = rows.reduce((n, texts) => n + texts.reduce((m, r) => m + counted(r), 0), 0);
  const count = roundUp(rows.length, 1);
  const length = paddedLength(Math.max(...rows.map(tokensOf)));
  const slots = roundUp(tokens, 32);
  const cells = (): BigInt64Array => new BigInt64Array(count * length);
  const [ids, positions, segments] = [cells(), cells(), cells()];
  // As in `packRows`: the last token of a text predicts nothing that counts.
  const index = new BigInt64Array(slots).fill(BigInt((rows[0]?.[0]?.ids.length ?? 1) - 1));
  const targets = new BigInt64Array(slots);
  let slot = 0;
  rows.forEach((texts, b) => {
    let at = b * length;
    for (const [k, { ids: text, start }] of texts.entries()) {
      for (let t = 0; t < text.length; t++, at++) {
        ids[at] = BigInt(text[t]!);
        positions[at] = BigInt(t);
        segments[at] = BigInt(k + 1);
        if (t < start) continue;
        index[slot] = BigInt(at - 1);
        targets[slot] = BigInt(text[t]!);
        slot++;
      }
    }
    // Padding is a segment of its own: nothing sees it, and where it looks does not matter.
    segments.fill(BigInt(texts.length + 1), at, (b + 1) * length);
  });
  return { key: `laid ${count}x${length}/${slots}`, shape: [count, length, slots], ids, index, targets, tokens, layout: { positions, segments } };
}

export const tokensOf = (texts: readonly Row[]): number => texts.reduce((n, r) => n + r.ids.length, 0);

/** Tokens of a row into which the texts of a batch are packed, `times` the longest of them. */
export const capacityOf = (lengths: readonly number[], times: number): number => times * paddedLength(Math.max(...lengths));

/**
 * How many times the longest text of a batch a row should be long so that a pass costs least; 1: a text a row. From the batches of an epoch, by the
 * multiplications of a pass over what is computed, padding among it. A function of the data and the model's shape alone, so that a resumed run does the
 * same. `packing`: true takes the best of those that pack, `auto` packs where that saves a twentieth.
 */
export function packingOf(config: ModelConfig, lengths: readonly number[], batchSize: number, packing: 'auto' | boolean): number {
  if (packing === false || lengths.length === 0) return 1;
  const batches = lengthBucketedBatches(lengths, batchSize, createRng('packing')).map((batch) => batch.map((i) => lengths[i]!));
  const cost = rowCost(config);
  const costs = Array.from({ length: most }, (_, k) => batches.reduce((sum, batch) => sum + costOf(batch, k + 1, cost), 0));
  const best = 1 + costs.indexOf(Math.min(...costs.slice(1)));
  return packing === true || costs[best - 1]! < 0.95 * costs[0]! ? best : 1;
}

function costOf(lengths: readonly number[], times: number, cost: (length: number) => number): number {
  if (times === 1) return roundUp(lengths.length, 1) * cost(paddedLength(Math.max(...lengths)));
  const rows = fillRows(lengths, (n) => n, capacityOf(lengths, times)).map((texts) => texts.reduce((a, b) => a + b, 0));
  return roundUp(rows.length, 1) * cost(paddedLength(Math.max(...rows)));
}
