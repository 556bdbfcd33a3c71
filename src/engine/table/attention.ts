import { constant, type Graph, type NodeOf, type Value } from '../graph';
import { add, concat, matmul, mul, neg, pad, reduceSum, reshape, slice, transpose } from '../ops';
import type { Emitter } from '../op';
import { emitProduct } from './product';

/** Query rows start…end−1, which see columns first…end−1. */
interface Block {
  readonly start: number;
  readonly end: number;
  readonly first: number;
}

/** `length` rows in blocks of `block`, the last one shorter if need be; with a window (not 0) a row sees the last `window` columns. */
export function blocksOf(length: number, block: number, window: number): Block[] {
  return Array.from({ length: Math.ceil(length / block) }, (_, i) => {
    const start = i * block;
    return { start, end: Math.min(length, start + block), first: window === 0 ? 0 : Math.max(0, start - window + 1) };
  });
}

/** Added to a score that must not count: its exponential is exactly 0, and nothing overflows. */
const forbidden = -1e30;

/** softmax(scale · q kᵀ + mask) v for each block of rows; the heads of a group lie one under another, so that they share k and v without copies. */
export function emitAttention(e: Emitter, { inputs, outputs, attributes: { scale, block, window } }: NodeOf<'causalAttention'>): void {
  const [n, group, t, d] = inputs[0]!.shape as [number, number, number, number];
  const [q, k, v] = inputs.slice(0, 3).map((x) => e.name(x)) as [string, string, string];
  const node = (type: string, from: readonly string[]): string => {
    const name = e.fresh();
    e.node(type, from, [name]);
    return name;
  };
  const rows = (x: string, axis: number, start: number, end: number): string =>
    end - start === t ? x : node('Slice', [x, e.ints([start]), e.ints([end]), e.ints([axis])]);

  const given = inputs[3];
  const parts = blocksOf(t, block, window).map(({ start, end, first }, i) => {
    const [height, width] = [end - start, end - first];
    /** Scores [N, G·height, width] with what is forbidden made tiny. */
    const masked = (scores: string): string => {
      if (given === undefined) return node('Add', [scores, causal()]);
      const rowsOfMask = rows(e.name(given), 1, start, end);
      const own = end - first === t ? rowsOfMask : node('Slice', [rowsOfMask, e.ints([first]), e.ints([end]), e.ints([2])]);
      const byText = node('Reshape', [scores, e.ints([given.shape[0]!, (n / given.shape[0]!) * group, height, width])]);
      return node('Reshape', [node('Add', [byText, node('Unsqueeze', [own, e.ints([1])])]), e.ints([n, group * height, width])]);
    };
    const causal = (): string => e.table(`causal from ${start}${window === 0 ? '' : ` in ${window}`}`, [group * height, width], () => {
      const data = new Float32Array(group * height * width);
      for (let r = 0; r < group * height; r++) {
        const row = start + (r % height);
        data.fill(forbidden, r * width + row + 1 - first, (r + 1) * width);
        if (window > 0) data.fill(forbidden, r * width, r * width + Math.max(0, row - window + 1 - first));
      }
      return data;
    });
    const query = node('Reshape', [rows(q, 2, start, end), e.ints([n, group * height, d])]);
    const scores = e.fresh();
    emitProduct(e, { name: query, rank: 3 }, { name: rows(k, 1, first, end), rank: 3 }, scores, { transB: true, alpha: scale });
    const probs = e.name(outputs[i + 1]!);
    e.node('Softmax', [masked(scores)], [probs], { axis: { int: -1 } });
    return node('Reshape', [node('MatMul', [probs, rows(v, 1, first, end)]), e.ints([n, group, height, d])]);
  });
  e.node('Concat', parts, [e.name(outputs[0]!)], { axis: { int: 2 } });
}

/**
 * dS = P (dO Vᵀ − Σ dO O) (Dao et al. 2022, eq. 4). The row sum rides in the product as one more column, [dO, −Σ dO O] [V, 1]ᵀ: one
 * pass over the scores instead of three. dK and dV are computed transposed, Qᵀ dS and dOᵀ P, because a wide transposed left factor is slow.
 */
export function attentionVjp(g: Graph, dy: Value, { inputs, outputs, attributes: { scale, block, window } }: NodeOf<'causalAttention'>): (Value | undefined)[] {
  const [q, k, v] = inputs as readonly [Value, Value, Value, Value?];
  const [n, group, t, d] = q.shape as [number, number, number, number];
  const rowSum = reduceSum(g, mul(g, dy, outputs[0]!), [-1], true);
  const dyAndSum = concat(g, [dy, neg(g, rowSum)], -1);
  const vAndOne = concat(g, [v, constant(g, new Float32Array(n * t).fill(1), 'float32', [n, t, 1])], -1);
  const rows = (x: Value, { start, end }: Block): Value => reshape(g, slice(g, x, 2, start, end), [n, group * (end - start), -1]);
  /** Adds a term for columns first…end−1, which reach beyond those of the sum so far. */
  const grow = (sum: Value | undefined, term: Value, { first, end }: Block): Value =>
    sum === undefined ? term : add(g, pad(g, sum, 2, 0, end - sum.shape[2]!), pad(g, term, 2, first, 0));

  const dq: Value[] = [];
  let dkT: Value | undefined;
  let dvT: Value | undefined;
  blocksOf(t, block, window).forEach((b, i) => {
    const probs = outputs[i + 1]!;
    const ds = mul(g, probs, matmul(g, rows(dyAndSum, b), slice(g, vAndOne, 1, b.first, b.end), { transB: true })); // [N, G·block, end − first]
    dq.push(reshape(g, matmul(g, ds, slice(g, k, 1, b.first, b.end), { alpha: scale }), [n, group, b.end - b.start, d]));
    dkT = grow(dkT, matmul(g, rows(q, b), ds, { transA: true, alpha: scale }), b); // [N, d, end]
    dvT = grow(dvT, matmul(g, rows(dy, b), probs, { transA: true }), b);
  });
  return [concat(g, dq, 2), transpose(g, dkT!, [0, 2, 1]), transpose(g, dvT!, [0, 2, 1]), ...(inputs.length === 4 ? [undefined] : [])];
}
