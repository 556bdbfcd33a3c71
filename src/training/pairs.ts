import { input, type Graph, type Value } from '../engine/graph';
import { add, gather, mul, neg, reduceSum, softplus, sub } from '../engine/ops';
import { roundUp } from './batching';
import type { Comparison } from './comparisons';
import { rowsFor } from './shared-rows';

/** Pairs of a micro-batch, as feeds of {@link pairLoss}. */
export interface PackedPairs extends Record<string, BigInt64Array | Float32Array> {
  readonly i: BigInt64Array;
  readonly j: BigInt64Array;
  readonly weightI: Float32Array;
  readonly weightJ: Float32Array;
  readonly weightCentre: Float32Array;
}

/** Sum of the weights of a batch's pairs: what normalises its loss, so that a long ranking does not outvote a short one. */
export const weightOf = (batch: readonly Comparison[]): number => batch.reduce((s, c) => s + c.pairs.reduce((w, p) => w + p.weight, 0), 0);

/**
 * Pairs of a micro-batch as places among its texts; filler pairs have weight 0. `noise` ε: how likely a label is the wrong way round (label
 * smoothing, conservative DPO); `centering`: weight of (rᵢ + rⱼ)²; `each`: texts a row (see `packShared`).
 */
export function packPairs(chunk: readonly Comparison[], totalWeight: number, noise: number, centering = 0, each = 1): PackedPairs {
  const size = roundUp(chunk.reduce((n, c) => n + c.pairs.length, 0), 4);
  const packed: PackedPairs = {
    i: new BigInt64Array(size),
    j: new BigInt64Array(size),
    weightI: new Float32Array(size),
    weightJ: new Float32Array(size),
    weightCentre: new Float32Array(size),
  };
  let n = 0;
  let base = 0;
  for (const c of chunk) {
    for (const { i, j, p, weight } of c.pairs) {
      const share = weight / totalWeight;
      // With probability ε the label is the wrong way round; a tie is half a preference each way.
      const preferred = p * (1 - noise) + (1 - p) * noise;
      packed.i[n] = BigInt(base + i);
      packed.j[n] = BigInt(base + j);
      packed.weightI[n] = share * preferred;
      packed.weightJ[n] = share * (1 - preferred);
      packed.weightCentre[n] = share * centering;
      n++;
    }
    base += rowsFor(c.texts, each) * each;
  }
  return packed;
}

/** Σ wᵢ·(−log σ(rᵢ − rⱼ)) + wⱼ·(−log σ(rⱼ − rᵢ)) + w_c·(rᵢ + rⱼ)² over pairs of the rewards r [rows]. */
export function pairLoss(g: Graph, r: Value, pairs: number): Value {
  const ri = gather(g, r, input(g, 'i', 'int64', [pairs]));
  const rj = gather(g, r, input(g, 'j', 'int64', [pairs]));
  const margin = sub(g, ri, rj);
  const sum = add(g, ri, rj);
  const weighted = [
    mul(g, input(g, 'weightI', 'float32', [pairs]), softplus(g, neg(g, margin))),
    mul(g, input(g, 'weightJ', 'float32', [pairs]), softplus(g, margin)),
    mul(g, input(g, 'weightCentre', 'float32', [pairs]), mul(g, sum, sum)),
  ];
  return reduceSum(g, weighted.reduce((a, b) => add(g, a, b)));
}
