import { constant, type Graph, type Value } from '../engine/graph';
import { add, cast, concat, gather, gatherOnce, less, matmul, reshape, rope, slice, softmax, sub, transpose, where } from '../engine/ops';
import type { Attention, Norm, Pieces } from './family';
import type { Layout } from './layout';
import { ropeTables, type Rope } from './rope';
import { norm, project, type TrainingPieces, type Weights } from './training-pieces';

/**
 * The pieces of a last block of which few places a row are read, as a reward model reads its scores: keys and values of all places, but a query,
 * an output and an MLP for `ends` only. Of a block of width D with an MLP of width F that leaves 2D² of 4D² + 3DF weights to be met by
 * every token, and its attention costs T instead of T² a head.
 * @param all the pieces of the blocks before
 * @param ends int64 [B·K]: for row b K places b·T + t that are read; without a layout one, after which everything is padding.
 * Activations that go in are [B·T, D]; what comes out of the attention, and after it, is [B·K, D].
 */
export function lastPieces(g: Graph, p: Weights, batch: number, length: number, all: TrainingPieces, ends: Value, layout?: Layout): Pieces<Value> {
  const many = ends.shape[0]!;
  const each = many / batch;
  const ended = (x: Value): Value => (x.shape[0] === batch * length ? gather(g, x, ends) : x);
  const starts = Float32Array.from({ length: many }, (_, i) => Math.floor(i / each) * length);
  /** int64 [B·K]: the place within its text. */
  const position = layout === undefined ? sub(g, ends, constant(g, BigInt64Array.from(starts, BigInt), 'int64', [many])) : gather(g, reshape(g, layout.positions, [-1]), ends);
  const normed = (x: Value, n: Norm): Value => norm(g, p, x, n);

  /** Turns the first elements of each head of x [B·K, H, d], each at its own place. */
  const turned = (x: Value, r: Rope | undefined): Value => {
    if (r === undefined) return x;
    const tables = ropeTables(r, length);
    const at = (table: Float32Array): Value => gather(g, constant(g, table, 'float32', [length, r.size / 2]), position);
    const [cos, sin] = [at(tables.cos), at(tables.sin)];
    const heads = reshape(g, transpose(g, x, [1, 0, 2]), [1, x.shape[1]!, many, x.shape[2]!]); // the batch where the sequence would be
    const d = x.shape[2]!;
    const moved = r.size === d ? rope(g, heads, cos, sin) : concat(g, [rope(g, slice(g, heads, 3, 0, r.size), cos, sin), slice(g, heads, 3, r.size, d)], 3);
    return transpose(g, reshape(g, moved, [x.shape[1]!, many, d]), [1, 0, 2]);
  };

  /** [B·K, H, d] of what the queries' projection gives for [B·K, D]. */
  const query = (x: Value, { inputs, heads, headDim, norms }: Attention): Value => {
    if ('joined' in inputs) {
      const y = project(g, p, inputs.joined, x);
      return inputs.order === 'q k v' ? reshape(g, slice(g, y, 1, 0, heads * headDim), [many, heads, headDim])
        : reshape(g, slice(g, reshape(g, y, [many, heads, 3, headDim]), 2, 0, 1), [many, heads, headDim]);
    }
    const y = project(g, p, inputs.q, x);
    const byHead = reshape(g, norms?.over === 'all heads' ? normed(y, norms.q) : y, [many, heads, headDim]);
    return norms?.over === 'head' ? normed(byHead, norms.q) : byHead;
  };

  return {
    add: (x, y) => (x.shape[0] === y.shape[0] ? add(g, x, y) : add(g, ended(x), ended(y))),
    norm: normed,
    mlp: (x, mlp) => all.mlp(ended(x), mlp),
    attention(x, a) {
      const { heads, kvHeads, headDim } = a;
      // As many places as a row has lie under each head: [B, H, K, d].
      const byHead = (y: Value): Value => (each === 1 ? y : transpose(g, reshape(g, y, [batch, each, heads, headDim]), [0, 2, 1, 3]));
      const q = reshape(g, byHead(turned(query(ended(x), a), a.rope)), [batch * kvHeads, (heads / kvHeads) * each, headDim]);
      const { k, v } = all.keysAndValues(x, a);
      const scores = reshape(g, matmul(g, q, k, { transB: true, alpha: a.scale }), [batch, heads, each, length]);
      const weights = reshape(g, softmax(g, add(g, scores, maskFor(a.window))), [batch * kvHeads, (heads / kvHeads) * each, length]);
      const mixed = matmul(g, weights, v);
      const byPlace = each === 1 ? mixed : transpose(g, reshape(g, mixed, [batch, heads, each, headDim]), [0, 2, 1, 3]);
      return project(g, p, a.output, reshape(g, byPlace, [many, heads * headDim]));
    },
  };

  /** [B, 1, K, T]: what each of the places must not see. */
  function maskFor(window: number | undefined): Value {
    const whole = all.mask(window);
    if (whole !== undefined) return reshape(g, gather(g, reshape(g, whole, [batch * length, length]), ends), [batch, 1, each, length]);
    const columns = constant(g, Float32Array.from({ length }, (_, t) => t), 'float32', [1, length]);
    // Exact: fewer than 2²⁴ cells go into one pass.
    const own = reshape(g, cast(g, position, 'float32'), [many, 1]);
    let mask = where(g, less(g, own, columns), -1e30, 0); // [B·K, T]
    if (window !== undefined && window < length) mask = where(g, less(g, columns, sub(g, own, window - 1)), -1e30, mask);
    return reshape(g, mask, [batch, 1, each, length]);
  }
}

/**
 * The pieces of a last block of which any places are read, each once or with nothing flowing back: all look at all, but an output and an MLP are computed
 * for `places` int64 [N] only. Activations that go in are [B·T, D]; what comes out is [N, D], and N is less than B·T.
 */
export function pickedPieces(g: Graph, all: TrainingPieces, cells: number, places: Value): Pieces<Value> {
  const picked = (x: Value): Value => (x.shape[0] === cells ? gatherOnce(g, x, places) : x);
  return {
    add: (x, y) => (x.shape[0] === y.shape[0] ? all.add(x, y) : all.add(picked(x), picked(y))),
    norm: (x, norm) => all.norm(x, norm),
    mlp: (x, mlp) => all.mlp(picked(x), mlp),
    attention: (x, attention) => all.attention(x, attention, picked),
  };
}
