import { constant, type Graph, type Value } from '../engine/graph';
import { add, cast, concat, gather, less, matmul, reshape, rope, slice, softmax, sub, transpose, where } from '../engine/ops';
import type { Attention, Norm, Pieces } from './family';
import { ropeTables, type Rope } from './rope';
import { norm, project, type TrainingPieces, type Weights } from './training-pieces';

/**
 * The pieces of a last block of which one place a row is read, as a reward model reads its score: keys and values of all places, but a query,
 * an output and an MLP for `ends` only. Of a block of width D with an MLP of width F that leaves 2D² of 4D² + 3DF weights to be met by
 * every token, and its attention costs T instead of T² a head.
 * @param all the pieces of the blocks before
 * @param ends int64 [B]: for row b the place b·T + t that is read, after which everything is padding.
 * Activations that go in are [B·T, D]; what comes out of the attention, and after it, is [B, D].
 */
export function lastPieces(g: Graph, p: Weights, batch: number, length: number, all: TrainingPieces, ends: Value): Pieces<Value> {
  const ended = (x: Value): Value => (x.shape[0] === batch * length ? gather(g, x, ends) : x);
  const starts = Float32Array.from({ length: batch }, (_, b) => b * length);
  /** [B]: the place within its row. Exact: fewer than 2²⁴ cells go into one pass. */
  const place = sub(g, cast(g, ends, 'float32'), constant(g, starts, 'float32', [batch]));
  const normed = (x: Value, n: Norm): Value => norm(g, p, x, n);

  /** Turns the first elements of each head of x [B, H, d], each row at its own place. */
  const turned = (x: Value, r: Rope | undefined): Value => {
    if (r === undefined) return x;
    const tables = ropeTables(r, length);
    const at = (table: Float32Array): Value => gather(g, constant(g, table, 'float32', [length, r.size / 2]), sub(g, ends, constant(g, BigInt64Array.from(starts, BigInt), 'int64', [batch])));
    const [cos, sin] = [at(tables.cos), at(tables.sin)];
    const heads = reshape(g, transpose(g, x, [1, 0, 2]), [1, x.shape[1]!, batch, x.shape[2]!]); // the batch where the sequence would be
    const d = x.shape[2]!;
    const moved = r.size === d ? rope(g, heads, cos, sin) : concat(g, [rope(g, slice(g, heads, 3, 0, r.size), cos, sin), slice(g, heads, 3, r.size, d)], 3);
    return transpose(g, reshape(g, moved, [x.shape[1]!, batch, d]), [1, 0, 2]);
  };

  /** [B, H, d] of what the queries' projection gives for [B, D]. */
  const query = (x: Value, { inputs, heads, headDim, norms }: Attention): Value => {
    if ('joined' in inputs) {
      const y = project(g, p, inputs.joined, x);
      return inputs.order === 'q k v' ? reshape(g, slice(g, y, 1, 0, heads * headDim), [batch, heads, headDim])
        : reshape(g, slice(g, reshape(g, y, [batch, heads, 3, headDim]), 2, 0, 1), [batch, heads, headDim]);
    }
    const y = project(g, p, inputs.q, x);
    const byHead = reshape(g, norms?.over === 'all heads' ? normed(y, norms.q) : y, [batch, heads, headDim]);
    return norms?.over === 'head' ? normed(byHead, norms.q) : byHead;
  };

  return {
    add: (x, y) => (x.shape[0] === y.shape[0] ? add(g, x, y) : add(g, ended(x), ended(y))),
    norm: normed,
    mlp: (x, mlp) => all.mlp(ended(x), mlp),
    attention(x, a) {
      const { heads, kvHeads, headDim } = a;
      const q = reshape(g, turned(query(ended(x), a), a.rope), [batch * kvHeads, heads / kvHeads, headDim]);
      const { k, v } = all.keysAndValues(x, a);
      const columns = constant(g, Float32Array.from({ length }, (_, t) => t), 'float32', [1, length]);
      const own = reshape(g, place, [batch, 1]);
      let mask = where(g, less(g, own, columns), -1e30, 0); // [B, T]
      if (a.window !== undefined && a.window < length) mask = where(g, less(g, columns, sub(g, own, a.window - 1)), -1e30, mask);
      const scores = reshape(g, matmul(g, q, k, { transB: true, alpha: a.scale }), [batch, heads, length]);
      const weights = reshape(g, softmax(g, add(g, scores, reshape(g, mask, [batch, 1, length]))), [batch * kvHeads, heads / kvHeads, length]);
      return project(g, p, a.output, reshape(g, matmul(g, weights, v), [batch, heads * headDim]));
    },
  };
}
