import { input, type Graph, type Value } from '../engine/graph';
import { add, gather, mul, reduceSum, softplus, sub } from '../engine/ops';
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
  readonly margin: Float32Array;
}

/** How labels become a loss. */
export interface PairOptions {
  /** ε: how likely a label is the wrong way round (label smoothing, conservative DPO). */
  readonly noise: number;
  /** Weight of (rᵢ + rⱼ)². */
  readonly centering?: number;
  /** By how much the better answer must win, by strength 1 to 4 (Llama 2, arXiv 2307.09288, eq. 2); 0: none. */
  readonly margin?: 0 | readonly number[];
  /** Outputs of the head: text n and output k are at n·outputs + k among the rewards. */
  readonly outputs?: number;
  /** Texts a row: see `packShared`. */
  readonly each?: number;
}

/** Sum of the weights of a batch's pairs: what normalises its loss, so that a long ranking does not outvote a short one. */
export const weightOf = (batch: readonly Comparison[]): number => batch.reduce((s, c) => s + c.pairs.reduce((w, p) => w + p.weight, 0), 0);

/** Pairs of a micro-batch as places among its rewards; filler pairs have weight 0. */
export function packPairs(chunk: readonly Comparison[], totalWeight: number, { noise, centering = 0, margin = 0, outputs = 1, each = 1 }: PairOptions): PackedPairs {
  const size = roundUp(chunk.reduce((n, c) => n + c.pairs.length, 0), 4);
  const packed: PackedPairs = {
    i: new BigInt64Array(size),
    j: new BigInt64Array(size),
    weightI: new Float32Array(size),
    weightJ: new Float32Array(size),
    weightCentre: new Float32Array(size),
    margin: new Float32Array(size),
  };
  let n = 0;
  let base = 0;
  for (const c of chunk) {
    for (const { i, j, p, weight, strength, output = 0 } of c.pairs) {
      const share = weight / totalWeight;
      // With probability ε the label is the wrong way round; a tie is half a preference each way.
      const preferred = p * (1 - noise) + (1 - p) * noise;
      packed.i[n] = BigInt((base + i) * outputs + output);
      packed.j[n] = BigInt((base + j) * outputs + output);
      packed.weightI[n] = share * preferred;
      packed.weightJ[n] = share * (1 - preferred);
      packed.weightCentre[n] = share * centering;
      packed.margin[n] = marginOf(margin, strength, p);
      n++;
    }
    base += rowsFor(c.texts, each) * each;
  }
  return packed;
}

/** A tie has none. */
export function marginOf(margin: 0 | readonly number[], strength: number | undefined, p: number): number {
  return margin === 0 || strength === undefined || p === 0.5 ? 0 : margin[strength - 1]!;
}

/** Σ wᵢ·(−log σ(rᵢ − rⱼ − m)) + wⱼ·(−log σ(rⱼ − rᵢ − m)) + w_c·(rᵢ + rⱼ)² over pairs of the rewards r [rows · outputs]. */
export function pairLoss(g: Graph, r: Value, pairs: number): Value {
  const ri = gather(g, r, input(g, 'i', 'int64', [pairs]));
  const rj = gather(g, r, input(g, 'j', 'int64', [pairs]));
  const difference = sub(g, ri, rj);
  const margin = input(g, 'margin', 'float32', [pairs]);
  const weighted = [
    mul(g, input(g, 'weightI', 'float32', [pairs]), softplus(g, sub(g, margin, difference))),
    mul(g, input(g, 'weightJ', 'float32', [pairs]), softplus(g, add(g, margin, difference))),
    centred(g, ri, rj, pairs),
  ];
  return reduceSum(g, weighted.reduce((a, b) => add(g, a, b)));
}

/** Σ w_c·(rᵢ + rⱼ)² alone, for a loss that does not go pair by pair. */
export function centreLoss(g: Graph, r: Value, pairs: number): Value {
  return reduceSum(g, centred(g, gather(g, r, input(g, 'i', 'int64', [pairs])), gather(g, r, input(g, 'j', 'int64', [pairs])), pairs));
}

function centred(g: Graph, ri: Value, rj: Value, pairs: number): Value {
  const sum = add(g, ri, rj);
  return mul(g, input(g, 'weightCentre', 'float32', [pairs]), mul(g, sum, sum));
}
